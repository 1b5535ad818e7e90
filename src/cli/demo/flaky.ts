// The receiver that fails for a while, so that one can watch Belfry hold its deliveries, try again and catch up.

const roundMs = 180_000;
const downFrom = 15_000;
const downUntil = 55_000;

/** `elapsed`: since it began to receive, ms. */
export function isDown(elapsed: number): boolean {
  const inRound = elapsed % roundMs;
  return inRound >= downFrom && inRound < downUntil;
}
