// Lanes that keep order, or want the latest states only: what the other statements of an owner ask of them. Everything works on
// lists, within the transaction of who asks. What it has in memory belongs to lanes that this process owns: it is filled and
// changed only within `OwnerWrites.run` [owner-writes.ts], one transaction at a time, and `reset` throws it away.

import type { LaneRead, LaneRows, LatestOnly, Settlement } from "../../owed.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";
import type { ReadBudget } from "./due-rows.ts";

/** A settlement that is written: its delivery has lost its row, or was moved. */
export interface Settled extends Pick<Settlement, "delivery" | "lane"> {
  /** `ended` also where it had ended before. */
  readonly became: "ended" | "due";
  /** It is due again, and its lane keeps order. */
  readonly inOrder: boolean;
}

/** A live or failed delivery that can be read from now on, and is due then. */
export interface Spilled {
  readonly lane: number;
  readonly delivery: number;
  readonly due: number;
}

export interface Lines {
  /** Whether this read must go through `read`: it asks for order or for the latest states, somebody may wait in a line of its lane,
   * or nothing is known of the lane. Asked at any time, answered from memory. */
  concerns(read: LaneRead): boolean;
  /** Answers such reads, in their order. Takes from `budget` what it reads. */
  read(
    transaction: Transaction,
    now: number,
    reads: readonly LaneRead[],
    budget: ReadBudget,
  ): Promise<readonly LaneRows[]>;
  /** As the operation of the port, at most one slice. */
  supersede(
    transaction: Transaction,
    lane: number,
    latest: LatestOnly,
    now: number,
  ): Promise<Pick<LaneRows, "superseded" | "skipped"> & { readonly more: boolean }>;
  /** Must follow whatever is settled, in the order of the settlements. Costs no statement for lanes that are known to have no lines. */
  settled(transaction: Transaction, settled: readonly Settled[]): Promise<void>;
  /** Deliveries have ended otherwise (cancelled, withdrawn, expired, erased), and their rows are gone. Whoever is next in their
   * lines can be read from now on. Also where this process does not own their lanes. */
  ended(transaction: Transaction, deliveries: readonly number[]): Promise<void>;
  /** Takes up to `limit` of those that wait in lines of this lane, which is about to end, out of them. Where it returns fewer, the
   * lane has no lines any more. */
  leave(transaction: Transaction, lane: number, limit: number): Promise<readonly number[]>;
  spilled(spilled: readonly Spilled[]): void;
  /** This process owns these shards from now on: nothing is known of their lanes, and nothing was read. Returns the lanes in
   * which somebody waits in a line. */
  acquired(transaction: Transaction, shards: readonly number[]): Promise<readonly number[]>;
  /** Must follow every transaction that failed, or whose fate is not known. */
  reset(): void;
}

/** Until lanes can keep order: none does. */
export function createLines(_context: Context): Lines {
  const none = async (): Promise<never> => Promise.reject(new Error("lanes keep no order yet"));
  return {
    concerns: ({ inOrder, latest }) => inOrder === true || (latest ?? null) !== null,
    read: none,
    supersede: none,
    settled: async () => {},
    ended: async () => {},
    leave: async () => [],
    spilled: () => {},
    acquired: async () => [],
    reset: () => {},
  };
}
