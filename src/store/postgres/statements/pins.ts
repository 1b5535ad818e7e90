// Statements of PINs, which come and go sealed.

import type { RegistryStatements, SealedPin } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import { heldOrganization } from "./held-organization.ts";

type PinStatements = Pick<RegistryStatements, "putPin" | "pins" | "dropPins">;

export function createPins(context: Context): PinStatements {
  const { database } = context;
  const { session } = database;
  return {
    putPin: (organization, kind, id, sealed) =>
      database.write(async (transaction) => {
        const { number } = await heldOrganization(context, transaction, organization);
        await transaction.run(
          "insert into pin (organization, kind, id, sealed) values ($1, $2, $3, $4)" +
            " on conflict (organization, kind, id) do update set sealed = excluded.sealed",
          [number, kind, id, sealed],
        );
      }),
    async pins(organization, kind, ids) {
      const { number } = await context.organization(session, organization);
      return await session.rows<SealedPin>(
        "select id, sealed from pin where organization = $1 and kind = $2 and id = any($3)",
        [number, kind, ids],
      );
    },
    async dropPins(organization, kind, ids) {
      const { number } = await context.organization(session, organization);
      await session.run("delete from pin where organization = $1 and kind = $2 and id = any($3)", [number, kind, ids]);
    },
  };
}
