// The check at the end of a run over PostgreSQL: what the nodes said they took is there, and everything that was accepted has ended
// exactly once for every subscription that is counted.

import type { Cluster } from "./cluster.ts";

/** `lanes`: of the subscriptions that want every event of their building, `each` of them in each. */
export async function checkClusterLedger(
  cluster: Cluster,
  acknowledged: ReadonlySet<number>,
  lanes: readonly number[],
  each: number,
): Promise<{ readonly figures: Readonly<Record<string, number>>; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const one = async (sql: string): Promise<number> => {
    const [row] = await cluster.rows<Record<string, string | number>>(sql);
    return Number(Object.values(row ?? {})[0] ?? 0);
  };
  const expect = (what: string, found: number, expected: number): void => {
    if (found !== expected) faults.push(`${what}: ${found} instead of ${expected}`);
  };
  const counted = lanes.join(",");
  const there = new Set(
    (await cluster.rows<{ id: string }>("select id from idempotency_key")).map(({ id }) => Number(id)),
  );
  const lost = [...acknowledged].filter((id) => !there.has(id)).length;
  const events = await one("select count(*) from event");
  const pending = await one(`select count(*) from delivery where lane in (${counted})`);
  const ended = await one(
    `select count(distinct delivery) from attempt where state is not null and lane in (${counted})`,
  );
  expect("acknowledged events that are lost", lost, 0);
  expect("events with an id of a sender and without an event, or the other way round", there.size, events);
  expect(
    "deliveries with two final states",
    await one(
      "select count(*) from (select delivery from attempt where state is not null group by delivery having count(*) > 1) twice",
    ),
    0,
  );
  expect(
    "deliveries that are owed and ended",
    await one(
      "select count(*) from delivery d where exists (select 1 from attempt a where a.delivery = d.number and a.state is not null)",
    ),
    0,
  );
  expect("accepted × subscriptions", pending + ended, events * each);
  expect(
    "events with two deliveries to one subscription",
    await one(
      `select count(*) from (select event, lane from attempt where state is not null and lane in (${counted})` +
        " group by event, lane having count(distinct delivery) > 1) twice",
    ),
    0,
  );
  const [{ bytes } = { bytes: 0 }] = await cluster.rows<{ bytes: number }>(
    "select pg_total_relation_size('delivery')::float8 as bytes",
  );
  return { figures: { lost, events, pending, ended, hot_table_mb: Math.round(bytes / 1e6) }, faults };
}
