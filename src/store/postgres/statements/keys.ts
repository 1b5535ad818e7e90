// Statements of API keys. Only the keyed hash of a secret is stored. A revoked key keeps its row.

import { BelfryError } from "../../../errors.ts";
import type { KeyRecord } from "../../registry.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import { writeAudit } from "./audit.ts";
import { noteChanges } from "./changes.ts";

type KeyStatements = Pick<RegistryStatements, "addKey" | "key" | "keys" | "revokeKey">;

/** `targets` is JSON text, and bytes come as Node's. */
type KeyRow = Omit<KeyRecord, "targets"> & { readonly targets: string };

const columns =
  'select k.id, k.role, g.id as organization, k.targets, k.name, k.description, k.hash, k.created_at as "createdAt",' +
  ' k.revoked_at as "revokedAt" from key k left join organization g on g.number = k.organization';

export function createKeys(context: Context): KeyStatements {
  const { session } = context.database;
  return {
    addKey: (key, audit) =>
      context.ordered.run(async (write) => {
        const { id, role, targets, hash, createdAt, revokedAt, name, description } = key;
        const organization =
          key.organization === null ? null : (await context.organization(write, key.organization)).number;
        const added = await write.run(
          "insert into key (id, role, organization, targets, hash, created_at, revoked_at, name, description)" +
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing",
          [id, role, organization, JSON.stringify(targets), hash, createdAt, revokedAt, name, description],
        );
        if (added === 0) throw new BelfryError("CONFLICT", `There is a key ${id} already.`);
        await writeAudit(write, [audit], organization);
        await noteChanges(write, "key", [id]);
      }),
    async key(id) {
      const found = await session.row<KeyRow>(`${columns} where k.id = $1`, [id]);
      return found === undefined ? null : recordOf(found);
    },
    keys: async () => (await session.rows<KeyRow>(`${columns} order by k.created_at, k.id`)).map(recordOf),
    revokeKey: (id, audit) =>
      context.ordered.run(async (write) => {
        const found = await write.row<{ organization: number | null }>(
          "update key set revoked_at = coalesce(revoked_at, $2) where id = $1 returning organization",
          [id, Math.floor(audit.at)],
        );
        if (found === undefined) return false;
        await writeAudit(write, [audit], found.organization);
        await noteChanges(write, "key", [id]);
        return true;
      }),
  };
}

const recordOf = (row: KeyRow): KeyRecord => ({
  ...row,
  targets: JSON.parse(row.targets) as string[],
  hash: new Uint8Array(row.hash),
});
