// Values of the ledger port [ledger.ts]: what is removed for good, at the end of the retention or since a person asked for it.
// Times are epoch ms.

/** Everything older than these times may go. */
export interface PruneBefore {
  /** Events and their attempts, by when the event was accepted. */
  readonly events: number;
  readonly observations: number;
  /** Whole days of idempotency keys. */
  readonly idempotencyKeys: number;
  /** Whole UTC days of minutes. */
  readonly minutes: number;
  /** By when they were accepted. */
  readonly entries: number;
  /** Sign-ins that lasted until then, and tokens revoked before they would have ended by themselves. */
  readonly signIns: number;
}

/** How many rows were removed, by what they are. */
export interface PrunedRows {
  readonly events: number;
  readonly observations: number;
  readonly idempotencyKeys: number;
  /** Hours of minutes, each of one subject. */
  readonly minuteHours: number;
  readonly entries: number;
  readonly signIns: number;
  /** Deliveries that were still owed. */
  readonly expired: number;
}

export const noPrunedRows: PrunedRows = {
  events: 0,
  observations: 0,
  idempotencyKeys: 0,
  minuteHours: 0,
  entries: 0,
  signIns: 0,
  expired: 0,
};

/** Rows that are counted while they are removed. */
export type PrunedTally = { -readonly [Kind in keyof PrunedRows]: number };

/** What one slice has removed. */
export interface Pruned extends PrunedRows {
  /** Of what expired. */
  readonly lanes: readonly number[];
  /** true: there is more to remove. Call again. */
  readonly more: boolean;
}

/** A tenant, and by what entries may name them. */
export interface Person {
  readonly organization: string;
  /** Of the tenant. */
  readonly id: string;
  /** As entries write it; null: the model does not say. */
  readonly name: string | null;
  /** Id and number of the tenant as text, and those of their passes and tools. */
  readonly references: readonly string[];
  readonly keychains: readonly string[];
  readonly accessTools: readonly string[];
}

/** How far an erasure has come. */
export interface EraseCursor {
  readonly stage: number;
  readonly after: number;
  /** Numbers and GUIDs of the entries that went. */
  readonly numbers: readonly number[];
  readonly guids: readonly string[];
}
