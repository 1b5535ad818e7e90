// Devices that are silent for a while: a sensor, or a hive and with it all sensors that speak through it. What they saw
// meanwhile is lost, or comes when they are back, all at once.

import type { SentObservation, SimulatedObservation } from "../observation.ts";
import type { SimulatedDay } from "../people.ts";
import type { SimulatedPlace } from "../place.ts";
import { createSeededRandom } from "../random.ts";
import type { Stage } from "./disturbances.ts";
import { later } from "./sending.ts";

export interface OutageOptions {
  /** Of the sensors and hives, those that have an outage on a day. */
  readonly share: number;
  readonly leastMs: number;
  readonly mostMs: number;
  /** Of the outages, those after which what was seen comes late; what was seen in the others is lost. */
  readonly backlog: number;
}

export interface Outage {
  /** Id of a sensor or of a hive. */
  readonly device: string;
  /** Silent from here until before `to`, epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly backlog: boolean;
}

export function outagesOf(seed: number, place: SimulatedPlace, day: SimulatedDay, options: OutageOptions): Outage[] {
  const random = createSeededRandom(`outages ${seed} ${day.from}`);
  const devices = [...new Set(place.hiveOf.values()), ...place.hiveOf.keys()];
  return devices.flatMap((device) => {
    if (!random.chance(options.share)) return [];
    const ms = random.whole(options.leastMs, options.mostMs);
    const from = random.whole(day.from, day.to - ms);
    return [{ device, from, to: from + ms, backlog: random.chance(options.backlog) }];
  });
}

export function outages(list: readonly Outage[], place: SimulatedPlace): Stage {
  const byDevice = new Map(list.map((outage) => [outage.device, outage]));
  return (sent) =>
    later(sent, (one) => {
      let sentAt = one.sentAt;
      for (const device of devicesOf(one, place)) {
        const outage = byDevice.get(device);
        if (outage === undefined || sentAt < outage.from || sentAt >= outage.to) continue;
        if (!outage.backlog) return [];
        sentAt = outage.to;
      }
      return [sentAt];
    });
}

/** The sensor first: it sends to its hive. */
function devicesOf({ observation }: SentObservation, place: SimulatedPlace): readonly string[] {
  const { sensor, hive } = observation as Extract<SimulatedObservation, { kind: "heartbeat" }>;
  const through = sensor === undefined ? hive : place.hiveOf.get(sensor);
  return [sensor, through].filter((device) => device !== undefined);
}
