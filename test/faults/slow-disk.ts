// Every sync takes 50 ms longer, as on a tired disk: acceptance goes on in larger groups, and nothing is lost.

import type { Fault } from "./fault.ts";
import { syncsDelayed } from "./power-cut/strace.ts";
import { pause } from "./rig/places.ts";
import { setStage } from "./rig/stage.ts";

const delayMs = 50;
const seconds = 8;
const least = 200;

export const slowDisk: Fault = {
  name: "slow-disk",
  what: `every fsync takes ${delayMs} ms longer`,
  rounds: null,
  needs: ["strace"],
  async run() {
    const stage = await setStage({
      subscriptions: 1,
      under: syncsDelayed(delayMs),
      environment: { BELFRY_CAP_SUBSCRIPTION: "64" },
    });
    const { load } = stage;
    load.start(64, 0);
    await pause(1_000);
    const before = load.acknowledged.size;
    await pause(seconds * 1_000);
    const rate = Math.round((load.acknowledged.size - before) / seconds);
    const { figures, faults } = await stage.finish({});
    const slow = rate >= least ? [] : [`${rate} events per second were accepted, not ${least}`];
    const twice = stage.receiver.duplicates() === 0 ? [] : ["deliveries were made twice"];
    return { figures: { ...figures, accepted_per_s: rate }, faults: [...twice, ...faults], late: slow };
  },
};
