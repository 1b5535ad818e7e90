// Nodes over one PostgreSQL, under load: nodes are killed and come back, one is stopped past its lease, the database restarts,
// somebody holds a transaction open, subscriptions change. Nothing is lost, no kill sends more twice than there were slots, order
// and caps hold, and what a killed node owned is delivered by others.

import { createSeededRandom } from "../../src/simulator/random.ts";
import type { Fault, Finding } from "./fault.ts";
import { changeAll } from "./nodes/changes.ts";
import { disturb } from "./nodes/disturb.ts";
import { furnish } from "./nodes/furnish.ts";
import { killAll } from "./nodes/kills.ts";
import {
  each,
  isGuest,
  kindOf,
  limited,
  numberOf,
  ordered,
  organizationOf,
  organizations,
  rateLimit,
  type Run,
} from "./nodes/run.ts";
import { startCluster } from "./rig/cluster.ts";
import { checkClusterLedger } from "./rig/cluster-ledger.ts";
import { createLoad } from "./rig/load.ts";
import { pause, untilNoneLeft } from "./rig/places.ts";
import { startReceiver } from "./rig/receiver.ts";
import { createWatch } from "./rig/watched-receiver.ts";

const workers = 16;
const gapMs = 160;
/** Of a delivery node; a host's are shared out among the nodes. */
const slots = 16;
const hostSlots = 24;
const laneSlots = 4;

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
      inOrder: (number) => kindOf(number) === ordered && !isGuest(number),
      subjectOf: (event) => load.workerOf.get(event)!,
      limited: (number) => kindOf(number) === limited && !isGuest(number),
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
      if (!receiver.seen.has(`${numberOf(organizationOf(load, event), kind)}/${event}`)) missing++;
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

/** Now and then, for somebody who waits. */
async function tellAll({ load, receiver, say, ended }: Run): Promise<void> {
  for (let tenths = 0; !ended(); tenths++) {
    await pause(1_500);
    if (tenths % 10 === 9)
      say(`${load.acknowledged.size} accepted, ${receiver.requests()} requests, ${receiver.duplicates()} twice`);
  }
}
