// Hours at a steady rate on PostgreSQL: nothing may lag, no delivery may cost more at the end than at the beginning, the table of
// what is owed must stay small, and old partitions must go.

import { type BenchDatabase, startDatabase, workPer } from "../harness/database.ts";
import { percentile, round } from "../harness/figures.ts";
import { type Nodes, startNodes } from "../harness/nodes.ts";
import { type Options, say } from "../harness/options.ts";
import { startReceiver } from "../harness/receiver.ts";
import { makeTenants } from "../harness/tenants.ts";
import { latenessOf } from "./lateness.ts";
import { type Bound, conclude } from "./verdict.ts";

const parts = 10;
const subscriptions = 64;
/** Partitions are short and little is kept, so that hours show what weeks would. */
const settings = {
  BELFRY_RETRY_DELAYS: "1s,5s,30s,2m",
  BELFRY_RETENTION_EVENTS: "1h",
  BELFRY_RETENTION_OBSERVATIONS: "1h",
  BELFRY_DATABASE_PARTITION: "10m",
};
const retentionMinutes = 60;
/** A partition longer than retention, and the round of pruning that finds it. */
const firstDropMinutes = retentionMinutes + 25;
const everyMs = 5_000;

interface Tables {
  /** Of the table of what is owed, its indexes included, MB. */
  readonly hotMb: number;
  /** Names of partitions of events. */
  readonly partitions: readonly string[];
}

async function tablesOf(database: BenchDatabase): Promise<Tables> {
  const [row] = await database.ask<{ hot: number; partitions: readonly string[] }>(
    "select pg_total_relation_size('delivery')::float8 as hot," +
      " array(select inhrelid::regclass::text from pg_inherits where inhparent = 'event'::regclass) as partitions",
  );
  return { hotMb: row!.hot / 1e6, partitions: row!.partitions };
}

interface Part {
  readonly p99: number;
  /** µs of CPU for each delivery, nodes and database. */
  readonly cost: number;
  /** The largest that the table of what is owed was, MB. */
  readonly hotMb: number;
}

export async function soakPostgres(options: Options): Promise<void> {
  const rate = options.rate ?? 1_500;
  const minutes = options.minutes ?? (options.seconds === null ? 120 : options.seconds / 60);
  const seconds = Math.max(Math.round((minutes * 60) / parts), 1);
  const database = await startDatabase();
  const receiver = await startReceiver({ count: subscriptions });
  const nodes = await startNodes({
    database,
    caFile: receiver.caFile,
    delivery: options.nodes ?? 0,
    profile: options.profile,
    settings,
  });
  const tenants = await makeTenants(nodes.way, receiver.origins);
  say(`postgres: ${rate}/s for ${minutes} minutes to ${subscriptions} subscriptions`);
  const seen = new Set<string>();
  const done: Part[] = [];
  let again = 0;
  for (let part = 0; part < parts; part++) {
    const before = await database.work();
    const cpu = nodes.cpuMs();
    const events = rate * seconds;
    const first = 1 + part * events;
    const batch = { events: 10, key: nodes.way.key };
    const sending = latenessOf({ server: nodes.way, receiver, tenants, first, rate, seconds, batch });
    const hotMb = await watchTables(database, nodes, sending, seen);
    const late = (await sending).flat();
    again += (await receiver.seen()).again;
    const nodesUs = ((nodes.cpuMs() - cpu) * 1000) / events;
    const work = workPer(events, before, await database.work());
    const p99 = percentile(late, 0.99);
    done.push({ p99, cost: nodesUs + work.cpuUs, hotMb });
    say(
      `  part ${part + 1}: p99 ${p99.toFixed(1)} ms; CPU nodes ${nodesUs.toFixed(1)} + database ${work.cpuUs.toFixed(1)} µs;` +
        ` ${work.commits.toFixed(1)} commits per 1,000; ${Math.round(work.walBytes)} B of WAL each; owed: ${hotMb.toFixed(1)} MB at most`,
    );
  }
  await nodes.drained();
  const { partitions } = await tablesOf(database);
  const dropped = [...seen].filter((name) => !partitions.includes(name)).length;
  judge(options, { minutes, rate, done, again, dropped, nodes });
  await nodes.stop();
}

/** Looks every so often while something else goes on; returns the most that the table of what is owed took. */
async function watchTables(
  database: BenchDatabase,
  nodes: Nodes,
  until: Promise<unknown>,
  seen: Set<string>,
): Promise<number> {
  let over = false;
  const end = until.finally(() => (over = true));
  // Whoever awaits `until` hears of its failure.
  end.catch(() => undefined);
  let most = 0;
  while (!over && nodes.all.length > 0) {
    const { hotMb, partitions } = await tablesOf(database);
    for (const name of partitions) seen.add(name);
    most = Math.max(most, hotMb);
    await Promise.race([end.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, everyMs))]);
  }
  return most;
}

interface Found {
  readonly minutes: number;
  readonly rate: number;
  readonly done: readonly Part[];
  readonly again: number;
  readonly dropped: number;
  readonly nodes: Nodes;
}

function judge(options: Options, { minutes, rate, done, again, dropped, nodes }: Found): void {
  const [begin, end] = [done[0]!, done.at(-1)!];
  const bounds: Bound[] = [
    { what: "deliveries that came twice", seen: again, most: 0 },
    { what: "CPU of a delivery, last part ÷ first", seen: end.cost / begin.cost, most: 1.1 },
    { what: "p99 of the last part, ms", seen: end.p99, most: 1_000 },
    { what: "table of what is owed, last part ÷ second", seen: end.hotMb / done[1]!.hotMb, most: 1.5 },
  ];
  if (minutes >= firstDropMinutes)
    bounds.push({ what: "partitions that went, taken from 0", seen: -dropped, most: -1 });
  const figures = {
    rate,
    minutes,
    cost_us: done.map(({ cost }) => round(cost, 1)),
    p99_ms: done.map(({ p99 }) => round(p99, 1)),
    hot_mb: done.map(({ hotMb }) => round(hotMb, 1)),
    partitions_dropped: dropped,
    rss_mb: Math.round(nodes.way.rss()),
    v8: nodes.way.v8,
  };
  conclude(options, "postgres", figures, bounds);
}
