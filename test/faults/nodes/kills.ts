// Kills of the fault `nodes`: any node, now and then, which starts again later. What is owed meanwhile is delivered by the others.

import type { Node } from "../rig/cluster.ts";
import { pause } from "../rig/places.ts";
import { between, numberOf, ordered, organizationOf, plain, type Run } from "./run.ts";

const adoptedMs = 60_000;

export async function killAll(run: Run): Promise<void> {
  while (!run.ended()) {
    const next = Date.now() + between(run.random, 45_000, 75_000);
    while (Date.now() < next && !run.ended()) await pause(200);
    if (!run.ended()) await killOne(run);
  }
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

/** What is owed at this moment to subscriptions without a limit, by names of the receiver. */
function owedNow({ load, receiver }: Run): readonly string[] {
  const owed: string[] = [];
  for (const event of load.acknowledged) {
    for (const kind of [plain, ordered]) {
      const name = `${numberOf(organizationOf(load, event), kind)}/${event}`;
      const seen = receiver.seen.get(name);
      if (seen === undefined || seen.open) owed.push(name);
    }
  }
  return owed;
}
