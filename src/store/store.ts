// The store as the rest of the program sees it: seven ports, and how it ends. An engine, such as sqlite/, opens one.

import type { ChangeFeed } from "./changes.ts";
import type { History } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeStore } from "./nodes.ts";
import type { Registry } from "./registry.ts";
import type { ReplayStore } from "./replays.ts";
import type { SignInStore } from "./sign-ins.ts";

/** What the copy of a database says of itself. */
export interface CopyFacts {
  /** Names the store; the same in all its copies. */
  readonly store: string;
  /** Number of its schema: a release that knows only lower ones cannot read it. */
  readonly schema: number;
  /** Names the master key that opens its secrets. */
  readonly masterKey: string | null;
  /** The last numbers given out, and the epoch of the owner. */
  readonly numbers: Readonly<Record<"observation" | "event" | "delivery" | "next_number" | "epoch", number>>;
}

/** `copied` of `bytes` are in the copy. */
export type CopyProgress = (copied: number, bytes: number) => void;

export interface Store {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly history: History;
  readonly signIns: SignInStore;
  readonly replays: ReplayStore;
  readonly changes: ChangeFeed;
  /** Processes that share the database; null: there is only this one. */
  readonly nodes: NodeStore | null;
  /** The files were a copy, or were opened as they are: numbers go on far above the last one in them. */
  readonly isRenumbered: boolean;
  /** Copies the database, as of one moment after the call, to a file that does not exist. The store goes on meanwhile. The copy
   * may be checked and restored, and is removed where this throws: UNAVAILABLE for a disk that is full. */
  copyTo(file: string, onProgress: CopyProgress): Promise<CopyFacts>;
  /** Resolves with the error when the store can no longer be trusted: fsync failed, the disk is gone. The process must end. */
  readonly broken: Promise<Error>;
  /** Finishes what was asked for, then closes. Later calls are rejected. */
  close(): Promise<void>;
}
