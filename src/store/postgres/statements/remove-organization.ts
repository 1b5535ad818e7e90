// Removes an organization: makes it unknown in one transaction, so that nothing more is written for it. Its row goes first: who
// writes something of it holds the row until then, and finds none later. What grew with traffic goes afterwards
// [erase-removed.ts]; table `removed_organization` names those whose rows are left. The audit stays.

import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import { writeAudit } from "./audit.ts";
import { noteChanges } from "./changes.ts";

/** Bounded by what somebody set up, not by traffic, and found by an index. Sign-ins are found by their keys, lanes by their
 * subscriptions. */
const removals = [
  "with theirs as (select s.id from sign_in s join key k on k.id = s.key where k.organization = $1)," +
    " tokens as (delete from refresh_token where sign_in in (select id from theirs))" +
    " delete from sign_in where id in (select id from theirs)",
  "delete from lane_health where lane in (select number from subscription where organization = $1)",
  ...["pin", "subscription", "key", "replay", "own_retention", "model_draft"].map(
    (table) => `delete from ${table} where organization = $1`,
  ),
];

export const createRemoveOrganization =
  ({ ordered }: Context): RegistryStatements["removeOrganization"] =>
  (id, audit) =>
    ordered.run(async (write) => {
      const removed = await write.row<{ number: number }>("delete from organization where id = $1 returning number", [
        id,
      ]);
      if (removed === undefined) return false;
      const { number } = removed;
      const keys = await write.rows<{ id: string }>("select id from key where organization = $1", [number]);
      for (const removal of removals) await write.run(removal, [number]);
      await write.run("insert into removed_organization (number, id, removed_at) values ($1, $2, $3)", [
        number,
        id,
        Math.floor(audit.at),
      ]);
      await writeAudit(write, [audit], number);
      await noteChanges(write, "organization", [id]);
      await noteChanges(
        write,
        "key",
        keys.map((key) => key.id),
      );
      return true;
    });
