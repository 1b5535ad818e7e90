// Removes last values when subscriptions begin to take other events than before [subscription-rules.ts].

import type { ForgottenType } from "../../subscription-rules.ts";
import type { Transaction } from "../database.ts";

export async function dropLastValues(
  transaction: Transaction,
  organization: number,
  types: readonly ForgottenType[],
): Promise<void> {
  if (types.length === 0) return;
  await transaction.run(
    "delete from last_value where organization = $1 and kind in (select k.number from kind k" +
      " join unnest($2::text[], $3::text[]) given (dialect, name) on given.dialect = k.dialect and given.name = k.name)",
    [organization, types.map(({ dialect }) => dialect), types.map(({ type }) => type)],
  );
}
