// Numbers of events, deliveries and observations tell the time: 4,096 for each millisecond since 2025. Ranges of numbers are
// ranges of time, by which tables are partitioned. Where more than that are given out, or a clock was set back, they go on from
// the last.

const begin = Date.UTC(2025, 0, 1);
const perMs = 4_096;

/** The least number that is given out at this time, epoch ms. */
export const leastNumber = (at: number): number => Math.max(1, Math.floor(at - begin) * perMs);

/** About when a number was given out, epoch ms. */
export const timeOfNumber = (number: number): number => begin + Math.floor(number / perMs);

/** How many numbers there are for so much time, ms. */
export const numbersIn = (ms: number): number => Math.ceil(ms) * perMs;

/** Ranges of numbers that are whole spans of time begin and end here: the last bound at or before a time, epoch ms. */
export const boundBefore = (at: number, spanMs: number): number => leastNumber(Math.floor(at / spanMs) * spanMs);

/** The first bound above a number. */
export function boundAfter(number: number, spanMs: number): number {
  const bound = leastNumber((Math.floor(timeOfNumber(number) / spanMs) + 1) * spanMs);
  return bound > number ? bound : number + numbersIn(spanMs);
}
