// kill -9 under load, again and again on one directory: nothing acknowledged is lost, and each kill makes no more
// duplicates than there were slots.

import { pause, until } from "./rig/places.ts";
import { type Finding, setStage } from "./rig/stage.ts";

export interface KillOptions {
  readonly rounds: number;
  /** Slots in all: what one kill can send twice. */
  readonly slots: number;
  /** A round lasts between these, ms from ready. */
  readonly shortest: number;
  readonly longest: number;
}

export async function killAgain({ rounds, slots, shortest, longest }: KillOptions): Promise<Finding> {
  const stage = await setStage({ environment: { BELFRY_CAP_ALL: String(slots), BELFRY_LOG_LEVEL: "error" } });
  const { receiver, load } = stage;
  receiver.behave(() => ({ status: 200, afterMs: Math.random() * 30 }));
  const faults: string[] = [];
  const starts: number[] = [];
  const resumptions: number[] = [];
  let underWay = 0;
  load.start(8, 40);
  for (let round = 0; round < rounds; round++) {
    await pause(shortest + Math.random() * (longest - shortest));
    load.to(null);
    await stage.server.signal("SIGKILL");
    receiver.endEra();
    underWay += receiver.peak();
    receiver.firstSince();
    const server = await stage.restart();
    starts.push(server.startMs);
    await until("deliveries after a restart", 10_000, () => receiver.lastAt() > server.startedAt);
    resumptions.push(receiver.firstSince()! - server.startedAt - server.startMs);
  }
  await load.stop();
  const slowest = Math.max(...resumptions);
  if (slowest > 5_000) faults.push(`interrupted work waited ${Math.round(slowest)} ms after a restart`);
  const { figures, faults: found } = await stage.finish({}, faults);
  const worst = Math.max(0, ...receiver.duplicatesByEra.values());
  if (worst > slots) found.push(`one kill made ${worst} duplicates with ${slots} slots`);
  return {
    figures: {
      ...figures,
      rounds,
      slots,
      duplicates_allowed: rounds * slots,
      duplicates_per_kill: (receiver.duplicates() / rounds).toFixed(2),
      duplicates_worst_kill: worst,
      most_under_way_mean: (underWay / rounds).toFixed(1),
      start_ms_mean: mean(starts),
      start_ms_worst: Math.round(Math.max(...starts)),
      resumed_ms_worst: Math.round(slowest),
    },
    faults: found,
  };
}

const mean = (values: readonly number[]): number =>
  Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
