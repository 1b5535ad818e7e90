// How many rows there are: counted where they are few, else as many as PostgreSQL takes them for when it plans a read of all.

import type { Session } from "../database.ts";
import type { HistoryContext, Reads } from "./history-context.ts";

/** Rows that are looked at: where there are as many, there may be more. */
export const mostCounted = 10_000;

export interface Counted {
  readonly count: string;
  readonly estimate: string;
}

/** `rows`: where they are read; `all`: the same, as the planner knows best how many there are. */
export const counted = (rows: string, all: string): Counted => ({
  count: `select count(*) as count from (select 1 from ${rows} limit ${mostCounted}) few`,
  estimate: `explain (format json) select 1 from ${all}`,
});
const table = (name: string, key: string): Counted => counted(`${name} order by ${key}`, name);
const [observation, event, delivery, attempt] = [
  table("observation", "position"),
  table("event", "number"),
  table("delivery", "number"),
  table("attempt", "delivery"),
];

export function createCountReads({ session }: HistoryContext): Reads<"totals" | "pending"> {
  return {
    async totals() {
      return {
        observations: await countOf(session, observation),
        events: await countOf(session, event),
        pending: await countOf(session, delivery),
        attempts: await countOf(session, attempt),
      };
    },
    pending: () => countOf(session, delivery),
  };
}

type Plan = readonly [{ readonly Plan: { readonly "Plan Rows": number } }];

export async function countOf(
  session: Session,
  { count, estimate }: Counted,
  values: readonly unknown[] = [],
): Promise<number> {
  const found = (await session.row<{ count: number }>(count, values))!.count;
  if (found < mostCounted) return found;
  const plan = await session.row<{ readonly "QUERY PLAN": Plan }>(estimate, values);
  return Math.max(found, plan!["QUERY PLAN"][0].Plan["Plan Rows"]);
}
