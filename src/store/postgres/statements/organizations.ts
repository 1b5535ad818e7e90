// Statements of organizations: their names and data keys, and the snapshot on which a change is decided.

import type { OrganizationRecord } from "../../registry.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import { writeAudit } from "./audit.ts";
import { noteChanges } from "./changes.ts";
import { currentModel } from "./models.ts";
import { subscriptionsSince } from "./subscriptions.ts";
import { pendingWithdrawals } from "./withdrawals.ts";

type OrganizationStatements = Pick<RegistryStatements, "organizations" | "ensureOrganization" | "dataKey" | "snapshot">;

interface StoredOrganization extends OrganizationRecord {
  readonly number: number;
  readonly dataKey: Uint8Array;
  readonly modelVersion: number | null;
}

export function createOrganizations({ database, ordered }: Context): OrganizationStatements {
  const { session } = database;
  return {
    organizations: () =>
      session.rows<OrganizationRecord>("select id, name, revision from organization order by number"),
    async ensureOrganization(id, name, dataKey, audit) {
      const before = await find(session, id);
      if (before !== undefined) return recordOf(before);
      return await ordered.run(async (write) => {
        const made = await write.row<{ number: number }>(
          "insert into organization (id, name, revision, data_key) values ($1, $2, 1, $3) on conflict (id) do nothing returning number",
          [id, name, dataKey],
        );
        if (made !== undefined) {
          await writeAudit(write, [audit], made.number);
          await noteChanges(write, "organization", [id]);
        }
        return recordOf((await find(write, id))!);
      });
    },
    dataKey: async (id) => (await find(session, id))?.dataKey ?? null,
    snapshot: (id, since) =>
      database.read(async (read) => {
        const found = await find(read, id);
        if (found === undefined) return null;
        const { number, dataKey, modelVersion } = found;
        return {
          number,
          organization: recordOf(found),
          dataKey,
          subscriptions: await subscriptionsSince(read, number, since),
          model: modelVersion === null ? null : await currentModel(read, number, modelVersion),
          withdrawals: await pendingWithdrawals(read, number),
        };
      }),
  };
}

const find = (session: Session, id: string): Promise<StoredOrganization | undefined> =>
  session.row<StoredOrganization>(
    'select number, id, name, revision, data_key as "dataKey", model_version as "modelVersion" from organization where id = $1',
    [id],
  );

const recordOf = ({ id, name, revision }: StoredOrganization): OrganizationRecord => ({ id, name, revision });
