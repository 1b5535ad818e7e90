// Which partitions are past a time, and which of them something still needs.

import type { RetentionClass } from "../../../model/retention.ts";
import type { Session } from "../database.ts";
import { leastNumber } from "../numbers.ts";
import type { Partition } from "../partition-list.ts";

export type PartitionedClass = Exclude<RetentionClass, "entries">;

export const tableOf = {
  events: "event",
  observations: "observation",
  minutes: "minute_hour",
} as const satisfies Record<PartitionedClass, Partition["table"]>;
const keyOf = { event: "number", observation: "position" } as const;

export const dayMs = 86_400_000;
/** Rows of about one time may lie in another order. */
const slackMs = 60_000;

/** When the first and the last row were accepted, epoch ms; null: there are none. */
export interface Edges {
  readonly first: number | null;
  readonly last: number | null;
}

export async function edgesOf(session: Session, { table, name }: Partition): Promise<Edges> {
  if (table !== "event" && table !== "observation") return { first: null, last: null };
  const at = (order: "asc" | "desc"): string =>
    `(select accepted_at from ${name} order by ${keyOf[table]} ${order} limit 1)`;
  return (await session.row<Edges>(`select ${at("asc")} as first, ${at("desc")} as last`))!;
}

/** Whether all its rows, and all that it may still get, are from before a time, epoch ms. */
export function isPast({ table, end }: Partition, { last }: Edges, before: number, now: number): boolean {
  if (table === "minute_hour" || table === "idempotency_key") return end <= Math.floor(before / dayMs);
  // Numbers tell when they were given out, but those of a store that was moved here do not.
  return end <= leastNumber(before) || (end <= leastNumber(now) && last !== null && last < before - slackMs);
}

/** Whether something in it must stay, however old: what is still owed, and observations that sensing has not folded, or will read
 * again. */
export async function isNeeded(session: Session, { table, name, first, end }: Partition): Promise<boolean> {
  if (table === "event") {
    const found = await session.row<{ needed: boolean }>(
      "select exists (select 1 from delivery where again = 1 and event >= $1 and event < $2)" +
        " or coalesce((select event < $2 from delivery where again = 0 order by number limit 1), false) as needed",
      [first, end],
    );
    return found!.needed;
  }
  if (table !== "observation") return false;
  const found = await session.row<{ needed: boolean }>(
    // The comparison of rows and the order are those of the index by shard and position.
    `select exists (select 1 from shard_fold s cross join lateral (select 1 from ${name} o where o.shard <= s.shard` +
      " and (o.shard, o.position) > (s.shard, least(s.folded, s.reread_from)) order by o.shard, o.position limit 1) kept) as needed",
  );
  return found!.needed;
}
