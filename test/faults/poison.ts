// A delivery under which the process ends every time: here the receiver pulls the plug whenever that one arrives. It is
// found, alone, at the third end and held until somebody resends it; everything else is delivered.

import type { ChildProcess } from "node:child_process";
import type { Fault } from "./fault.ts";
import { pause, until } from "./rig/places.ts";
import { StartFailed } from "./rig/server.ts";
import { ask, metric } from "./rig/server.ts";
import { heldOf, setStage } from "./rig/stage.ts";

const poison = { subscription: 1, event: 60 };
const endsMost = 3;

export const poisoned: Fault = {
  name: "poison",
  what: "one delivery ends the process whenever it is tried",
  rounds: null,
  needs: [],
  async run() {
    let victim: ChildProcess | null = null;
    const stage = await setStage({ spawned: (process) => (victim = process) });
    const { receiver, load } = stage;
    const faults: string[] = [];
    let ends = 0;
    receiver.behave(({ subscription, event }) => {
      if (subscription !== poison.subscription || event !== poison.event) return { status: 200, afterMs: 10 };
      victim?.kill("SIGKILL");
      return "hang";
    });
    load.start(8, 40);
    let held: readonly string[] = [];
    while (held.length === 0 && ends <= endsMost) {
      const ended = await Promise.race([stage.server.ended.then(() => true), pause(3_000).then(() => false)]);
      if (!ended) {
        held = await heldOf(stage.server);
        continue;
      }
      load.to(null);
      ends++;
      // It is tried before the next one is ready.
      for (let ready = false; !ready && ends <= endsMost; ) {
        try {
          await stage.restart();
          ready = true;
        } catch (error) {
          if (!(error instanceof StartFailed) || error.how !== "SIGKILL") throw error;
          ends++;
        }
      }
    }
    if (ends !== endsMost) faults.push(`the process ended ${ends} times instead of ${endsMost}`);
    if (held.length !== 1) faults.push(`${held.length} deliveries are held instead of one`);
    await load.stop();
    await until("all others", 60_000, async () => (await metric(stage.server, "belfry_deliveries_pending")) <= 1);
    const before = receiver.seen.get(`${poison.subscription}/${poison.event}`)?.times ?? 0;
    receiver.behave(() => ({ status: 200, afterMs: 0 }));
    for (const id of held) {
      const { state } = await ask<{ state: string }>(stage.server, `/v1/deliveries/${id}`);
      if (state !== "held") faults.push(`what ended the process is ${state}`);
    }
    const { figures, faults: found } = await stage.finish({});
    const after = receiver.seen.get(`${poison.subscription}/${poison.event}`)?.times ?? 0;
    if (after !== before + 1) faults.push(`what was resent came ${after - before} times`);
    return { figures: { ...figures, ends, tries_of_it: before }, faults: [...faults, ...found] };
  },
};
