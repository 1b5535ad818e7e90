// Statements of organizations: their names and data keys, and the snapshot on which a change is decided.

import type { AuditEntry, OrganizationRecord } from "../../registry.ts";
import type { SealedSnapshot } from "../../registry-statements.ts";
import type { WriteAudit } from "./audit.ts";
import { type EngineContext, plain } from "./engine-context.ts";
import type { Models } from "./models.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Withdrawals } from "./withdrawals.ts";

export interface OrganizationOperations {
  organizations(): readonly OrganizationRecord[];
  /** Creates the organization with this wrapped data key, unless it exists. */
  ensureOrganization(id: string, name: string, dataKey: Uint8Array, audit: AuditEntry): OrganizationRecord;
  /** The wrapped data key; null: there is no such organization. */
  dataKey(organization: string): Uint8Array | null;
  /** Of subscriptions only those that were written after the revision `since`; -1: all. */
  snapshot(organization: string, since: number): SealedSnapshot | null;
}

export function createOrganizations(
  context: EngineContext,
  subscriptions: Subscriptions,
  withdrawals: Withdrawals,
  models: Models,
  writeAudit: WriteAudit,
): OrganizationOperations {
  const columns = "select id, name, revision from organization";
  const all = context.prepare(`${columns} order by number`);
  const one = context.prepare(`${columns} where id = ?`);
  // The number of a removed organization stays with its audit.
  const insert = context.prepare(
    "insert into organization (number, id, name, revision, data_key) values (1 + max(" +
      "(select ifnull(max(number), 0) from organization)," +
      " ifnull((select value from meta where name = 'last_organization'), 0)), ?, ?, 1, ?) on conflict do nothing",
  );
  const dataKey = context.prepare("select data_key from organization where id = ?");

  return {
    organizations: () => all.all().map(plain) as OrganizationRecord[],
    ensureOrganization(id, name, dataKey, audit) {
      if (insert.run(id, name, dataKey).changes === 1) writeAudit(audit, context.organization(id).number);
      return plain(one.get(id)!) as OrganizationRecord;
    },
    dataKey: (id) => (dataKey.get(id)?.["data_key"] as Uint8Array | undefined) ?? null,
    snapshot(id, since) {
      const row = dataKey.get(id);
      if (row === undefined) return null;
      const { number } = context.organization(id);
      return {
        number,
        organization: plain(one.get(id)!) as OrganizationRecord,
        dataKey: row["data_key"] as Uint8Array,
        subscriptions: subscriptions.of(number, since),
        model: models.of(number),
        withdrawals: withdrawals.pending(number),
      };
    },
  };
}
