// Port: what other processes over the same database have changed, so that a process learns of it and reads anew what it keeps in
// memory. A change has its number in the transaction that makes it, and numbers rise in the order of commits: whoever has seen one
// has seen all below it. The embedded store has one process, so its feed is always empty.

/** `organization`: its revision rose, it is new, or it was removed. `key`: added or revoked. `sign_in`: ended. `token`: revoked.
 * `replay`: a job that somebody made or cancelled. `lane`: it has rows that nobody told of. */
export const changeKinds = ["organization", "key", "sign_in", "token", "replay", "lane"] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface StoredChange {
  readonly number: number;
  readonly kind: ChangeKind;
  /** Public id of what was changed. */
  readonly id: string;
}

export interface ChangeSlice {
  /** In their order; fewer than asked for: there are no more now. */
  readonly changes: readonly StoredChange[];
  /** false: some that came before these may have been removed already. Read everything anew. */
  readonly isComplete: boolean;
}

export interface ChangeFeed {
  /** Number of the newest change. What is read after this call has everything up to it. */
  lastChange(): Promise<number>;
  /** The first `limit` after this number, which `lastChange` or an earlier slice gave. */
  changesAfter(number: number, limit: number): Promise<ChangeSlice>;
}

export const noChanges: ChangeFeed = {
  lastChange: () => Promise.resolve(0),
  changesAfter: () => Promise.resolve({ changes: [], isComplete: true }),
};
