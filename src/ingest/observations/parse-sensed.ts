// What sensors say of what they see: people at points, people who passed, motion. Read by hand, since this runs for every
// frame; nothing here needs the building model.

import type { Point } from "../../model/fact.ts";
import type { DetectionsObservation, MotionObservation, TrafficObservation } from "../../model/observation.ts";
import { type FieldReader, type JsonObject, optionalBoolean, wrong } from "./fields.ts";

const mostPoints = 1_000;
/** Metres, as far as places may lie in a building model: what lies beyond could not be said in world coordinates. */
const farthest = 1_000_000;
const longestTrack = 64;

type Detected = Pick<DetectionsObservation, "local" | "world" | "tracks">;

export function detections(reader: FieldReader, value: JsonObject): Detected {
  const local = value["local"] ?? undefined;
  const world = value["world"] ?? undefined;
  if ((local === undefined) === (world === undefined)) {
    return wrong(reader, "Detections need exactly one of local and world.", { world: [] });
  }
  const [name, given] = local === undefined ? (["world", world] as const) : (["local", local] as const);
  const people = points(reader, given, name === "local" ? shares : metres);
  const tracks = value["tracks"] ?? undefined;
  return { [name]: people, ...(tracks !== undefined && { tracks: trackIds(reader, tracks, people.length) }) };
}

/** What the sensor calls each of these people. */
function trackIds(reader: FieldReader, value: unknown, people: number): readonly string[] {
  if (!Array.isArray(value) || value.length !== people) {
    return wrong(reader, `tracks must be an array with one id for each of the ${people} points, or absent.`, []);
  }
  const ids = (value as readonly unknown[]).map((id) => (Number.isSafeInteger(id) ? String(id) : id));
  const isId = (id: unknown): id is string => typeof id === "string" && id !== "" && id.length <= longestTrack;
  if (!ids.every(isId)) {
    return wrong(reader, `tracks must hold whole numbers, or texts of 1 to ${longestTrack} characters.`, []);
  }
  if (new Set(ids).size < ids.length)
    return wrong(reader, "tracks names one id twice. Each person needs an id of their own.", []);
  return ids;
}

interface Coordinates {
  readonly name: "local" | "world";
  fits(value: number): boolean;
  readonly says: string;
}

const shares: Coordinates = {
  name: "local",
  fits: (value) => value >= 0 && value <= 1,
  says: "from 0 to 1, as shares of what the sensor sees. Send metres on the floor as world",
};

const metres: Coordinates = {
  name: "world",
  fits: (value) => Math.abs(value) <= farthest,
  says: `only, in metres on the floor, at most ${farthest} from 0`,
};

function points(reader: FieldReader, value: unknown, { name, fits, says }: Coordinates): readonly Point[] {
  if (!Array.isArray(value)) {
    return wrong(reader, `${name} must be an array of [x, y] pairs; empty means nobody.`, []);
  }
  const isCoordinate = (given: unknown): boolean => typeof given === "number" && fits(given);
  if (value.length > mostPoints) return wrong(reader, `${name} has more than ${mostPoints} points. Send fewer.`, []);
  for (const point of value as readonly unknown[]) {
    const pair = Array.isArray(point) && point.length === 2 && isCoordinate(point[0]) && isCoordinate(point[1]);
    if (!pair) return wrong(reader, `${name} must hold [x, y] pairs of numbers ${says}.`, []);
  }
  return value as readonly Point[];
}

export function traffic(
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

export function motion(reader: FieldReader, value: JsonObject): Pick<MotionObservation, "motion" | "confidence"> {
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
