// How full a space is, in five steps; and what is said of its count. Pure.

import type { SpaceNow } from "../api/types.ts";
import { plural } from "../../../src/words/plural.ts";
import { roughly } from "../../../src/words/time.ts";

export type Step = 0 | 1 | 2 | 3 | 4;

/** Counts older than this are shown muted, with their age. Sensors speak every few seconds. */
export const staleMs = 60_000;

/** The count that is shown: who is seen; else, where no presence sensor speaks for the space, ins less outs. */
export interface Count {
  readonly value: number | null;
  readonly estimate: "presence" | "traffic";
  readonly ageMs: number | null;
  readonly isStale: boolean;
}

/** `elapsedMs`: since the answer came. */
export function countOf({ presence, traffic }: SpaceNow, elapsedMs = 0): Count {
  const older = (age: number | null): number | null => (age === null ? null : age + elapsedMs);
  if (presence.value === null && presence.sensors === 0 && traffic !== null) {
    // A door that nobody passes says nothing, and the count stands.
    return { value: traffic.value, estimate: "traffic", ageMs: older(traffic.age_ms), isStale: false };
  }
  const ageMs = older(presence.age_ms);
  return {
    value: presence.value,
    estimate: "presence",
    ageMs,
    isStale: presence.value !== null && (ageMs ?? 0) > staleMs,
  };
}

/** By share of the capacity, else of the largest count that is compared with; 0 is empty. */
export function stepOf(value: number, capacity: number | undefined, largest: number): Step {
  if (value <= 0) return 0;
  const share = value / Math.max(1, capacity ?? Math.max(4, largest));
  return Math.min(4, Math.max(1, Math.ceil(share * 4))) as Step;
}

/** `no sensor speaks for it`: why a count is unknown. */
export function whyUnknown({ presence }: SpaceNow): string {
  if (presence.sensors === 0)
    return presence.unplaced > 0 ? "its sensors have no place on the plan" : "no sensor counts here";
  if (presence.heard === 0)
    return `${presence.sensors === 1 ? "its sensor is" : `its ${presence.sensors} sensors are`} silent`;
  return `only ${presence.heard} of its ${presence.sensors} sensors are heard`;
}

/** For those who hear the plan instead of seeing it. */
export function countSentence(space: SpaceNow, capacity: number | undefined, elapsedMs = 0): string {
  const { value, ageMs, estimate } = countOf(space, elapsedMs);
  if (value === null) return `${space.name}: unknown, ${whyUnknown(space)}`;
  const of = capacity === undefined ? "" : ` of ${capacity}`;
  const age = ageMs === null ? "" : `, ${roughly(ageMs)} old`;
  return `${space.name}: ${capacity === undefined ? plural(value, "person", "people") : `${value}${of} people`}${estimate === "traffic" ? " by its doors" : ""}${age}`;
}
