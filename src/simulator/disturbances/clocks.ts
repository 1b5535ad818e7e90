// Sensors whose clocks are not right: some are seconds ahead or behind all day, and some were never set and count from 1970.

import type { SentObservation } from "../observation.ts";
import type { SimulatedPlace } from "../place.ts";
import { createSeededRandom } from "../random.ts";
import type { Stage } from "./disturbances.ts";

export interface ClockOptions {
  /** Of the sensors, those that are ahead or behind. */
  readonly share: number;
  readonly mostMs: number;
  /** So many presence sensors believe that it is 1970. */
  readonly wrong: number;
}

export interface Clocks {
  /** By sensor, ms; above 0: ahead. */
  readonly ahead: ReadonlyMap<string, number>;
  readonly wrong: ReadonlySet<string>;
}

export function clocksOf(seed: number, place: SimulatedPlace, { share, mostMs, wrong }: ClockOptions): Clocks {
  const random = createSeededRandom(`clocks ${seed}`);
  const unset = random.shuffled(place.presence.map(({ sensor }) => sensor)).slice(0, wrong);
  const ahead = [...place.hiveOf.keys()].flatMap((sensor) =>
    random.chance(share) ? [[sensor, random.whole(1, mostMs) * (random.chance(0.5) ? 1 : -1)] as const] : [],
  );
  return { ahead: new Map(ahead.filter(([sensor]) => !unset.includes(sensor))), wrong: new Set(unset) };
}

/** `started`: when clocks that were never set were switched on, epoch ms. */
export function wrongClocks({ ahead, wrong }: Clocks, started: number): Stage {
  return function* (sent: Iterable<SentObservation>) {
    for (const one of sent) {
      const { observation, sentAt } = one;
      const sensor = "sensor" in observation ? observation.sensor : undefined;
      if (sensor === undefined) yield one;
      else if (wrong.has(sensor)) yield { observation: { ...observation, at: observation.at - started }, sentAt };
      else if (ahead.has(sensor))
        yield { observation: { ...observation, at: observation.at + ahead.get(sensor)! }, sentAt };
      else yield one;
    }
  };
}
