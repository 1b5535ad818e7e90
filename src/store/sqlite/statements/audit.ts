// Statements of the audit: append-only, each entry in the transaction of its change, chained to the one before [audit-chain.ts].

import type { DatabaseSync } from "node:sqlite";
import { chained, type ChainedEntry, chainStart, checkChain } from "../../audit-chain.ts";
import type { AuditCheck, AuditPosition } from "../../history.ts";
import type { AuditEntry } from "../../registry.ts";
import type { EngineContext } from "./engine-context.ts";

export type WriteAudit = (entry: AuditEntry, organization: number | null) => void;

export function createAudit(context: EngineContext): WriteAudit {
  const last = context.prepare("select number, hash from audit order by number desc limit 1");
  const insert = context.prepare(
    "insert into audit (organization, at, actor, action, object, detail, hash) values (?, ?, ?, ?, ?, ?, ?)",
  );
  return (entry, organization) => {
    const before = (last.get() as AuditPosition | undefined) ?? chainStart;
    for (const { at, actor, action, object, detail, hash } of chained(before, [entry], organization)) {
      insert.run(organization, at, actor, action, object, detail, hash);
    }
  };
}

/** Goes on after `from`, null: begins, through at most so many entries. */
export function checkAudit(database: DatabaseSync, from: AuditPosition | null, most: number): AuditCheck {
  const rows = database.prepare(
    "select number, organization, at, actor, action, object, detail, hash from audit where number > ? order by number limit ?",
  );
  const { number } = from ?? chainStart;
  return checkChain(from, rows.iterate(number, most) as Iterable<unknown> as Iterable<ChainedEntry>, most);
}
