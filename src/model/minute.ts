// A minute as sensing states it and the store keeps it: one number of one subject in one UTC minute, and how well it was
// observed. Estimates of different kinds are series of their own and are never mixed.

export const minuteMs = 60_000;

/** For so long after its end a minute is corrected by what comes late, ms [butlr.md §5.1]. */
export const latenessMs = 5 * minuteMs;

/** The begin of the minute that a moment is in; both epoch ms. */
export const minuteOf = (at: number): number => Math.floor(at / minuteMs) * minuteMs;

/** Which estimate a minute belongs to: people seen by presence sensors in a space, people through one door sensor, or ins
 * less outs of a space. */
export type MinuteSeries = "presence" | "traffic" | "traffic_occupancy";

/** One UTC minute of one subject: of a space (floor, room, zone), or of a sensor for `traffic`. Counts are whole, from 0
 * to 2,147,483,647. */
export interface Minute {
  /** Its begin, epoch ms, a multiple of 60,000. */
  readonly at: number;
  /** `presence` and `traffic_occupancy`: people. `traffic`: people who came in. */
  readonly value: number;
  /** `traffic`: people who went out; else 0. */
  readonly out: number;
  /** Least and most people at any moment of the minute. */
  readonly min: number;
  readonly max: number;
  /** People over the time observed, to 2 decimals, as `Math.round(mean * 100) / 100` gives them: the store refuses others. */
  readonly mean: number;
  /** Whole seconds observed, 0..60. */
  readonly observedS: number;
  /** 0, or the number of the last correction. */
  readonly revision: number;
}

const most = 2 ** 31 - 1;
const isCount = (given: number): boolean => Number.isInteger(given) && given >= 0 && given <= most;

/** Whether the numbers of a minute are as above. The store takes no others. */
export function isMinute({ value, out, min, max, mean, observedS, revision }: Minute): boolean {
  const counts = isCount(value) && isCount(out) && isCount(min) && isCount(max) && isCount(revision);
  const hasMean = Math.round(mean * 100) / 100 === mean && mean >= 0 && mean <= most;
  return counts && hasMean && isCount(observedS) && observedS <= 60;
}

/** A minute, and whose it is. */
export interface MinuteOf extends Minute {
  readonly organization: string;
  readonly series: MinuteSeries;
  /** Id of the space or of the sensor. */
  readonly subject: string;
}
