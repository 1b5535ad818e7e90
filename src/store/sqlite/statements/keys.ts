// Statements of API keys. Only the keyed hash of a secret is stored. A revoked key keeps its row.

import { BelfryError } from "../../../errors.ts";
import type { AuditEntry, KeyRecord } from "../../registry.ts";
import type { WriteAudit } from "./audit.ts";
import { type EngineContext, plain } from "./engine-context.ts";

export interface KeyOperations {
  addKey(key: KeyRecord, audit: AuditEntry): void;
  key(id: string): KeyRecord | null;
  keys(): readonly KeyRecord[];
  revokeKey(id: string, audit: AuditEntry): boolean;
}

export function createKeys(context: EngineContext, writeAudit: WriteAudit): KeyOperations {
  const insert = context.prepare("insert into key values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const columns =
    "select k.id, k.role, g.id as organization, k.targets, k.name, k.description, k.hash, k.created_at as createdAt, k.revoked_at as revokedAt" +
    " from key k left join organization g on g.number = k.organization";
  const one = context.prepare(`${columns} where k.id = ?`);
  const all = context.prepare(`${columns} order by k.created_at, k.id`);
  const revoke = context.prepare("update key set revoked_at = ? where id = ? and revoked_at is null");

  const find = (id: string): KeyRecord | null => {
    const row = one.get(id);
    return row === undefined ? null : recordOf(row);
  };
  const organizationOf = ({ organization }: KeyRecord): number | null =>
    organization === null ? null : context.organization(organization).number;

  return {
    addKey(key, audit) {
      const { id, role, targets, hash, createdAt, revokedAt, name, description } = key;
      const organization = organizationOf(key);
      if (find(id) !== null) throw new BelfryError("CONFLICT", `There is a key ${id} already.`);
      insert.run(id, role, organization, JSON.stringify(targets), hash, createdAt, revokedAt, name, description);
      writeAudit(audit, organization);
    },
    key: find,
    keys: () => all.all().map(recordOf),
    revokeKey(id, audit) {
      const found = find(id);
      if (found === null) return false;
      revoke.run(Math.floor(audit.at), id);
      writeAudit(audit, organizationOf(found));
      return true;
    },
  };
}

/** `targets` is JSON text in its row. */
function recordOf(row: Record<string, unknown>): KeyRecord {
  return { ...(plain(row) as KeyRecord), targets: JSON.parse(row["targets"] as string) as string[] };
}
