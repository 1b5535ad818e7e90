// Reads one observation [design §5] and says in one sentence what is wrong with it otherwise. Plain checks by hand: this
// runs for every sensor frame. Fields that are not known are left aside; nothing here needs the building model.

import type { Point } from "../../model/fact.ts";
import type { DetectionsObservation, MotionObservation, TrafficObservation } from "../../model/observation.ts";
import { readAccess, readCall } from "./parse-access.ts";
import type { AccessDraft, CallDraft } from "./parse-access.ts";
import {
  createFieldReader,
  type FieldReader,
  isRecord,
  type JsonObject,
  optionalBoolean,
  text,
  wrong,
} from "./fields.ts";
import { readTime } from "../../model/moment.ts";

/** An observation as far as the text alone tells: doors may still lack the numbers that the caller assigns. */
export type ObservationDraft = DetectionsObservation | TrafficObservation | MotionObservation | AccessDraft | CallDraft;

export type ReadObservation =
  | { readonly status: "read"; readonly observation: ObservationDraft }
  | { readonly status: "rejected"; readonly code: string; readonly message: string };

/** How far a sender's clock may be ahead, ms [domain.md §2.7]: a later moment would close windows that are still open. */
const futureLimit = 60_000;

const mostPoints = 1_000;
/** Metres, as far as places may lie in a building model: what lies beyond could not be said in world coordinates. */
const farthest = 1_000_000;
const idForm = /^[A-Za-z0-9_-]{1,128}$/;

/** Never throws for anything that JSON.parse can return. Codes: INVALID, UNKNOWN_KIND, BAD_ID, BAD_TIME,
 * TOO_FAR_IN_FUTURE. */
export function readObservation(value: unknown, now: number): ReadObservation {
  const reader = createFieldReader();
  const observation = read(reader, value, now);
  if (reader.fault !== null) return { status: "rejected", ...reader.fault };
  return { status: "read", observation: observation! };
}

/** Null only with a fault. */
function read(reader: FieldReader, value: unknown, now: number): ObservationDraft | null {
  if (!isRecord(value)) return wrong(reader, "An observation is a JSON object with a kind.", null);
  const id = readId(reader, value["id"]);
  switch (value["kind"]) {
    case "detections":
      return { kind: "detections", id, ...common(reader, value, now), ...detections(reader, value) };
    case "traffic":
      return { kind: "traffic", id, ...common(reader, value, now), ...traffic(reader, value) };
    case "motion":
      return { kind: "motion", id, ...common(reader, value, now), ...motion(reader, value) };
    case "access":
      return readAccess(reader, value, id, entryMoments(reader, value, now));
    case "call":
      return readCall(reader, value, id, entryMoments(reader, value, now));
    default:
      return wrong(reader, "kind must be one of detections, traffic, motion, access and call.", null, "UNKNOWN_KIND");
  }
}

/** What every sensor says. */
function common(reader: FieldReader, value: JsonObject, now: number): { readonly at: number; readonly sensor: string } {
  return { at: moment(reader, value, "at", now), sensor: text(reader, value, "sensor", 128) };
}

function readId(reader: FieldReader, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const id = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id === "string" && idForm.test(id)) return id;
  return wrong(reader, "id must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -, or a whole number.", null, "BAD_ID");
}

function moment(reader: FieldReader, value: JsonObject, name: string, now: number): number {
  const at = readTime(value[name]);
  if (typeof at === "string") return wrong(reader, `${name} ${at}`, 0, "BAD_TIME");
  if (at <= now + futureLimit) return at;
  const ahead = `${name} is more than ${futureLimit / 1000} seconds ahead of the server. Set the sender's clock.`;
  return wrong(reader, ahead, 0, "TOO_FAR_IN_FUTURE");
}

/** Entries and calls carry `at`, `logged_at` or both: `at` is the moment, `logged_at` what the panel's log shows. */
function entryMoments(
  reader: FieldReader,
  value: JsonObject,
  now: number,
): { readonly at: number; readonly loggedAt: number } {
  const logged = value["logged_at"] ?? undefined;
  const loggedAt = logged === undefined ? undefined : moment(reader, value, "logged_at", now);
  if (loggedAt !== undefined && (value["at"] ?? undefined) === undefined) return { at: loggedAt, loggedAt };
  const at = moment(reader, value, "at", now);
  return { at, loggedAt: loggedAt ?? at };
}

function detections(reader: FieldReader, value: JsonObject): Pick<DetectionsObservation, "local" | "world"> {
  const local = value["local"] ?? undefined;
  const world = value["world"] ?? undefined;
  if ((local === undefined) === (world === undefined)) {
    return wrong(reader, "Detections need exactly one of local and world.", { world: [] });
  }
  return local === undefined ? { world: points(reader, world, "world") } : { local: points(reader, local, "local") };
}

function points(reader: FieldReader, value: unknown, name: string): readonly Point[] {
  if (!Array.isArray(value)) {
    return wrong(reader, `${name} must be an array of [x, y] pairs; empty means nobody.`, []);
  }
  if (value.length > mostPoints) return wrong(reader, `${name} has more than ${mostPoints} points. Send fewer.`, []);
  for (const point of value as readonly unknown[]) {
    const pair = Array.isArray(point) && point.length === 2 && isCoordinate(point[0]) && isCoordinate(point[1]);
    if (!pair) return wrong(reader, `${name} must hold [x, y] pairs in metres only, at most ${farthest} from 0.`, []);
  }
  return value as readonly Point[];
}

const isCoordinate = (value: unknown): boolean => typeof value === "number" && Math.abs(value) <= farthest;

function traffic(
  reader: FieldReader,
  value: JsonObject,
): Pick<TrafficObservation, "in" | "out" | "total_in" | "total_out"> {
  const given = (...names: readonly string[]) => names.some((name) => (value[name] ?? undefined) !== undefined);
  const steps = given("in", "out");
  const totals = given("total_in", "total_out");
  if (steps === totals) {
    return wrong(reader, "Traffic needs either in and out, or total_in and total_out, and not both pairs.", {
      in: 0,
      out: 0,
    });
  }
  return steps
    ? { in: count(reader, value, "in"), out: count(reader, value, "out") }
    : { total_in: count(reader, value, "total_in"), total_out: count(reader, value, "total_out") };
}

function count(reader: FieldReader, value: JsonObject, name: string): number {
  const number = value[name];
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  return wrong(reader, `${name} must be a whole number from 0 up.`, 0);
}

function motion(reader: FieldReader, value: JsonObject): Pick<MotionObservation, "motion" | "confidence"> {
  const moves = optionalBoolean(reader, value, "motion");
  const confidence = value["confidence"] ?? undefined;
  if ((moves === undefined) === (confidence === undefined)) {
    return wrong(reader, "Motion needs exactly one of motion (true or false) and confidence (0 to 1).", {
      motion: false,
    });
  }
  if (moves !== undefined) return { motion: moves };
  if (typeof confidence === "number" && confidence >= 0 && confidence <= 1) return { confidence };
  return wrong(reader, "confidence must be a number from 0 to 1.", { motion: false });
}
