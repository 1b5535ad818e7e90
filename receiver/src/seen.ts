// Which events were handled already. An id is claimed before its handler runs, kept when the handler succeeded, and released
// when it failed. Never keep an id before its work is done: if the work then fails, the event is lost.

/** Where the numbers of what came are kept: one text, which replaces the one before it. */
export interface NumberStore {
  read(): string | null | undefined | Promise<string | null | undefined>;
  write(numbers: string): unknown;
}

/** The right to handle one event now. Its methods may be asynchronous. */
export interface Claim {
  /** The event was handled: from now on its id is `done`. */
  keep(): unknown;
  /** Handling failed: the next attempt may claim the id. */
  release(): unknown;
}

/** Where ids are remembered, and with `onGap` the numbers of what came. Remember them at least as long as the sender retries; Belfry retries for up to 91 hours. */
export interface Seen {
  /** `done`: handled before. `running`: another attempt is being handled, and may still fail. */
  claim(id: string): Claim | "done" | "running" | Promise<Claim | "done" | "running">;
  /** Keeps a text over restarts. Absent: after a restart a receiver counts from the first number that comes. */
  readonly numbers?: NumberStore;
}

/** Does the work unless the event was handled before or is being handled now. Throws what the work throws. */
export async function handleOnce(seen: Seen, id: string, work: () => unknown): Promise<"handled" | "done" | "running"> {
  const claim = await seen.claim(id);
  if (typeof claim === "string") return claim;
  try {
    await work();
  } catch (error) {
    await claim.release();
    throw error;
  }
  await claim.keep();
  return "handled";
}
