// SIGSTOP for longer than a lease, then SIGCONT: what was under way ends once, nothing starts beyond the caps, and nobody
// else got in meanwhile.

import type { Fault } from "./fault.ts";
import { pause, until } from "./rig/places.ts";
import { setStage } from "./rig/stage.ts";
import { refusalOfSecond } from "./second.ts";

/** A lease lasts 15 s. */
const stoppedMs = 17_000;
/** As set by default, per subscription. */
const cap = 4;

export const stopAndGo: Fault = {
  name: "pause",
  what: `SIGSTOP for ${stoppedMs / 1000} s, longer than a lease, then SIGCONT`,
  rounds: null,
  needs: [],
  async run() {
    const stage = await setStage();
    const { receiver, load, server, subscriptions } = stage;
    receiver.behave(() => ({ status: 200, afterMs: Math.random() * 20 }));
    load.start(8, 30);
    await pause(1_000);
    server.process.kill("SIGSTOP");
    const faults = [...(await refusalOfSecond(stage.data))];
    await pause(stoppedMs);
    faults.push(...(await refusalOfSecond(stage.data)));
    const { size } = load.acknowledged;
    const came = receiver.requests();
    receiver.peak();
    const woken = performance.now();
    server.process.kill("SIGCONT");
    await until("acceptance after SIGCONT", 10_000, () => load.acknowledged.size > size + 20);
    await until("deliveries after SIGCONT", 10_000, () => receiver.requests() > came + 20);
    const back = Math.round(performance.now() - woken);
    await pause(1_000);
    const peak = receiver.peak();
    if (peak.subscription > cap)
      faults.push(`${peak.subscription} requests at once at a subscription with ${cap} slots`);
    const { figures, faults: found } = await stage.finish({});
    const most = subscriptions * cap;
    if (receiver.duplicates() > most) faults.push(`${receiver.duplicates()} duplicates with ${most} slots`);
    return {
      figures: { ...figures, slots: most, most_at_once_after: peak.all, working_again_ms: back },
      faults: [...faults, ...found],
    };
  },
};
