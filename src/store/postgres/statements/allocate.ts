// Gives out numbers for lanes and places: never one twice, and none that names a place of the organization already, by its number
// or its id. What other organizations have does not count, so that nobody sees or steers it.

import { firstOfRange, numberedKinds } from "../../place-names.ts";
import type { RegistryStatements } from "../../registry-statements.ts";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";

export const createAllocate =
  (context: Context): RegistryStatements["allocate"] =>
  (count, organization) =>
    context.ordered.run(async (write) => {
      const home = organization === undefined ? null : (await context.organization(write, organization)).number;
      const found = await write.row<{ next: number }>(
        "select case when is_called then last_value + 1 else last_value end as next from next_number",
      );
      let first = firstOfRange(found!.next, count);
      if (home !== null) {
        const used = () => lastUsed(write, home, first, first + count - 1);
        for (let last = await used(); last !== null; last = await used()) first = last + 1;
      }
      // It stays so where the transaction fails: some numbers are then never given out.
      await write.row("select setval('next_number', $1)", [first + count - 1]);
      return first;
    });

/** The last number of a range that names a place; null: none does. Ids are compared as texts: all have as many digits. */
async function lastUsed(session: Session, home: number, first: number, last: number): Promise<number | null> {
  const found = await session.row<{ last: number | null }>(
    "select max(number) as last from (" +
      "select max(number) as number from place where organization = $1 and kind = any($2) and number between $3 and $4" +
      " union all select max(id)::bigint from place where organization = $1 and kind = any($2)" +
      " and id between $5 and $6 and length(id) = length($5) and id !~ '[^0-9]') used",
    [home, numberedKinds, first, last, String(first), String(last)],
  );
  return found!.last;
}
