// Reads one observation [design §5] and says in one sentence what is wrong with it otherwise. Plain checks by hand: this
// runs for every sensor frame. Fields that are not known are left aside; nothing here needs the building model.

import type { Point } from "../../model/fact.ts";
import type { DetectionsObservation, MotionObservation, TrafficObservation } from "../../model/observation.ts";
import { readAccess, readCall } from "./parse-access.ts";
import type { AccessDraft, CallDraft } from "./parse-access.ts";
import { Fault, isRecord, type JsonObject, optionalBoolean, text } from "./fields.ts";
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
  try {
    return { status: "read", observation: read(value, now) };
  } catch (error) {
    if (error instanceof Fault) return { status: "rejected", code: error.code, message: error.message };
    throw error;
  }
}

function read(value: unknown, now: number): ObservationDraft {
  if (!isRecord(value)) throw new Fault("INVALID", "An observation is a JSON object with a kind.");
  const id = readId(value["id"]);
  switch (value["kind"]) {
    case "detections":
      return { kind: "detections", id, at: moment(value, "at", now), sensor: sensor(value), ...detections(value) };
    case "traffic":
      return { kind: "traffic", id, at: moment(value, "at", now), sensor: sensor(value), ...traffic(value) };
    case "motion":
      return { kind: "motion", id, at: moment(value, "at", now), sensor: sensor(value), ...motion(value) };
    case "access":
      return readAccess(value, id, doorMoments(value, now));
    case "call":
      return readCall(value, id, doorMoments(value, now));
    default:
      throw new Fault("UNKNOWN_KIND", "kind must be one of detections, traffic, motion, access and call.");
  }
}

function readId(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  const id = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof id === "string" && idForm.test(id)) return id;
  throw new Fault("BAD_ID", "id must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -, or a whole number.");
}

function moment(value: JsonObject, name: string, now: number): number {
  const at = readTime(value[name]);
  if (typeof at === "string") throw new Fault("BAD_TIME", `${name} ${at}`);
  if (at > now + futureLimit) {
    throw new Fault(
      "TOO_FAR_IN_FUTURE",
      `${name} is more than ${futureLimit / 1000} seconds ahead of the server. Set the sender's clock.`,
    );
  }
  return at;
}

/** Doors say `at`, `logged_at` or both; `logged_at` is then what their log shows, `at` the moment. */
function doorMoments(value: JsonObject, now: number): { readonly at: number; readonly loggedAt: number } {
  const logged = value["logged_at"] ?? undefined;
  const loggedAt = logged === undefined ? undefined : moment(value, "logged_at", now);
  if (loggedAt !== undefined && (value["at"] ?? undefined) === undefined) return { at: loggedAt, loggedAt };
  const at = moment(value, "at", now);
  return { at, loggedAt: loggedAt ?? at };
}

const sensor = (value: JsonObject): string => text(value, "sensor", 128);

function detections(value: JsonObject): Pick<DetectionsObservation, "local" | "world"> {
  const local = value["local"] ?? undefined;
  const world = value["world"] ?? undefined;
  if ((local === undefined) === (world === undefined)) {
    throw new Fault("INVALID", "Detections need exactly one of local and world.");
  }
  return local === undefined ? { world: points(world, "world") } : { local: points(local, "local") };
}

function points(value: unknown, name: string): readonly Point[] {
  if (!Array.isArray(value))
    throw new Fault("INVALID", `${name} must be an array of [x, y] pairs; empty means nobody.`);
  if (value.length > mostPoints) throw new Fault("INVALID", `${name} has more than ${mostPoints} points. Send fewer.`);
  for (const point of value as readonly unknown[]) {
    const pair = Array.isArray(point) && point.length === 2 && isCoordinate(point[0]) && isCoordinate(point[1]);
    if (!pair) throw new Fault("INVALID", `${name} must hold [x, y] pairs in metres only, at most ${farthest} from 0.`);
  }
  return value as readonly Point[];
}

const isCoordinate = (value: unknown): boolean => typeof value === "number" && Math.abs(value) <= farthest;

function traffic(value: JsonObject): Pick<TrafficObservation, "in" | "out" | "total_in" | "total_out"> {
  const given = (...names: readonly string[]) => names.some((name) => (value[name] ?? undefined) !== undefined);
  const steps = given("in", "out");
  const totals = given("total_in", "total_out");
  if (steps === totals) {
    throw new Fault("INVALID", "Traffic needs either in and out, or total_in and total_out, and not both pairs.");
  }
  return steps
    ? { in: count(value, "in"), out: count(value, "out") }
    : { total_in: count(value, "total_in"), total_out: count(value, "total_out") };
}

function count(value: JsonObject, name: string): number {
  const number = value[name];
  if (Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  throw new Fault("INVALID", `${name} must be a whole number from 0 up.`);
}

function motion(value: JsonObject): Pick<MotionObservation, "motion" | "confidence"> {
  const moves = optionalBoolean(value, "motion");
  const confidence = value["confidence"] ?? undefined;
  if ((moves === undefined) === (confidence === undefined)) {
    throw new Fault("INVALID", "Motion needs exactly one of motion (true or false) and confidence (0 to 1).");
  }
  if (moves !== undefined) return { motion: moves };
  if (typeof confidence === "number" && confidence >= 0 && confidence <= 1) return { confidence };
  throw new Fault("INVALID", "confidence must be a number from 0 to 1.");
}
