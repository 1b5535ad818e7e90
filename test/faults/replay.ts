// kill -9 again and again in a replay: the job goes on at the same event, and no event is sent twice but those whose attempts
// were under way.

import { createSeededRandom } from "../../src/simulator/random.ts";
import type { Fault } from "./fault.ts";
import { most as greatest } from "./rig/figures.ts";
import { pause, until } from "./rig/places.ts";
import { setStage, type Stage } from "./rig/stage.ts";
import { ask } from "./rig/server.ts";

/** Slots in all: what one kill can send twice. */
const slots = 16;
const perSecond = 2_000;
const lane = 0;

interface Job {
  readonly id: string;
  readonly done: number;
  readonly state: string;
}

export const replay: Fault = {
  name: "replay",
  what: "kill -9 in the middle of a replay, which goes on at the same event",
  rounds: { of: "kills", normally: 10 },
  events: 100_000,
  needs: [],
  async run({ rounds, events, seed, say }) {
    const environment = { BELFRY_CAP_ALL: `${slots}`, BELFRY_CAP_SUBSCRIPTION: `${slots}` };
    const stage = await setStage({ subscriptions: 0, most: events, batch: 500, environment });
    const { receiver, load } = stage;
    receiver.behave(() => ({ status: 200, afterMs: Math.random() * 5 }));
    const from = new Date(Date.now() - 1_000).toISOString();
    load.start(4, 0);
    await until("everything accepted", 600_000, () => load.acknowledged.size === events);
    say(`${events} events accepted`);
    // Nobody was owed them: it is new.
    const subscription = await stage.subscribe(lane);
    const body = { subscription, from, to: new Date().toISOString(), per_second: perSecond };
    const { id } = await ask<Job>(stage.server, "/v1/replays", body);
    const begun = performance.now();
    for (const [index, at] of momentsOf(rounds, events, seed).entries()) {
      await until("the replay to go on", 60_000 + events, () => receiver.requests() >= at);
      receiver.endEra();
      await stage.server.signal("SIGKILL");
      await pause(20);
      const underWay = receiver.beginEra();
      await stage.restart();
      say(`kill ${index + 1} at ${receiver.requests()} requests, ${underWay.length} under way`);
    }
    const job = await ended(stage, id, events);
    const tookMs = performance.now() - begun;
    const found = await stage.finish({}, [], events);
    const worst = greatest([...receiver.duplicatesByEra.values()]);
    const arrived = [...load.acknowledged].filter((event) => receiver.seen.has(`${lane}/${event}`)).length;
    const faults: string[] = [];
    if (job.state !== "done" || job.done !== events) {
      faults.push(`the job is ${job.state} and added ${job.done} deliveries for ${events} events`);
    }
    if (arrived !== events) faults.push(`${events - arrived} events were never sent`);
    if (worst > slots) faults.push(`one kill made ${worst} duplicates with ${slots} slots`);
    return {
      figures: {
        ...found.figures,
        kills: rounds,
        slots,
        deliveries: job.done,
        arrived,
        duplicates_worst_kill: worst,
        duplicates_of_answered: receiver.duplicatesOfAnswered(),
        replay_s: (tookMs / 1_000).toFixed(1),
      },
      faults: [...faults, ...found.faults],
    };
  },
};

/** Requests after which it is killed, ascending: anywhere in the replay but its very end. */
function momentsOf(kills: number, events: number, seed: string): readonly number[] {
  const random = createSeededRandom(`replay ${seed}`);
  return Array.from({ length: kills }, () => random.whole(1, Math.floor(events * 0.95))).toSorted((a, b) => a - b);
}

async function ended(stage: Stage, id: string, events: number): Promise<Job> {
  let job: Job | null = null;
  await until("the end of the replay", 60_000 + events, async () => {
    job = await ask<Job>(stage.server, `/v1/replays/${id}`);
    return job.state !== "running";
  });
  return job!;
}
