// Spans of different length, so that what began in one moment does not end in one moment: a hundred handshakes at once
// would hold up whatever else is to be done.

/** Shares of a whole lie as far apart as they can, whichever of them follow each other. */
const goldenRatio = (Math.sqrt(5) - 1) / 2;

/** The next span: between three quarters of `longest` and `longest`. */
export function createJitter(longest: number): () => number {
  let share = 0;
  return () => {
    share = (share + goldenRatio) % 1;
    return longest * (1 - share / 4);
  };
}
