// The audit: append-only, each entry in the transaction of its change. A hash binds each entry to the one before, so an entry
// that was changed or removed later shows.

import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { AuditEntry } from "../../registry.ts";
import type { EngineContext } from "./engine-context.ts";

export type WriteAudit = (entry: AuditEntry, organization: number | null) => void;

const chainStart = new Uint8Array(32);

export function createAudit(context: EngineContext): WriteAudit {
  const last = context.prepare("select hash from audit order by number desc limit 1");
  const insert = context.prepare(
    "insert into audit (organization, at, actor, action, object, detail, hash) values (?, ?, ?, ?, ?, ?, ?)",
  );
  return (entry, organization) => {
    const before = (last.get()?.["hash"] as Uint8Array | undefined) ?? chainStart;
    const whole = { ...entry, at: Math.floor(entry.at) };
    const { at, actor, action, object, detail } = whole;
    insert.run(organization, at, actor, action, object, detail, link(before, whole, organization));
  };
}

/** Number of the first entry that does not follow from the entry before it; null: the chain is whole. */
export function findAuditBreak(database: DatabaseSync): number | null {
  let before: Uint8Array = chainStart;
  let expected = 1;
  const rows = database.prepare(
    "select number, organization, at, actor, action, object, detail, hash from audit order by number",
  );
  for (const row of rows.iterate()) {
    const { number, organization, hash, ...entry } = row as unknown as AuditEntry & {
      number: number;
      organization: number | null;
      hash: Uint8Array;
    };
    if (number !== expected++ || !link(before, entry, organization).equals(hash)) return number;
    before = hash;
  }
  return null;
}

function link(before: Uint8Array, entry: AuditEntry, organization: number | null): Buffer {
  const { at, actor, action, object, detail } = entry;
  return createHash("sha256")
    .update(before)
    .update(JSON.stringify([organization, at, actor, action, object, detail]))
    .digest();
}
