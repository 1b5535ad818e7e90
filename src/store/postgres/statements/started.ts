// Deliveries that were marked before their attempt. Only recovery after a crash marks them: the delivery that ended the
// process before may end this one, too, and is then among the marked ones. Empty, and free, while there are no crashes.

import { closingRow, outcomeNumber } from "../../codes.ts";
import type { Transaction } from "../database.ts";

/** Marks of one delivery at which it is quarantined. Before its first crash it had none, so it was normally under way at one
 * crash more. */
const triesMost = 2;

export interface StartedDeliveries {
  /** Returns those that are owed still. */
  mark(transaction: Transaction, deliveries: readonly number[]): Promise<readonly number[]>;
  /** The attempts have not ended the process. Costs nothing where none of them is marked. */
  clear(transaction: Transaction, deliveries: readonly number[]): Promise<void>;
  /** The owners of these shards have ended in order. */
  clearShards(transaction: Transaction, shards: readonly number[]): Promise<void>;
  /** Those that are marked in these shards and still owed. */
  all(transaction: Transaction, shards: readonly number[]): Promise<readonly number[]>;
  /** Puts those into quarantine that were marked at too many crashes, and returns them. */
  quarantine(transaction: Transaction, shards: readonly number[], now: number): Promise<readonly number[]>;
}

const mark =
  "insert into started (delivery, organization, shard, tries) select number, organization, shard, 1 from delivery" +
  " where number = any($1) on conflict (delivery) do update set tries = started.tries + 1 returning delivery";

const dropEnded =
  "delete from started s where s.shard = any($1) and not exists (select 1 from delivery d where d.number = s.delivery)";

const quarantine =
  "with held as (update delivery d set location = 2 from started s where s.delivery = d.number and s.tries >= $1" +
  " and s.shard = any($2) returning d.number, d.organization, d.event, d.lane, d.variant, d.created_at, d.sequence)," +
  " closed as (insert into attempt (delivery, n, organization, event, lane, variant, started_at, waited, duration, code," +
  ` detail, response_bytes, sequence) select number, ${closingRow}, organization, event, lane, variant, $3, $3 - created_at,` +
  ` 0, ${outcomeNumber.quarantined}, $4, 0, sequence from held on conflict (delivery, n, event) do update` +
  " set started_at = excluded.started_at, waited = excluded.waited, code = excluded.code, detail = excluded.detail)," +
  " cleared as (delete from started where tries >= $1 and shard = any($2))" +
  " select number from held order by number";

export function createStarted(): StartedDeliveries {
  /** Those that this process has marked, or found marked; some may not be, where a transaction has failed. */
  const marked = new Set<number>();

  return {
    async mark(transaction, deliveries) {
      for (const delivery of deliveries) marked.add(delivery);
      const owed = await transaction.rows<{ delivery: number }>(mark, [deliveries]);
      const found = new Set(owed.map(({ delivery }) => delivery));
      return deliveries.filter((delivery) => found.has(delivery));
    },
    async clear(transaction, deliveries) {
      const known = marked.size === 0 ? [] : deliveries.filter((delivery) => marked.has(delivery));
      if (known.length > 0) await transaction.run("delete from started where delivery = any($1)", [known]);
    },
    async clearShards(transaction, shards) {
      if (shards.length > 0) await transaction.run("delete from started where shard = any($1)", [shards]);
    },
    async all(transaction, shards) {
      await transaction.run(dropEnded, [shards]);
      const rows = await transaction.rows<{ delivery: number }>(
        "select delivery from started where shard = any($1) order by delivery",
        [shards],
      );
      for (const { delivery } of rows) marked.add(delivery);
      return rows.map(({ delivery }) => delivery);
    },
    async quarantine(transaction, shards, now) {
      const detail = `Belfry ended ${triesMost + 1} times while this was under way. Resend it to try once more.`;
      const rows = await transaction.rows<{ number: number }>(quarantine, [triesMost, shards, now, detail]);
      return rows.map(({ number }) => number);
    },
  };
}
