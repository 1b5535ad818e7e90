// Statements of what organizations keep for a time of their own. Whoever prunes reads it each time anew.

import type { OwnRetention } from "../../../model/retention.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";

type RetentionStatements = Pick<RegistryStatements, "retentions" | "retention">;

export function createOwnRetentions(context: Context): RetentionStatements {
  const { session } = context.database;
  return {
    async retentions() {
      const found = await session.rows<{ id: string; record: string }>(
        "select g.id, r.record from own_retention r join organization g on g.number = r.organization order by g.number",
      );
      return found.map(({ id, record }) => [id, JSON.parse(record) as OwnRetention] as const);
    },
    async retention(organization) {
      const { number } = await context.organization(session, organization);
      const found = await session.row<{ record: string }>("select record from own_retention where organization = $1", [
        number,
      ]);
      return found === undefined ? {} : (JSON.parse(found.record) as OwnRetention);
    },
  };
}

/** Instead of what the organization had of its own. */
export async function setRetention(
  transaction: Transaction,
  organization: number,
  retention: OwnRetention,
): Promise<void> {
  if (Object.keys(retention).length === 0) {
    await transaction.run("delete from own_retention where organization = $1", [organization]);
    return;
  }
  await transaction.run(
    "insert into own_retention (organization, record) values ($1, $2)" +
      " on conflict (organization) do update set record = excluded.record",
    [organization, JSON.stringify(retention)],
  );
}
