// Rules of lanes that want the latest state only. Newest is by the moment of sensing, then by acceptance. Pure.

import type { LatestOnly } from "./owed.ts";

/** A delivery that waits, and what it tells. */
export interface WaitingState {
  readonly number: number;
  readonly due: number;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly again: number;
  readonly sequence: number | null;
}

/** What is remembered of one. */
export type SeenState = Pick<WaitingState, "number" | "at" | "sequence">;

/** What a delivery is the state of; null: of nothing that a newer one could take the place of. */
export function stateKey(
  { states }: Pick<LatestOnly, "states">,
  { type, subject, again }: Pick<WaitingState, "type" | "subject" | "again">,
): string | null {
  const kind = again === 1 ? undefined : states[type];
  return kind === undefined ? null : `${kind}:${subject}`;
}

export const isNewer = (one: SeenState, other: SeenState): boolean =>
  one.at > other.at || (one.at === other.at && one.number > other.number);

/** What the closing row of a superseded one says. */
export const whySuperseded = "A newer state of its subject took its place.";
