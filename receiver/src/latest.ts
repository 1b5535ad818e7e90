// Order among statements that may come late, twice or corrected. The newest moment of a space is what it is like now; of
// several statements about one moment the last correction holds: by Belfry's revision, and where there is none by the
// event id, which grows with time (Butlr states the last five minutes anew, every minute, under new ids).

import type { Received } from "./event.ts";

/** A state: what one sensor or space is like at one moment. */
export interface State {
  /** What it is a state of: event type and sensor or space. Motion and no motion are one state. */
  readonly key: string;
  /** The moment, ms since 1970. */
  readonly at: number;
  /** Of two statements with the same key and moment the one with the greater text holds; it grows with `at`, too. */
  readonly rank: string;
}

/** Null for what is no state: passages, entries and calls each count for themselves, in any order. */
export function stateOf(event: Received): State | null {
  const key = keyOf(event);
  if (key === null) return null;
  const { id, timestamp } = event.payload as { readonly id: unknown; readonly timestamp: number };
  const emitted = typeof id === "string" && /^event_[0-9A-Za-z]{27}$/.test(id) ? id : "";
  // Joined, which makes one text of them: V8 keeps what a template puts together in pieces, three times as large.
  const rank = [digits(timestamp, 15), digits(event.revision, 6), emitted].join(".");
  return { key, at: timestamp, rank };
}

function keyOf({ name, payload }: Received): string | null {
  switch (name) {
    case "DETECTIONS":
      return `${name}:${payload.metadata.sensor_id}`;
    case "FLOOR_OCCUPANCY":
    case "FLOOR_OCCUPANCY_1MIN":
      return `${name}:${payload.metadata.floor_id}`;
    case "ROOM_OCCUPANCY":
    case "ROOM_OCCUPANCY_1MIN":
      return `${name}:${payload.metadata.room_id}`;
    case "ZONE_OCCUPANCY":
    case "ZONE_OCCUPANCY_1MIN":
      return `${name}:${payload.metadata.zone_id}`;
    case "PIR_MOTION":
    case "PIR_NO_MOTION":
      return `PIR:${payload.metadata.room_id}`;
    default:
      return null;
  }
}

const digits = (value: number, length: number): string => String(value).padStart(length, "0");

/** `current`: the newest of its space, show it. `past`: true of an earlier moment, write it down and show nothing new.
 * `stale`: that moment was stated better already, drop it. */
export type Standing = "current" | "past" | "stale";

export interface LatestOptions {
  /** Sensors and spaces that are remembered; the one longest unheard of goes first. Default 10,000. */
  readonly subjects?: number;
  /** Moments of each that are remembered, for corrections to be told from what they correct. Default 64. */
  readonly moments?: number;
}

/** Gives a function that tells where each event stands among those before it; the same event twice stands the same. What
 * is no state is always `current`. It remembers in memory only: to order across restarts, compare `stateOf` in your store. */
export function createLatest(options: LatestOptions = {}): (event: Received) => Standing {
  const { subjects = 10_000, moments = 64 } = options;
  const known = new Map<string, Map<number, string>>();
  const newest = (ranks: ReadonlyMap<number, string>): number => Math.max(...ranks.keys());

  return (event) => {
    const state = stateOf(event);
    if (state === null) return "current";
    const { key, at, rank } = state;
    const ranks = known.get(key) ?? new Map<number, string>();
    known.delete(key);
    known.set(key, ranks);
    if (known.size > subjects) known.delete(known.keys().next().value!);
    if (rank < (ranks.get(at) ?? "")) return "stale";
    ranks.set(at, rank);
    const last = newest(ranks);
    if (ranks.size > moments) ranks.delete(Math.min(...ranks.keys()));
    return at === last ? "current" : "past";
  };
}
