// How long somebody is usually silent, reckoned plainly: the second longest of the gaps of this day and the day before, of which
// each begins with the first gap after the last one ended.

import { day } from "../profile.ts";

/** One message in the log. */
export interface Message {
  readonly position: number;
  /** When it was accepted: a slow store logs what came later first. */
  readonly at: number;
  /** The latest of it and of those before it. */
  readonly latest: number;
  /** Nobody's doing caused it. */
  readonly unprompted: boolean;
}

/** Ms; null: there were not two. */
export function usualGapOf(messages: readonly Message[]): number | null {
  let before: number[] = [];
  let today: number[] = [];
  let from = -Infinity;
  for (const [index, { at, unprompted }] of messages.entries()) {
    const last = messages[index - 1]?.latest ?? at;
    if (!unprompted || at <= last) continue;
    if (at >= from + day) {
      before = at < from + 2 * day ? today : [];
      today = [];
      from = at;
    }
    today.push(at - last);
  }
  return [...today, ...before].toSorted((one, other) => other - one)[1] ?? null;
}
