// Makes a new epoch the owner of shards. It waits until no transaction of the owners before is at work, and they begin none.

import type { Transaction } from "../database.ts";
import { ownerLock } from "../owner-writes.ts";

interface TakenShards {
  readonly epoch: number;
  /** Those whose owner did not end in order. */
  readonly crashed: readonly number[];
}

interface ShardRow {
  readonly number: number;
  readonly epoch: number;
  readonly released: boolean;
}

const owned = "select number, epoch, released from shard where number = any($1) order by number";
const hold =
  "select pg_advisory_xact_lock($1, each::integer) from (select unnest($2::bigint[]) each order by 1) epochs";
const take = "update shard set epoch = $2, released = false, owned_up_to = $3 where number = any($1)";

export async function takeShards(
  transaction: Transaction,
  shards: readonly number[],
  upTo: number,
): Promise<TakenShards> {
  const found = await holdShards(transaction, shards);
  const { epoch } = (await transaction.row<{ epoch: number }>("select nextval('epoch_number') as epoch"))!;
  await transaction.run(take, [shards, epoch, upTo]);
  return { epoch, crashed: found.filter((row) => row.epoch > 0 && !row.released).map(({ number }) => number) };
}

/** Whoever has the lock of a shard's epoch alone is the only one who can change it. Another one may have been faster. */
async function holdShards(transaction: Transaction, shards: readonly number[]): Promise<readonly ShardRow[]> {
  const held = new Set<number>();
  for (;;) {
    const found = await transaction.rows<ShardRow>(owned, [shards]);
    const others = [...new Set(found.map(({ epoch }) => epoch))].filter((epoch) => !held.has(epoch));
    if (others.length === 0) return found;
    await transaction.rows(hold, [ownerLock, others]);
    for (const epoch of others) held.add(epoch);
  }
}
