// What a sensor said last of each kind: whether it repeats itself, which shows how often it speaks, and whether it is stuck.

import type { HeartbeatObservation, SensorObservation } from "../../model/observation.ts";
import type { Point } from "../../model/fact.ts";

export interface LastWords {
  moving: boolean | null;
  totalIn: number | null;
  totalOut: number | null;
  /** The last frame; null: none yet. */
  frame: readonly Point[] | null;
  /** Since when it is the same frame, with somebody in it; null: nobody was. */
  sameSince: number | null;
  /** Set once that is too long. */
  stuckSince: number | null;
}

/** People never stand still for so long that a sensor places all of them alike to the last digit in every frame. */
const stuckAfterMs = 2 * 3_600_000;

export function newWords(): LastWords {
  return { moving: null, totalIn: null, totalOut: null, frame: null, sameSince: null, stuckSince: null };
}

/** Takes the observation in. True: nobody's doing caused it. Frames and heartbeats come anyway, rest and unchanged totals when
 * they are told again. */
export function takeWords(
  words: LastWords,
  observation: SensorObservation | HeartbeatObservation,
  acceptedAt: number,
  pirThreshold: number,
): boolean {
  if (observation.kind === "heartbeat") return true;
  if (observation.kind === "detections") {
    takeFrame(words, observation.local ?? observation.world ?? [], acceptedAt);
    return true;
  }
  if (observation.kind === "motion") {
    const moving = observation.motion ?? (observation.confidence ?? 0) >= pirThreshold;
    const rests = words.moving === false && !moving;
    words.moving = moving;
    return rests;
  }
  const { total_in = null, total_out = null } = observation;
  if (total_in === null && total_out === null) return observation.in === 0 && observation.out === 0;
  const isSame = total_in === words.totalIn && total_out === words.totalOut;
  words.totalIn = total_in;
  words.totalOut = total_out;
  return isSame;
}

function takeFrame(words: LastWords, frame: readonly Point[], at: number): void {
  const isSame = frame.length > 0 && words.frame !== null && areSame(words.frame, frame);
  words.frame = frame;
  if (!isSame) {
    words.sameSince = frame.length === 0 ? null : at;
    words.stuckSince = null;
  } else if (at - words.sameSince! >= stuckAfterMs) words.stuckSince = words.sameSince;
}

function areSame(a: readonly Point[], b: readonly Point[]): boolean {
  return a.length === b.length && a.every(([x, y], index) => x === b[index]![0] && y === b[index]![1]);
}
