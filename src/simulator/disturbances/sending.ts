// What happens on the way to the server: observations that come late, and observations that come twice.

import type { SentObservation } from "../observation.ts";
import type { SeededRandom } from "../random.ts";
import type { Stage } from "./disturbances.ts";

export interface LatenessOptions {
  /** Of the observations, those that are delayed, by 1 ms to `mostMs`. */
  readonly share: number;
  readonly mostMs: number;
}

/** A second copy comes within it. */
const duplicateMs = 60_000;

export const lateness =
  ({ share, mostMs }: LatenessOptions, random: SeededRandom): Stage =>
  (sent) =>
    later(sent, ({ sentAt }) => [random.chance(share) ? sentAt + random.whole(1, mostMs) : sentAt]);

export const duplicates =
  (share: number, random: SeededRandom): Stage =>
  (sent) =>
    later(sent, ({ sentAt }) => (random.chance(share) ? [sentAt, sentAt + random.whole(0, duplicateMs)] : [sentAt]));

/** Sends each at all of these times, none before its own, and keeps the order of sending; of one moment, in the order of
 * `sent`. Holds what waits and nothing else. */
export function* later(
  sent: Iterable<SentObservation>,
  times: (one: SentObservation) => readonly number[],
): Generator<SentObservation> {
  /** The last to be sent is the first. */
  const waiting: SentObservation[] = [];
  for (const one of sent) {
    while (waiting.length > 0 && waiting.at(-1)!.sentAt <= one.sentAt) yield waiting.pop()!;
    for (const sentAt of times(one)) {
      if (sentAt === one.sentAt) yield one;
      else insert(waiting, { observation: one.observation, sentAt });
    }
  }
  while (waiting.length > 0) yield waiting.pop()!;
}

/** Before those that are sent at the same time, since these were there first. */
function insert(waiting: SentObservation[], one: SentObservation): void {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (waiting[middle]!.sentAt > one.sentAt) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, one);
}
