// The audit: append-only, each entry in the transaction of its change. A hash binds each entry to the one before, so an entry
// that was changed or removed later shows.

import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { AuditCheck, AuditPosition } from "../../history.ts";
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

/** Goes on after `from`, null: begins, through at most so many entries. */
export function checkAudit(database: DatabaseSync, from: AuditPosition | null, most: number): AuditCheck {
  let { number: last, hash: before } = from ?? { number: 0, hash: chainStart };
  const rows = database.prepare(
    "select number, organization, at, actor, action, object, detail, hash from audit where number > ? order by number limit ?",
  );
  let checked = 0;
  for (const row of rows.iterate(last, most)) {
    const { number, organization, hash, ...entry } = row as unknown as AuditEntry & {
      number: number;
      organization: number | null;
      hash: Uint8Array;
    };
    checked++;
    if (number !== last + 1 || !link(before, entry, organization).equals(hash)) {
      return { brokenAt: number, last: { number: last, hash: before }, isEnd: true };
    }
    [last, before] = [number, hash];
  }
  return { brokenAt: null, last: { number: last, hash: before }, isEnd: checked < most };
}

function link(before: Uint8Array, entry: AuditEntry, organization: number | null): Buffer {
  const { at, actor, action, object, detail } = entry;
  return createHash("sha256")
    .update(before)
    .update(JSON.stringify([organization, at, actor, action, object, detail]))
    .digest();
}
