// From becoming the owner of all lanes to giving them up: at most one process owns them, every write carries the epoch of the
// owner, and the first write that is refused ends this one for good.

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Ledger } from "../store/ledger.ts";
import { type Ownership, OwnershipLost } from "../store/ownership.ts";
import type { Epoch } from "../store/shards.ts";

export interface OwnedLanes {
  /** Attempts may be started. */
  running(): boolean;
  /** Outcomes may be written: running, or stopping. */
  alive(): boolean;
  /** Epoch of this owner; throws before `begin` is done. */
  epoch(): Epoch;
  /** Becomes the owner; null: the stop came first, and nothing may be begun. */
  begin(acquire: () => Promise<Ownership>): Promise<Ownership | null>;
  /** Waits for `drain`, but not longer than a stop may take, and gives the ownership up. */
  end(drain: () => Promise<void>): Promise<void>;
  /** Nothing can be written any more. */
  fail(error: unknown): void;
}

export interface OwnedLanesDeps {
  readonly ledger: Pick<Ledger, "release">;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a stop waits for attempts in flight, ms. */
  readonly drainMs: number;
  /** Nothing more may start: the stop began, or writing failed. */
  readonly onEnding: () => void;
  readonly onFailed: (error: unknown) => void;
}

export function createOwnedLanes(deps: OwnedLanesDeps): OwnedLanes {
  const { ledger, clock, log } = deps;
  let state: "new" | "running" | "stopping" | "ended" = "new";
  let ownEpoch: Epoch | null = null;

  const alive = (): boolean => state === "running" || state === "stopping";
  const epoch = (): Epoch => {
    if (ownEpoch === null) throw new Error("The dispatcher has not started: there is no epoch yet.");
    return ownEpoch;
  };

  async function release(): Promise<void> {
    try {
      await ledger.release(epoch());
    } catch (error) {
      const sentence = "The clean shutdown could not be written: the next start treats it as a crash.";
      log.warn("store.release_failed", { err: error }, sentence);
    }
  }

  return {
    running: () => state === "running",
    alive,
    epoch,
    async begin(acquire) {
      const owned = await acquire();
      ownEpoch = owned.epoch;
      if (state !== "new") return null;
      state = "running";
      return owned;
    },
    async end(drain) {
      const began = state === "running";
      if (state !== "ended") state = began ? "stopping" : "ended";
      deps.onEnding();
      if (!began) return;
      let cancel = () => {};
      const patience = new Promise<void>((resolve) => (cancel = clock.after(deps.drainMs, resolve)));
      await Promise.race([drain(), patience]);
      cancel();
      if (alive()) await release();
      state = "ended";
    },
    fail(error) {
      if (state === "ended") return;
      state = "ended";
      deps.onEnding();
      if (error instanceof OwnershipLost) {
        log.error("dispatcher.ownership_lost", { err: error }, "Another owner has taken over: delivery stops here.");
      } else log.error("dispatcher.failed", { err: error }, "Delivery cannot go on.");
      deps.onFailed(error);
    },
  };
}
