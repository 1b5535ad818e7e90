// kill -9 under load, again and again on one directory: nothing acknowledged is lost, each kill makes no more duplicates
// than there were slots, and what it interrupted is tried again within seconds of the next start.

import type { Fault } from "./fault.ts";
import { mean, most } from "./rig/figures.ts";
import { pause } from "./rig/places.ts";
import type { Receiver } from "./rig/receiver.ts";
import { setStage } from "./rig/stage.ts";

/** Slots in all: what one kill can send twice. Four lanes with four slots each. */
const slots = 16;
/** A round lasts between these, ms from ready. */
const [shortest, longest] = [150, 500];
const patienceMs = 5_000;

export const kill: Fault = {
  name: "kill",
  what: "kill -9 at any moment under load, and a restart on the same files",
  rounds: { of: "kills", normally: 50 },
  needs: [],
  async run({ rounds, say }) {
    const stage = await setStage({ environment: { BELFRY_CAP_ALL: String(slots), BELFRY_LOG_LEVEL: "error" } });
    const { receiver, load } = stage;
    receiver.behave(() => ({ status: 200, afterMs: Math.random() * 30 }));
    const [faults, late]: [string[], string[]] = [[], []];
    const starts: number[] = [];
    const resumptions: number[] = [];
    let underWay = 0;
    load.start(8, 40);
    for (let round = 1; round <= rounds; round++) {
      await pause(shortest + Math.random() * (longest - shortest));
      load.to(null);
      receiver.endEra();
      await stage.server.signal("SIGKILL");
      // What it still sent is read.
      await pause(20);
      const interrupted = receiver.beginEra();
      underWay += interrupted.length;
      const server = await stage.restart();
      starts.push(server.startMs);
      // Every other kill comes while the one before is still being made good.
      if (round % 2 === 0 && round < rounds) continue;
      const back = await allBack(receiver, interrupted, server.startedAt + server.startMs);
      if (back.missing > 0 && back.missing > (await stage.resendHeld())) {
        late.push(`kill ${round}: ${back.missing} interrupted deliveries were not tried again within ${patienceMs} ms`);
      }
      if (interrupted.length > 0) resumptions.push(back.afterMs);
      if (round % 10 === 1 && round > 1) say(`${round - 1} kills, ${receiver.duplicates()} duplicates`);
    }
    const { figures, faults: found } = await stage.finish({});
    const worst = most([...receiver.duplicatesByEra.values()]);
    if (worst > slots) faults.push(`one kill made ${worst} duplicates with ${slots} slots`);
    const slowest = most(starts);
    if (slowest > patienceMs) late.push(`a start took ${slowest} ms`);
    return {
      figures: {
        ...figures,
        kills: rounds,
        slots,
        duplicates_allowed: rounds * slots,
        duplicates_per_kill: (receiver.duplicates() / rounds).toFixed(2),
        duplicates_worst_kill: worst,
        under_way_per_kill: (underWay / rounds).toFixed(2),
        duplicates_of_answered: receiver.duplicatesOfAnswered(),
        start_ms_mean: mean(starts),
        start_ms_worst: slowest,
        all_tried_again_ms_mean: mean(resumptions),
        all_tried_again_ms_worst: most(resumptions),
      },
      faults: [...faults, ...found],
      late,
    };
  },
};

/** Waits until all of them have come again; `afterMs` is when the last one did, counted from `readyAt`. */
async function allBack(
  receiver: Receiver,
  names: readonly string[],
  readyAt: number,
): Promise<{ readonly missing: number; readonly afterMs: number }> {
  const era = receiver.era();
  for (;;) {
    const back = names.map((name) => receiver.seen.get(name)!).filter((seen) => seen.era === era);
    const afterMs = most(back.map(({ at }) => at)) - readyAt;
    const missing = names.length - back.length;
    if (missing === 0 || Date.now() > readyAt + patienceMs) return { missing, afterMs };
    await pause(10);
  }
}
