// The organization of a write that is no ordered one: it stays until the transaction ends.

import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";

/** Nobody removes it meanwhile, so nothing of it is left behind. Throws NOT_FOUND. */
export async function heldOrganization(
  context: Context,
  transaction: Transaction,
  id: string,
): Promise<{ readonly number: number }> {
  const held = await transaction.row<{ number: number }>(
    "select number from organization where id = $1 for key share",
    [id],
  );
  return held ?? (await context.organization(transaction, id));
}
