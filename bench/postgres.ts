// As deliver.ts, on PostgreSQL: from the first request to the last durable outcome, ÷ a bare undici loop in the same run. Database
// (fsync on), node, receiver and sender share the machine. `--nodes N`: so many nodes deliver beside one that takes requests, to a
// receiver that takes 20 ms. `--peers`: other queues on PostgreSQL do the same work beside it (peers/).

import { runBaseline } from "./harness/baseline.ts";
import { type BenchDatabase, startDatabase, workPer } from "./harness/database.ts";
import { median, moment, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { type Nodes, startNodes } from "./harness/nodes.ts";
import { type Options, readOptions, report, say } from "./harness/options.ts";
import { run } from "./harness/places.ts";
import { type Receiver, startReceiver } from "./harness/receiver.ts";
import { makeTenants, type Tenant } from "./harness/tenants.ts";
import { measurePeers } from "./peers/peers.ts";

const connections = 64;
const slowMs = 20;

interface Bench {
  readonly database: BenchDatabase;
  readonly receiver: Receiver;
  readonly nodes: Nodes;
  readonly tenants: readonly Tenant[];
}

interface Round {
  readonly rate: number;
  /** µs of CPU for each event, of all nodes and of the database. */
  readonly nodesUs: number;
  readonly databaseUs: number;
  /** For each 1,000 deliveries. */
  readonly commits: number;
  readonly writes: number;
  readonly walBytes: number;
}

async function deliver(bench: Bench, first: number, events: number, batch: number): Promise<Round> {
  const { database, receiver, nodes, tenants } = bench;
  await receiver.expect(first, events);
  const before = await database.work();
  const cpu = nodes.cpuMs();
  const begun = moment();
  await offer({ url: nodes.way.url, tenants, events, first, batch, connections: batch === 1 ? connections : 16 });
  const accepted = moment();
  await receiver.complete(events);
  await nodes.drained();
  const ended = moment();
  const nodesUs = ((nodes.cpuMs() - cpu) * 1000) / events;
  const work = workPer(events, before, await database.work());
  const { again } = await receiver.seen();
  const rate = (events / (ended - begun)) * 1000;
  say(
    `    ${Math.round(rate)}/s; all accepted after ${((accepted - begun) / 1000).toFixed(1)} of ${((ended - begun) / 1000).toFixed(1)} s;` +
      ` ${again} sent twice; CPU nodes ${nodesUs.toFixed(1)} + database ${work.cpuUs.toFixed(1)} µs;` +
      ` per 1,000: ${work.commits.toFixed(1)} commits, ${work.writes.toFixed(1)} of them write; ${Math.round(work.walBytes)} B of WAL each`,
  );
  const { commits, writes, walBytes } = work;
  return { rate, nodesUs, databaseUs: work.cpuUs, commits, writes, walBytes };
}

async function begin(options: Options, delivery: number): Promise<Bench> {
  const database = await startDatabase();
  const receiver = await startReceiver();
  const nodes = await startNodes({ database, caFile: receiver.caFile, delivery, profile: options.profile });
  const urls = Array.from({ length: 64 }, (_, index) => `${receiver.origins[0]}/hook/${index}`);
  return { database, receiver, nodes, tenants: await makeTenants(nodes.way, urls) };
}

async function compare(options: Options): Promise<void> {
  const rounds = options.rounds ?? 3;
  const events = options.events ?? 100_000;
  const singles = Math.ceil(events / 5);
  const bench = await begin(options, 0);
  const { receiver } = bench;
  const origin = receiver.origins[0]!;
  say(`postgres: ${events} events in batches of 100, ${singles} one by one, ${rounds} rounds`);
  const [batched, single, ratios, baselines]: [Round[], Round[], number[], number[]] = [[], [], [], []];
  for (let turn = 0; turn < rounds; turn++) {
    await receiver.expect(0, 0);
    const requests = Math.min(events, 100_000);
    const baseline = await runBaseline({ origin, ca: receiver.ca, connections, requests });
    const first = 1 + turn * (events + singles);
    say(`  round ${turn + 1}: baseline ${Math.round(baseline)}/s; in batches, then one by one:`);
    const one = await deliver(bench, first, events, 100);
    single.push(await deliver(bench, first + events, singles, 1));
    batched.push(one);
    baselines.push(baseline);
    ratios.push(one.rate / baseline);
  }
  const peers = options.peers
    ? await measurePeers({ ...bench, events: singles, baseline: median(baselines), connections })
    : {};
  const of = (those: readonly Round[], figure: (one: Round) => number) => median(those.map(figure));
  const cpu = ({ nodesUs, databaseUs }: Round) => nodesUs + databaseUs;
  report(options, "postgres", {
    ratio: round(median(ratios), 3),
    ratios: ratios.map((ratio) => round(ratio, 3)),
    baseline: Math.round(Math.max(...baselines)),
    events_per_s: Math.round(Math.max(...batched.map(({ rate }) => rate))),
    commits_per_1000: round(
      of(batched, ({ commits }) => commits),
      1,
    ),
    writes_per_1000: round(
      of(batched, ({ writes }) => writes),
      1,
    ),
    wal_bytes: Math.round(of(batched, ({ walBytes }) => walBytes)),
    cpu_us: round(of(batched, cpu), 1),
    cpu_database_us: round(
      of(batched, ({ databaseUs }) => databaseUs),
      1,
    ),
    singly_events_per_s: Math.round(Math.max(...single.map(({ rate }) => rate))),
    singly_commits_per_1000: round(
      of(single, ({ commits }) => commits),
      1,
    ),
    singly_wal_bytes: Math.round(of(single, ({ walBytes }) => walBytes)),
    singly_cpu_us: round(of(single, cpu), 1),
    singly_cpu_database_us: round(
      of(single, ({ databaseUs }) => databaseUs),
      1,
    ),
    rss_mb: Math.round(bench.nodes.way.rss()),
    ...peers,
    v8: bench.nodes.way.v8,
  });
  await bench.nodes.stop();
}

/** One point of the line: as many nodes as asked for. */
async function scale(options: Options, delivery: number): Promise<void> {
  const rounds = options.rounds ?? 3;
  const events = options.events ?? 50_000;
  const bench = await begin(options, delivery);
  await bench.receiver.delay(slowMs);
  say(`postgres: ${events} events, 1 node takes requests, ${delivery} deliver, the receiver takes ${slowMs} ms`);
  const measured: Round[] = [];
  for (let turn = 0; turn < rounds; turn++) measured.push(await deliver(bench, 1 + turn * events, events, 100));
  const best = measured.toSorted((one, other) => other.rate - one.rate)[0]!;
  report(options, "postgres-nodes", {
    nodes: delivery,
    events_per_s: Math.round(best.rate),
    commits_per_1000: round(best.commits, 1),
    writes_per_1000: round(best.writes, 1),
    wal_bytes: Math.round(best.walBytes),
    cpu_us: round(best.nodesUs + best.databaseUs, 1),
    cpu_database_us: round(best.databaseUs, 1),
    v8: bench.nodes.way.v8,
  });
  await bench.nodes.stop();
}

await run(async () => {
  const options = readOptions();
  await (options.nodes === null ? compare(options) : scale(options, options.nodes));
});
