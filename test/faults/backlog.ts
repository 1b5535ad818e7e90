// kill -9 with 100,000 deliveries owed: the next start is quick all the same, and everything arrives.

import type { Fault } from "./fault.ts";
import { pause, until } from "./rig/places.ts";
import { setStage } from "./rig/stage.ts";

const owed = 100_000;
const slots = 16;
const patienceMs = 5_000;

export const backlog: Fault = {
  name: "backlog",
  what: "kill -9 with 100,000 deliveries owed",
  rounds: null,
  needs: [],
  async run({ say }) {
    const subscriptions = 4;
    const stage = await setStage({ subscriptions, most: owed / subscriptions });
    const { load, receiver } = stage;
    receiver.behave(() => ({ status: 200, afterMs: 4_000 }));
    load.start(64, 0);
    await until("everything accepted", 240_000, () => load.acknowledged.size === owed / subscriptions);
    say(`${load.acknowledged.size} events accepted`);
    receiver.endEra();
    await stage.server.signal("SIGKILL");
    await pause(20);
    receiver.beginEra();
    receiver.behave(() => ({ status: 200, afterMs: 0 }));
    const came = receiver.requests();
    const begun = performance.now();
    const { startMs } = await stage.restart();
    await until("deliveries after the start", 10_000, () => receiver.requests() > came);
    const first = Math.round(performance.now() - begun);
    const { figures, faults } = await stage.finish({});
    const twice = receiver.duplicates() > slots ? [`${receiver.duplicates()} duplicates with ${slots} slots`] : [];
    const late = first > patienceMs ? [`it was at work ${first} ms after the start of the process`] : [];
    return {
      figures: { ...figures, start_ms: Math.round(startMs), at_work_ms: first },
      faults: [...twice, ...faults],
      late,
    };
  },
};
