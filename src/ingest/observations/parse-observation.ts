// Reads one observation [design §5] and says in one sentence what is wrong with it otherwise. Plain checks by hand: this
// runs for every sensor frame. Fields that are not known are left aside; nothing here needs the building model.

import { readMoment } from "../../model/moment.ts";
import type { CallStatusObservation, HeartbeatObservation, SensorObservation } from "../../model/observation.ts";
import { createFieldReader, type Fault, type FieldReader, isRecord, type JsonObject, text, wrong } from "./fields.ts";
import { type AccessDraft, type CallDraft, readAccess, readCall } from "./parse-access.ts";
import { detections, motion, traffic } from "./parse-sensed.ts";

/** An observation as far as the text alone tells: doors may still lack what the caller looks up. */
export type ObservationDraft =
  | SensorObservation
  | HeartbeatObservation
  | AccessDraft
  | CallDraft
  | CallStatusObservation;

export type ReadObservation =
  | { readonly status: "read"; readonly observation: ObservationDraft }
  | {
      readonly status: "rejected";
      readonly code: string;
      readonly message: string;
      /** The sensor whose clock must be wrong, as it was named; null: the fault is another one. */
      readonly wrongClockOf: string | null;
    };

const idForm = /^[A-Za-z0-9_-]{1,128}$/;

/** Never throws for anything that JSON.parse can return. Codes: INVALID, UNKNOWN_KIND, BAD_ID, BAD_TIME,
 * TIME_TOO_OLD, TOO_FAR_IN_FUTURE. */
export function readObservation(value: unknown, now: number): ReadObservation {
  const reader = createFieldReader();
  const observation = read(reader, value, now);
  if (reader.fault !== null)
    return { status: "rejected", ...reader.fault, wrongClockOf: wrongClockOf(value, reader.fault) };
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
    case "heartbeat":
      return { kind: "heartbeat", id, at: moment(reader, value, "at", now), ...speaker(reader, value) };
    case "access":
      return readAccess(reader, value, id, entryMoments(reader, value, now));
    case "call":
      return readCall(reader, value, id, entryMoments(reader, value, now));
    case "call_status":
      return {
        kind: "call_status",
        id,
        at: moment(reader, value, "at", now),
        guid: text(reader, value, "guid", 128),
        status: text(reader, value, "status", 256),
      };
    default:
      return wrong(reader, unknownKind, null, "UNKNOWN_KIND");
  }
}

const unknownKind = "kind must be one of detections, traffic, motion, heartbeat, access, call and call_status.";

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
  const at = readMoment(value[name], now);
  return typeof at === "number" ? at : wrong(reader, `${name} ${at.says}`, 0, at.code);
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

/** Who is there. */
function speaker(reader: FieldReader, value: JsonObject): { readonly sensor: string } | { readonly hive: string } {
  const given = (name: string): boolean => (value[name] ?? undefined) !== undefined;
  if (given("sensor") === given("hive")) {
    return wrong(reader, "A heartbeat needs exactly one of sensor and hive.", { sensor: "" });
  }
  return given("sensor") ? { sensor: text(reader, value, "sensor", 128) } : { hive: text(reader, value, "hive", 128) };
}

function wrongClockOf(value: unknown, { code }: Fault): string | null {
  if (code !== "TIME_TOO_OLD" && code !== "TOO_FAR_IN_FUTURE") return null;
  const sensor = isRecord(value) ? value["sensor"] : null;
  return typeof sensor === "string" ? sensor : null;
}
