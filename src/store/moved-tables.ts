// What a move from the embedded store to PostgreSQL copies: each table, its rows in the order of its key, column by column. What the
// two stores have under different names or in different forms is said here. Rows of organizations that were removed stay behind.

export interface MovedTable {
  readonly name: string;
  /** Rows are read in this order, and a move goes on behind the last one. */
  readonly key: readonly string[];
  readonly columns: readonly MovedColumn[];
  /** true: rows of organizations that exist; else all. */
  readonly ofOrganizations: boolean;
  /** Further condition of the embedded store, in SQL. */
  readonly where?: string;
  /** Rows of one transaction. */
  readonly batch: number;
  /** The column by whose days the table is partitioned. */
  readonly days?: string;
}

export interface MovedColumn {
  readonly name: string;
  readonly type: "integer" | "text" | "bytes";
  /** What the embedded store has instead, in SQL. */
  readonly from?: string;
  /** `shard`: of the organization of the row; `guid`: of the call that its body tells. */
  readonly derived?: "shard" | "guid";
  /** PostgreSQL has a boolean. */
  readonly isTruth?: true;
}

const batch = 2_000;
const fewRows = 20;

const integer = (...names: readonly string[]): readonly MovedColumn[] =>
  names.map((name) => ({ name, type: "integer" }));
const text = (...names: readonly string[]): readonly MovedColumn[] => names.map((name) => ({ name, type: "text" }));
const bytes = (...names: readonly string[]): readonly MovedColumn[] => names.map((name) => ({ name, type: "bytes" }));
const shard: MovedColumn = { name: "shard", type: "integer", derived: "shard" };
const orZero = (name: string): MovedColumn => ({ name, type: "integer", from: `ifnull(${name}, 0)` });

const table = (
  name: string,
  key: readonly string[],
  columns: readonly MovedColumn[],
  more: Partial<MovedTable> = {},
): MovedTable => ({ name, key, columns, ofOrganizations: true, batch, ...more });
const ofAll = { ofOrganizations: false };

export const movedTables: readonly MovedTable[] = [
  table("kind", ["number"], [...integer("number"), ...text("dialect", "name")], ofAll),
  table(
    "organization",
    ["number"],
    [
      ...integer("number"),
      ...text("id", "name"),
      ...integer("revision"),
      ...bytes("data_key"),
      ...integer("model_version"),
    ],
    ofAll,
  ),
  table(
    "subscription",
    ["number"],
    [
      ...integer("number", "organization"),
      ...text("id", "state", "record"),
      ...bytes("secrets"),
      ...integer("removed_at"),
      ...text("removed_because"),
      ...integer("revision"),
    ],
  ),
  table(
    "model_piece",
    ["organization", "version", "piece"],
    [...integer("organization", "version", "piece"), ...text("text")],
    {
      where: "exists (select 1 from organization o where o.number = organization and o.model_version = version)",
      batch: fewRows,
    },
  ),
  table(
    "place",
    ["organization", "kind", "id"],
    [...integer("organization"), ...text("kind", "id"), ...integer("number")],
  ),
  table(
    "key",
    ["id"],
    [
      ...text("id", "role"),
      ...integer("organization"),
      ...text("targets"),
      ...bytes("hash"),
      ...integer("created_at", "revoked_at"),
      ...text("name", "description"),
    ],
    ofAll,
  ),
  table(
    "audit",
    ["number"],
    [...integer("number", "organization", "at"), ...text("actor", "action", "object", "detail"), ...bytes("hash")],
    ofAll,
  ),
  table("pin", ["organization", "kind", "id"], [...integer("organization"), ...text("kind", "id"), ...bytes("sealed")]),
  table(
    "picture",
    ["organization", "kind", "id"],
    [...integer("organization"), ...text("kind", "id", "type"), ...bytes("bytes"), ...integer("updated_at")],
    { batch: fewRows },
  ),
  table(
    "sign_in",
    ["id"],
    [
      ...text("id", "key", "client", "redirect", "challenge"),
      ...bytes("code_hash"),
      ...integer("redeemed", "generation", "used", "created_at", "until"),
    ],
    ofAll,
  ),
  table("refresh_token", ["sign_in", "hash"], [...text("sign_in"), ...bytes("hash"), ...integer("generation")], ofAll),
  table("revoked_token", ["id"], [...text("id"), ...integer("until")], ofAll),
  table(
    "observation",
    ["position"],
    [
      ...integer("position", "organization"),
      shard,
      ...integer("kind"),
      ...text("floor"),
      ...integer("at", "accepted_at"),
      ...text("body", "trace"),
      { name: "guid", type: "text", derived: "guid" },
    ],
  ),
  table(
    "idempotency_key",
    ["organization", "kind", "id"],
    [...integer("day", "organization", "kind"), ...text("id", "hash")],
    { days: "day" },
  ),
  table(
    "event",
    ["number"],
    [
      ...integer("number", "organization", "kind"),
      ...text("id", "subject"),
      ...integer("at", "accepted_at", "revision"),
      ...text("previous", "scopes", "key", "body", "trace"),
    ],
  ),
  table(
    "last_value",
    ["organization", "kind", "subject"],
    [...integer("organization", "kind"), ...text("subject", "value")],
  ),
  table(
    "delivery",
    ["number"],
    [
      ...integer("number", "organization"),
      shard,
      ...integer("event", "lane", "variant", "attempts", "created_at", "due", "location", "again", "class", "sequence"),
    ],
  ),
  table(
    "attempt",
    ["delivery", "n"],
    [
      ...integer(
        "delivery",
        "n",
        "organization",
        "event",
        "lane",
        "variant",
        "started_at",
        "waited",
        "duration",
        "code",
      ),
      ...integer("status"),
      ...text("detail"),
      ...bytes("response"),
      ...integer("response_bytes", "state", "sequence"),
    ],
  ),
  // A run without deliveries tells of numbers that a restored store has left out.
  table(
    "sequence_run",
    ["lane", "first"],
    [...integer("lane", "first", "last", "organization"), orZero("delivery"), orZero("last_delivery"), orZero("event")],
  ),
  table(
    "lane_health",
    ["lane"],
    [
      ...integer("lane", "organization"),
      shard,
      ...integer("failures", "until", "code", "status", "failed_at", "failing_since", "failed", "told"),
    ],
  ),
  table("started", ["delivery"], [...integer("delivery", "organization"), shard, ...integer("tries")]),
  table("line", ["lane", "line"], [...integer("lane"), ...text("line"), ...integer("organization", "head")]),
  table(
    "behind",
    ["lane", "line", "delivery"],
    [...integer("lane"), ...text("line"), ...integer("delivery", "organization")],
  ),
  table(
    "withdrawal",
    ["number"],
    [
      ...integer("number", "organization", "lane"),
      ...text("tenant"),
      ...integer("up_to"),
      ...text("reason"),
      { name: "pending", type: "integer", isTruth: true },
    ],
  ),
  table(
    "replay",
    ["number"],
    [
      ...integer("number", "organization"),
      ...text("id"),
      ...integer("lane"),
      ...text("state", "reason", "criteria"),
      ...integer("per_second", "start", "up_to", "position", "scanned_until", "added", "created_at"),
      ...text("created_by"),
      ...integer("ended_at"),
    ],
  ),
  table("replayed", ["first"], integer("first", "last", "organization", "replay")),
  table("subject", ["organization", "key"], [...integer("organization"), ...text("key", "value")], { batch: 200 }),
  table("minute_subject", ["number"], [...integer("number", "organization", "series"), ...text("id")]),
  table(
    "minute_hour",
    ["day", "organization", "subject", "hour"],
    [...integer("day", "organization", "subject", "hour"), ...bytes("minutes")],
    { days: "day" },
  ),
  table(
    "entry",
    ["number"],
    [
      ...integer("number", "organization", "kind"),
      ...text("building"),
      ...integer("at", "accepted_at"),
      ...text("source_id", "guid", "status", "type", "origin", "words", "data"),
    ],
  ),
  table(
    "entry_tenant",
    ["organization", "tenant", "kind", "number"],
    [
      ...integer("organization"),
      ...text("tenant"),
      ...integer("kind", "number"),
      ...text("unit"),
      ...integer("ground"),
    ],
  ),
];

/** Bytes as hexadecimal text. */
export type MovedValue = number | string | null;
export type MovedRow = readonly MovedValue[];

/** Where a move goes on: behind the row with this key. null: from the first. */
export type MovedKey = readonly MovedValue[] | null;

/** What the new store must know beside the rows. */
export interface MovedFacts {
  /** Last numbers given out; 0: none was. */
  readonly last: Readonly<Record<"observation" | "event" | "delivery" | "model" | "organization", number>>;
  /** The next one for lanes and places; null: the first of all. */
  readonly nextNumber: number | null;
  readonly epoch: number;
  /** The last owner ended in order. */
  readonly released: boolean;
  readonly ownedUpTo: number;
  readonly folded: number;
  readonly rereadFrom: number;
  /** Own retentions, as JSON text, by number of the organization. */
  readonly retentions: readonly (readonly [organization: number, record: string])[];
}
