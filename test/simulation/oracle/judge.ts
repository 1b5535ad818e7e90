// Where all parts of the oracle report. The first violation counts: what follows it may only be its consequence.

/** The invariants, as the README of the simulation numbers them. */
export const invariants = {
  1: "Every acknowledged event is in the ledger, and every one in the ledger was offered.",
  2: "An accepted event is owed to exactly those who subscribed it when it was accepted.",
  3: "No attempt starts after a final state, and no final state is without its reason.",
  4: "At most one attempt of a delivery is in flight in one process.",
  5: "Attempts are numbered 1, 2, 3, … and there are no more of them than the schedule has.",
  6: "A retry is due within its jittered window, and starts neither before that nor before a valid Retry-After.",
  7: "Every request has its attempt in the ledger, unless a crash took it, and every attempt its request.",
  8: "Body and event id never change, and a signature holds under a secret that holds then.",
  9: "In-flight attempts never exceed the caps of lane, organization, host and all.",
  10: "After a change was acknowledged, nothing starts that it forbids.",
  11: "No secret is anywhere but in its sealed column and its own header.",
  12: "When the storm is over, everything gets through to receivers that answer 2xx, in its time.",
  13: "Who is no longer the owner writes nothing.",
  14: "The store holds what was committed, after every crash.",
  15: "Nothing turns in circles, and nothing fails that should not.",
  16: "First attempts of one class of a lane start in the order of its deliveries, unless the clock jumps.",
  17: "A lane whose receiver failed five times in a row is probed: one at a time, at the times of the schedule.",
  18: "What was under way at an unclean end is noted before it is tried again, nothing starts beside it, and the third holds it.",
  19: "Live deliveries of a lane go before retries and replays, which have one start in ten between them.",
  20: "A lane that starts nothing gives its reason, and the reason holds.",
  21: "When lateness is over, the last value of a minute is the one that its log gives, reckoned plainly and in order.",
  22: "Revisions of a minute rise by one, none repeats the value before it, and its row is what was said last.",
  23: "Instants of a space rise in time by a second or more, never repeat the count, and end with what is seen.",
  24: "Edges of a room's motion alternate, rest comes after its silence, and comes.",
  25: "Of a device at the door as many people are told as its totals have grown by.",
  26: "Nothing is said of a space that has no sensor.",
  27: "No fold writes an event twice.",
  28: "Each change of the health of a sensor or a hive is said once, in the order of time.",
  29: "Health follows from the log: whoever speaks is there, silence has the moment at which it was too long, and is said.",
  30: "Only resuming ends a pause.",
  31: "A replay job sends each event of its time once, and one that was cancelled is owed nothing more.",
  32: "What an owner wants tried now is due now: all that waited, once, and nothing of a subscription that is held.",
  33: "A test goes out once for each that was asked for, marked, and leaves nothing behind; no lane is opened unasked.",
  35: "In any time t no lane starts more than burst + rate × t attempts, whichever process starts them.",
  36: "What a lane is owed is numbered without a hole and told number by number; what is sent again keeps its number.",
  37: "In a lane in order what is owed about one subject goes one after another, in the order of acceptance.",
  38: "Nobody is disabled for failing before the time, with too few failed attempts, or while something succeeds.",
  39: "Only states that have a newer one owed are superseded, none that is under way, and none goes while a newer one waits.",
  40: "A process tells of each subscription that fails once, and once of its end; hiccups are told to nobody.",
} as const;
export type Invariant = keyof typeof invariants;

export interface Violation {
  readonly invariant: Invariant;
  readonly message: string;
  /** Monotonic ms since the start of the run. */
  readonly at: number;
}

export interface Judge {
  fail(invariant: Invariant, message: string): void;
  check(holds: boolean, invariant: Invariant, message: () => string): void;
  violation(): Violation | null;
}

export function createJudge(now: () => number): Judge {
  let first: Violation | null = null;
  const fail = (invariant: Invariant, message: string): void => {
    first ??= { invariant, message, at: now() };
  };
  return {
    fail,
    check(holds, invariant, message) {
      if (!holds) fail(invariant, message());
    },
    violation: () => first,
  };
}
