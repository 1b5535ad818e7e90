// The end of a move: numbers of every kind go on behind those of the store that was moved, and the next owner knows what the last
// one there left.

import type { MovedFacts } from "../../moved-tables.ts";
import type { Transaction } from "../database.ts";

const identities = ["kind", "organization", "minute_subject", "withdrawal", "replay"] as const;

export async function finishMove(transaction: Transaction, facts: MovedFacts): Promise<void> {
  const { last, nextNumber } = facts;
  const sequences = { observation_number: last.observation, event_number: last.event, delivery_number: last.delivery };
  const given = { ...sequences, delivery_up_to: last.delivery, model_version: last.model, epoch_number: facts.epoch };
  for (const [name, number] of Object.entries(given)) {
    if (number > 0) await transaction.run("select setval($1::text::regclass, $2)", [name, number]);
  }
  if (nextNumber !== null) await transaction.run("select setval('next_number', $1, false)", [nextNumber]);
  for (const table of identities) {
    const least = table === "organization" ? last.organization : 0;
    await transaction.run(
      `select setval(pg_get_serial_sequence('${table}', 'number'), greatest((select max(number) from ${table}), $1::bigint, 1))`,
      [least],
    );
  }
  await transaction.run(
    "update organization o set subscription_bytes = coalesce((select sum(octet_length(s.record) + coalesce(octet_length(s.secrets), 0))" +
      " from subscription s where s.organization = o.number and s.removed_at is null), 0)",
  );
  await transaction.run(
    "insert into own_retention select w.number, w.record from unnest($1::int[], $2::text[]) w (number, record)" +
      " join organization o on o.number = w.number on conflict (organization) do update set record = excluded.record",
    [facts.retentions.map(([number]) => number), facts.retentions.map(([, record]) => record)],
  );
  // With a new epoch the database keeps where sensing was: so that is told afterwards.
  await transaction.run("update shard set epoch = $1, released = $2, owned_up_to = $3", [
    facts.epoch,
    facts.released || facts.epoch === 0,
    facts.ownedUpTo,
  ]);
  await transaction.run("update shard set folded_before = $1, reread_before = $2", [facts.folded, facts.rereadFrom]);
}
