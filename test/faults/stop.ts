// SIGTERM under load, again and again: what is under way ends, the process ends with 0, and nothing is sent twice; also
// when the last receivers take seconds to answer.

import type { Fault } from "./fault.ts";
import { mean, most } from "./rig/figures.ts";
import { pause } from "./rig/places.ts";
import { setStage } from "./rig/stage.ts";

/** Attempts under way may take so long to end, and the process a moment more. */
const patienceMs = 21_000;
const slowMs = 3_000;

export const stop: Fault = {
  name: "stop",
  what: "SIGTERM at any moment under load, and a restart on the same files",
  rounds: { of: "stops, of which the last is with slow receivers", normally: 10 },
  needs: [],
  async run({ rounds }) {
    const stage = await setStage();
    const { receiver, load } = stage;
    const [faults, late]: [string[], string[]] = [[], []];
    const quickStops: number[] = [];
    let slowStop = 0;
    receiver.behave(() => ({ status: 200, afterMs: Math.random() * 30 }));
    load.start(8, 30);
    for (let round = 1; round <= rounds; round++) {
      const slow = round === rounds;
      if (slow) receiver.behave(() => ({ status: 200, afterMs: slowMs }));
      await pause(200 + Math.random() * 400);
      const begun = performance.now();
      const how = await stage.server.signal("SIGTERM");
      const took = Math.round(performance.now() - begun);
      load.to(null);
      if (how !== 0) faults.push(`stop ${round} ended with ${how}: ${stage.server.errors()}`);
      if (took > patienceMs) late.push(`stop ${round} took ${took} ms`);
      if (slow) slowStop = took;
      else quickStops.push(took);
      receiver.behave(() => ({ status: 200, afterMs: Math.random() * 30 }));
      await stage.restart();
    }
    const { figures, faults: found } = await stage.finish({});
    if (receiver.duplicates() > 0) faults.push(`${receiver.duplicates()} deliveries were made twice`);
    const strange = [...load.refusals].filter(([status]) => status !== 503);
    for (const [status, count] of strange) faults.push(`${count} answers with ${status} during a stop`);
    return {
      figures: {
        ...figures,
        stops: rounds,
        stop_ms_mean: mean(quickStops),
        stop_ms_worst: most(quickStops),
        stop_ms_with_slow_receivers: slowStop,
        refused_with_503: load.refusals.get(503) ?? 0,
        of_them_without_retry_after: load.impolite(),
      },
      faults: [...faults, ...found],
      late,
    };
  },
};
