// Owners who want all of a lane tried now, or send a test: what they ask for, and what must hold when they are answered.

import { stateOf, type Subscription } from "../../src/model/subscription.ts";
import type { Process } from "./belfry.ts";
import type { LedgerFacts } from "./oracle/ledger.ts";
import type { Wire } from "./oracle/wire.ts";
import type { Timeline } from "./timeline.ts";
import type { World } from "./world.ts";

export interface Ask {
  readonly world: World;
  readonly ledger: LedgerFacts;
  readonly wire: Wire;
  readonly timeline: Timeline;
  readonly by: string;
}

/** As an API does it: the subscription as it is stored then. */
const stored = ({ registry }: Process, { id, organization }: Subscription) => registry.subscription(id, organization);

export async function retryLane({ world, ledger, wire, timeline, by }: Ask, process: Process, of: Subscription) {
  const one = await stored(process, of);
  if (one === null) return;
  const { judge } = world;
  const lane = one.number;
  const began = timeline.now();
  wire.asking(lane);
  const { opened } = await process.acts.retry(one, by);
  if (process.life.fenced) return;
  judge.check(stateOf(one) === "active", 32, () => `lane ${lane} is ${stateOf(one)}, and its owner had it retried`);
  // What was there before, has failed and waits for a time to come.
  const left = ledger
    .ofLane(lane)
    .filter((each) => each.state === "owed" && each.attempts > 0 && each.since < began)
    .filter(({ due }) => timeline.jumps() === 0 && due > timeline.wall() + 2);
  judge.check(
    left.length === 0,
    32,
    () => `delivery ${left[0]!.number} of lane ${lane} waits on, though its owner had it retried`,
  );
  const status = process.dispatcher.lane(lane);
  const learned = wire.stationOf(process.life).manners.get(lane)?.learnedAt ?? -Infinity;
  judge.check(
    status?.state !== "backing_off" || learned >= began,
    32,
    () => `lane ${lane} backs off still, though its owner had it retried (opened: ${opened})`,
  );
}

export async function testReceiver({ wire, by }: Ask, process: Process, of: Subscription) {
  const one = await stored(process, of);
  if (one === null) return;
  wire.testing();
  await process.acts.test(one, null, by);
}
