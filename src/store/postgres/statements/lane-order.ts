// What due reads, settling and changes of owner ask of lanes that keep order, or that want the latest states only. What is
// remembered of a lane belongs to an epoch: it ends with it, and is thrown away whenever a transaction of the owner fails.

import type { LaneRead, LaneRows, LatestOnly, Settlement } from "../../owed.ts";
import type { Epoch } from "../../shards.ts";
import type { Transaction } from "../database.ts";

/** Which rows a read may return. */
export interface Heads {
  /** In the order of their due times, then by number; at most as many as the read asked for. */
  readonly numbers: readonly number[];
  readonly moved: number;
  readonly superseded: number;
  readonly skipped: LaneRows["skipped"];
  /** There may be more that are due. */
  readonly cut: boolean;
}

export interface Superseded extends Pick<LaneRows, "superseded" | "skipped"> {
  /** There are rows that nobody has looked at. */
  readonly more: boolean;
}

export interface LaneOrder {
  /** Runs owner's work on these lanes: one after the other for each lane. Forgets what is remembered of the epoch where the
   * work fails. Whatever reads, settles, supersedes, spills or cancels in a lane goes through it; reads and settlements of
   * lanes that `isPlain` names may go without. */
  run<Result>(epoch: Epoch, lanes: readonly number[], work: () => Promise<Result>): Promise<Result>;
  /** Nobody waits in a line of it, and nothing is remembered of its states. */
  isPlain(transaction: Transaction, epoch: Epoch, lane: number): Promise<boolean>;
  /** For a read that is in order, or latest only. */
  heads(transaction: Transaction, epoch: Epoch, now: number, read: LaneRead): Promise<Heads>;
  /** For a read that is neither: lets those go that wait behind others. Returns how many. */
  disperse(transaction: Transaction, epoch: Epoch, lane: number, limit: number): Promise<number>;
  supersede(transaction: Transaction, epoch: Epoch, lane: number, latest: LatestOnly, now: number): Promise<Superseded>;
  /** Must follow the change of their rows, in its transaction: the next of each line can be read, and what failed holds its line. */
  settled(transaction: Transaction, epoch: Epoch, settlements: readonly Settlement[]): Promise<void>;
  /** Must follow the change of their rows: they can be read from now on, and are due then. */
  spilled(epoch: Epoch, lane: number, delivery: number, due: number): void;
  /** Takes up to `limit` deliveries of the lane out of their lines, which are about to end. */
  leave(transaction: Transaction, lane: number, limit: number): Promise<readonly number[]>;
  /** Deliveries have ended, and their rows are gone: whoever waits behind one can be read. Any node calls it, as a statement
   * after the one that removed the rows. `settled` does the same. */
  ended(transaction: Transaction, deliveries: readonly number[]): Promise<void>;
  /** Lanes of these shards in which somebody waits in a line. Lines whose head is gone, or in quarantine, go on. */
  lanesOf(transaction: Transaction, shards: readonly number[]): Promise<readonly number[]>;
  /** The epoch has ended, or a transaction of its owner failed. */
  forget(epoch: Epoch): void;
}
