// Port: the processes that share a database: which of them live, who owns which slice, what one asks of another, and hints that
// something is new. What a node may write is not decided here: that the epoch says [shards.ts]. The embedded store has one process,
// and no such port. Times are those of the database, whose clock alone tells whose lease has ended.

export const nodeRoles = ["all", "api", "delivery"] as const;
/** `api`: takes requests, owns nothing. `delivery`: owns slices, takes none. */
export type NodeRole = (typeof nodeRoles)[number];

export interface NewNode {
  readonly id: string;
  readonly role: NodeRole;
  readonly version: string;
}

export interface NodeRecord extends NewNode {
  /** Since it renewed its lease, ms. */
  readonly silentMs: number;
  /** It is stopping, and takes nothing over. */
  readonly leaving: boolean;
}

export interface SliceRecord {
  readonly slice: number;
  /** null: nobody has it. */
  readonly node: string | null;
}

export interface Cluster {
  readonly nodes: readonly NodeRecord[];
  readonly slices: readonly SliceRecord[];
}

/** What a node asks of the owner of a slice, or of a node. */
export interface NewCall {
  readonly to: CallTarget;
  readonly name: string;
  /** JSON text. */
  readonly argument: string;
}

export type CallTarget = { readonly slice: number } | { readonly node: string };

export interface WaitingCall extends NewCall {
  readonly number: number;
}

export interface AnsweredCall {
  readonly number: number;
  /** JSON text. */
  readonly answer: string;
}

export interface Observed {
  readonly shard: number;
  readonly position: number;
}

/** Numbers given out last. One that has not changed: nothing is new, but for what is being written. */
export interface Progress {
  readonly deliveries: number;
  readonly observations: number;
  readonly calls: number;
}

export interface NodeStore {
  /** Begins or renews the lease of a node. */
  renew(node: NewNode): Promise<void>;
  /** Nodes that renewed their lease within the last hour, and all slices. */
  cluster(): Promise<Cluster>;
  /** Gives slices to the node that nobody has, that it has, or whose node has been silent for longer than `goneMs`. Returns those
   * it has now. */
  claim(node: string, slices: readonly number[], goneMs: number): Promise<readonly number[]>;
  /** Gives slices of the node back. */
  give(node: string, slices: readonly number[]): Promise<void>;
  /** The node takes no more slices over. It keeps those it has until it gives them back. */
  leave(node: string): Promise<void>;
  /** The node has ended. */
  forget(node: string): Promise<void>;

  /** Settings of the database that are off, and without which it may lose what it has acknowledged. */
  unsafeSettings(): Promise<readonly string[]>;

  /** Work that one process does at a time. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;

  progress(): Promise<Progress>;
  /** Shards with observations behind this position, each with the last one. Whoever has seen one has seen all below it. */
  observed(after: number): Promise<readonly Observed[]>;

  /** Returns its number. A call that nobody answers is forgotten after a minute. */
  ask(call: NewCall): Promise<number>;
  /** Calls that wait for this node or for the owner of these slices, without those of `known`. */
  waitingCalls(node: string, slices: readonly number[], known: readonly number[]): Promise<readonly WaitingCall[]>;
  answer(calls: readonly AnsweredCall[]): Promise<void>;
  /** Takes the answers that are there. */
  takeAnswers(calls: readonly number[]): Promise<readonly AnsweredCall[]>;
  /** Of calls that nobody waits for any more. */
  forgetCalls(): Promise<void>;

  /** Tells all other nodes that something may be new. It may get lost. */
  hint(text: string): Promise<void>;
  /** Until what it returns is called. `onHint` hears every hint, its own as well. The connection is made again where it breaks. */
  listen(onHint: (text: string) => void): () => Promise<void>;
}
