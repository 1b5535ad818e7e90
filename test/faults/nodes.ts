// Nodes over one PostgreSQL, under load: nodes are killed and come back, one is stopped past its lease, the database restarts,
// somebody holds a transaction open, subscriptions change. Nothing is lost, no kill sends more twice than there were slots, order
// and caps hold, and what a killed node owned is delivered by others.

import pg from "pg";
import { createSeededRandom } from "../../src/simulator/random.ts";
import type { Fault, Finding } from "./fault.ts";
import { type Cluster, type Node, startCluster } from "./rig/cluster.ts";
import { checkClusterLedger } from "./rig/cluster-ledger.ts";
import { building, createLoad, type Load } from "./rig/load.ts";
import { atEnd, pause, untilNoneLeft } from "./rig/places.ts";
import { type Receiver, startReceiver } from "./rig/receiver.ts";
import { ask, send } from "./rig/server.ts";
import { createWatch, type Watch } from "./rig/watched-receiver.ts";

/** One building in each organization, and in each: one subscription as it comes, one in order, one with a rate limit. */
const organizations = 8;
const each = 3;
const [plain, ordered, limited] = [0, 1, 2];
const workers = 16;
const gapMs = 160;
const rateLimit = { per_second: 20, burst: 5 };
/** Of a delivery node; a host's are shared out among the nodes. */
const slots = 16;
const hostSlots = 24;
const laneSlots = 4;
/** Longer than a lease. */
const stoppedMs = 25_000;
const adoptedMs = 60_000;
const heldMs = 120_000;

interface Run {
  readonly cluster: Cluster;
  readonly receiver: Receiver;
  readonly load: Load;
  readonly watch: Watch;
  /** By number at the receiver. */
  readonly subscriptions: ReadonlyMap<number, Subscribed>;
  readonly random: () => number;
  readonly say: (text: string) => void;
  readonly ended: () => boolean;
  readonly late: string[];
  readonly faults: string[];
  readonly counts: Record<"kills" | "delivery_kills" | "database_restarts" | "stops" | "changes", number>;
}

interface Subscribed {
  readonly id: string;
  /** Of the building. */
  readonly key: string;
  readonly lane: number;
}

const numberOf = (organization: number, kind: number): number => organization * 10 + kind;
const between = (random: () => number, least: number, most: number): number => least + random() * (most - least);

async function subscribe(cluster: Cluster, url: string, organization: number, number: number): Promise<Subscribed> {
  const [way] = cluster.ways();
  const id = building + organization;
  const { key } = await ask<{ key: string }>(way!, "/v1/keys", { role: "building", for: String(id) });
  const attributes = {
    integrator: "webhook",
    configuration: { url: `${url}/${number}`, method: "post" },
    bindings: [{ resource_type: "access_log", actions: ["create"] }],
  };
  const made = { data: { type: "integrations", attributes } };
  const answer = await ask<{ data: { id: string } }>(way!, `/v4/buildings/${id}/integrations`, made, key);
  const [row] = await cluster.rows<{ lane: string }>(
    `select number as lane from subscription where id = '${answer.data.id}'`,
  );
  return { id: answer.data.id, key, lane: Number(row!.lane) };
}

async function furnish(cluster: Cluster, receiver: Receiver): Promise<ReadonlyMap<number, Subscribed>> {
  const subscriptions = new Map<number, Subscribed>();
  const [way] = cluster.ways();
  for (let organization = 0; organization < organizations; organization++) {
    await ask(way!, "/v1/building-model", {
      organization: { id: `org_${organization}`, name: `Organization ${organization}` },
      sites: [
        {
          id: "site_1",
          name: "Site",
          timezone: "UTC",
          buildings: [{ id: `${building + organization}`, name: "House" }],
        },
      ],
    });
    for (let kind = 0; kind < each; kind++) {
      const number = numberOf(organization, kind);
      const made = await subscribe(cluster, receiver.url, organization, number);
      if (kind === ordered) await send(way!, "PATCH", `/v1/subscriptions/${made.id}`, { order: "subject" });
      if (kind === limited) await send(way!, "PATCH", `/v1/subscriptions/${made.id}`, { rate_limit: rateLimit });
      subscriptions.set(number, made);
    }
  }
  return subscriptions;
}

const placeOf = (load: Load, event: number): number => load.workerOf.get(event)! % organizations;

/** What is owed at this moment to subscriptions without a limit, by names of the receiver. */
function owedNow({ load, receiver }: Run): readonly string[] {
  const owed: string[] = [];
  for (const event of load.acknowledged) {
    for (const kind of [plain, ordered]) {
      const name = `${numberOf(placeOf(load, event), kind)}/${event}`;
      const seen = receiver.seen.get(name);
      if (seen === undefined || seen.open) owed.push(name);
    }
  }
  return owed;
}

/** Kills one of the nodes that run, starts it again later, and looks whether what was owed at the kill has arrived in time. */
async function killOne(run: Run): Promise<void> {
  const { cluster, receiver, late, counts, random, say } = run;
  const running = cluster.nodes.filter(({ server }) => server !== null);
  const node = running[Math.floor(random() * running.length)]!;
  await cluster.kill(node);
  const owed = owedNow(run);
  counts.kills++;
  if (node.role === "delivery") counts.delivery_kills++;
  say(`${node.name} killed: ${owed.length} deliveries are owed`);
  run.load.to(cluster.ways());
  const back = pause(between(random, 5_000, 40_000)).then(() => startAgain(run, node));
  const killedAt = Date.now();
  const isThere = (name: string): boolean => receiver.seen.get(name)?.open === false;
  while (!owed.every(isThere) && Date.now() < killedAt + adoptedMs) await pause(100);
  const missing = owed.filter((name) => !isThere(name)).length;
  if (missing > 0)
    late.push(`${missing} of ${owed.length} deliveries owed when ${node.name} was killed took over 60 s`);
  await back;
}

async function startAgain({ cluster, load, ended }: Run, node: Node): Promise<void> {
  while (!ended()) {
    try {
      await cluster.start(node);
      break;
    } catch {
      // The database may be away.
      await pause(1_000);
    }
  }
  load.to(cluster.ways());
}

async function killAll(run: Run): Promise<void> {
  while (!run.ended()) {
    const next = Date.now() + between(run.random, 45_000, 75_000);
    while (Date.now() < next && !run.ended()) await pause(200);
    if (!run.ended()) await killOne(run);
  }
}

/** Pauses and resumes, adds and removes subscriptions, through any node that takes requests. */
async function changeAll(run: Run, url: string): Promise<void> {
  const { cluster, subscriptions, watch, random, counts } = run;
  const numbers = [...subscriptions.keys()].filter((number) => number % 10 === plain);
  while (!run.ended()) {
    await pause(between(random, 1_000, 3_000));
    const ways = cluster.ways();
    const way = ways[Math.floor(random() * ways.length)];
    const number = numbers[Math.floor(random() * numbers.length)]!;
    if (way === undefined) continue;
    const { id } = subscriptions.get(number)!;
    try {
      if (random() < 0.5) {
        await ask(way, `/v1/subscriptions/${id}/pause`, {});
        watch.paused(number, true);
        await pause(3_000);
        watch.paused(number, false);
        await untilAnswered(run, `/v1/subscriptions/${id}/resume`);
      } else {
        const organization = Math.floor(random() * organizations);
        const guest = await subscribe(cluster, url, organization, 900 + organization);
        await pause(1_000);
        await send(
          way,
          "DELETE",
          `/v4/buildings/${building + organization}/integrations/${guest.id}`,
          undefined,
          guest.key,
        );
      }
      counts.changes++;
    } catch {
      // The node was killed meanwhile, or the database was away.
      watch.paused(number, false);
      await untilAnswered(run, `/v1/subscriptions/${id}/resume`);
    }
  }
}

/** Through any node, until one has done it. */
async function untilAnswered({ cluster }: Run, path: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const [way] = cluster.ways();
    if (
      way !== undefined &&
      (await ask(way, path, {}).then(
        () => true,
        () => false,
      ))
    )
      return;
    await pause(200);
  }
}

async function disturb(run: Run, minutes: number): Promise<void> {
  const { cluster, counts, say, random } = run;
  const begun = Date.now();
  const at = async (part: number): Promise<void> => {
    while (Date.now() < begun + part * minutes * 60_000 && !run.ended()) await pause(200);
  };
  for (const [part, how] of [
    [0.2, "fast"],
    [0.45, "crash"],
    [0.85, "fast"],
  ] as const) {
    await at(part);
    if (run.ended()) return;
    await cluster.postgres.restart(how);
    counts.database_restarts++;
    say(`the database was restarted (${how})`);
    if (part === 0.2) {
      await at(0.3);
      const node = cluster.nodes.filter(({ role, server }) => role === "delivery" && server !== null)[
        Math.floor(random() * 2)
      ];
      node?.server?.process.kill("SIGSTOP");
      await pause(stoppedMs);
      node?.server?.process.kill("SIGCONT");
      counts.stops++;
      say(`${node?.name} was stopped for ${stoppedMs / 1000} s`);
    }
    if (part === 0.45) await holdTransaction(run, Math.min(heldMs, minutes * 12_000));
  }
}

/** Now and then, for somebody who waits. */
async function tellAll({ load, receiver, say, ended }: Run): Promise<void> {
  for (let tenths = 0; !ended(); tenths++) {
    await pause(1_500);
    if (tenths % 10 === 9)
      say(`${load.acknowledged.size} accepted, ${receiver.requests()} requests, ${receiver.duplicates()} twice`);
  }
}

async function holdTransaction({ cluster, say }: Run, ms: number): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.database });
  client.on("error", () => {});
  await client.connect();
  atEnd(() => client.end().catch(() => {}));
  await client.query("begin isolation level repeatable read");
  await client.query("select count(*) from delivery");
  await client.query("select pg_current_xact_id()");
  await pause(ms);
  await client.query("rollback");
  await client.end();
  say(`a transaction was held open for ${Math.round(ms / 1000)} s`);
}

export const nodes: Fault = {
  name: "nodes",
  what: "kills, stops and database restarts under two api and three delivery nodes",
  rounds: null,
  minutes: 15,
  needs: ["postgresql"],
  async run({ minutes, seed, say }): Promise<Finding> {
    const environment = {
      BELFRY_CAP_ALL: String(slots),
      BELFRY_CAP_HOST: String(hostSlots),
      BELFRY_LOG_LEVEL: "warn",
    };
    const cluster = await startCluster({ api: 2, delivery: 3, environment });
    const receiver = await startReceiver();
    const load = createLoad({ buildings: organizations });
    const subscriptions = await furnish(cluster, receiver);
    const watch = createWatch({
      inOrder: (number) => number % 10 === ordered && number < 900,
      subjectOf: (event) => load.workerOf.get(event)!,
      limited: (number) => number % 10 === limited && number < 900,
      limit: 10 * rateLimit.per_second + 3 * rateLimit.burst,
    });
    receiver.behave((arrival) => {
      watch.note(arrival);
      return { status: 200, afterMs: Math.random() * 30 };
    });
    const end = Date.now() + minutes * 60_000;
    const seeded = createSeededRandom(`nodes ${seed}`);
    const run: Run = {
      cluster,
      receiver,
      load,
      watch,
      subscriptions,
      random: seeded.fraction,
      say,
      ended: () => Date.now() > end,
      late: [],
      faults: [],
      counts: { kills: 0, delivery_kills: 0, database_restarts: 0, stops: 0, changes: 0 },
    };
    load.to(cluster.ways());
    load.start(workers, gapMs);
    await Promise.all([killAll(run), changeAll(run, receiver.url), disturb(run, minutes), tellAll(run)]);
    return conclude(run);
  },
};

async function conclude(run: Run): Promise<Finding> {
  const { cluster, receiver, load, watch, subscriptions, counts, faults, late } = run;
  await load.stop();
  const lanes = [...subscriptions.values()].map(({ lane }) => lane);
  await untilNoneLeft("deliveries owed", 120_000, async () => {
    const [row] = await cluster.rows<{ left: number }>(
      `select count(*)::integer as left from delivery where lane in (${lanes.join(",")})`,
    );
    return row!.left;
  });
  const peak = receiver.peak();
  faults.push(...(await cluster.stop()), ...watch.faults);
  const ledger = await checkClusterLedger(cluster, load.acknowledged, lanes, each);
  let missing = 0;
  for (const event of load.acknowledged) {
    for (let kind = 0; kind < each; kind++) {
      if (!receiver.seen.has(`${numberOf(placeOf(load, event), kind)}/${event}`)) missing++;
    }
  }
  const allowed = (counts.delivery_kills + counts.stops) * slots;
  if (missing > 0) faults.push(`${missing} deliveries never arrived`);
  if (receiver.duplicates() > allowed)
    faults.push(`${receiver.duplicates()} duplicates with ${allowed} slots at kills`);
  if (peak.all > hostSlots) faults.push(`${peak.all} requests at once at a host with ${hostSlots} slots`);
  if (peak.subscription > laneSlots)
    faults.push(`${peak.subscription} requests at once at a subscription with ${laneSlots}`);
  if (load.acknowledged.size === 0) faults.push("nothing was acknowledged, so there was nothing to lose");
  return {
    figures: {
      acknowledged: load.acknowledged.size,
      ...ledger.figures,
      ...counts,
      duplicates: receiver.duplicates(),
      duplicates_allowed: allowed,
      most_at_once: peak.all,
      most_at_once_of_one: peak.subscription,
      most_of_limited_in_10_s: watch.most(),
    },
    faults: [...faults, ...ledger.faults],
    late,
  };
}
