// From where a restart must read the log again, so that sensing has in memory what it had before: everything that was accepted
// within the last minutes. Checkpoints are few; positions between them are read once more than needed.

export interface RereadMark {
  /** Where the log was read from at the start. */
  begin(position: number): void;
  /** This observation is being folded. */
  pass(position: number, acceptedAt: number): void;
  /** Everything after it must be read again. */
  position(): number;
}

/** A minute, the time until it is closed, and what its first sample needs [sensing/minutes], with some to spare, ms. */
const rereadMs = 150_000;

const everyMs = 5_000;

export function createRereadMark(): RereadMark {
  const checkpoints: { readonly after: number; readonly at: number }[] = [];
  let from = 0;

  return {
    begin(position) {
      from = position;
    },
    pass(position, acceptedAt) {
      const last = checkpoints.at(-1)?.at ?? -Infinity;
      if (acceptedAt < last + everyMs) return;
      checkpoints.push({ after: position - 1, at: acceptedAt });
      while (checkpoints.length > 0 && checkpoints[0]!.at < acceptedAt - rereadMs) from = checkpoints.shift()!.after;
    },
    position: () => from,
  };
}
