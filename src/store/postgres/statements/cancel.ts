// Statements that cancel what a lane owes, slice by slice.

import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";
import { endDeliveries } from "./end-deliveries.ts";
import type { Lines } from "./lines.ts";

const deleted = "The subscription was deleted.";

// The quarantined first: as long as others are left, the next owner goes on with the lane.
const onDisk =
  "(select number from delivery where lane = $1 and location = 2 limit $2) union all" +
  " (select number from delivery where lane = $1 and location = 1 limit $2) limit $2";
// The last change of owner spilled everything, so only younger deliveries can be in memory only.
const inMemory = "select number from delivery where number > $1 and lane = $2 and location = 0 limit $3";
const ownedUpTo = "select min(owned_up_to) as number from shard where epoch = $1";
const because = "select removed_because as why from subscription where number = $1";

export function createCancel({ owners }: Context, lines: Lines): Ledger["cancel"] {
  const numbers = async (transaction: Transaction, sql: string, values: readonly unknown[]): Promise<number[]> =>
    (await transaction.rows<{ number: number }>(sql, values)).map(({ number }) => number);

  return (epoch, lane, now, limit) =>
    owners.run(epoch, async (transaction) => {
      const found = await numbers(transaction, onDisk, [lane, limit]);
      if (found.length < limit) found.push(...(await lines.leave(transaction, lane, limit - found.length)));
      if (found.length < limit) {
        const [from] = await numbers(transaction, ownedUpTo, [epoch.number]);
        found.push(...(await numbers(transaction, inMemory, [from ?? 0, lane, limit - found.length])));
      }
      const removed = await transaction.row<{ why: string | null }>(because, [lane]);
      await endDeliveries(transaction, found, "cancelled", now, removed?.why ?? deleted);
      await transaction.run("delete from lane_health where lane = $1", [lane]);
      return found.length;
    });
}
