// The sensors at doors. Some say who passed, each time; others how many have passed since they were switched on, in two bytes:
// such a total rolls over, and it begins anew when the device is started again.

import type { TrafficReading } from "./observation.ts";
import type { SimulatedDay } from "./people.ts";
import type { DoorCounter, SimulatedPlace } from "./place.ts";
import { createSeededRandom } from "./random.ts";
import type { Passing } from "./track.ts";

const size = 2 ** 16;
/** Below it, a total that falls was reset; above it, it may have rolled over. */
const rolledOver = size / 2;

/** What the sensors with running totals have counted, by sensor. */
export type Totals = Map<string, { in: number; out: number }>;

/** All roll over on the first day. */
export function createCounters(seed: number, place: SimulatedPlace): Totals {
  const random = createSeededRandom(`counters ${seed}`);
  const totals = place.counters.filter(({ says }) => says === "totals");
  return new Map(
    totals.map(({ sensor }) => [sensor, { in: size - random.whole(2, 6), out: size - random.whole(2, 6) }]),
  );
}

export function passingsAt({ room }: DoorCounter, day: SimulatedDay): readonly Passing[] {
  return day.tracks
    .flatMap(({ passings }) => passings.filter((passing) => passing.room === room))
    .toSorted((a, b) => a.at - b.at);
}

/** In order of time. `totals` are those of the evening when it is done. */
export function traffic(seed: number, place: SimulatedPlace, day: SimulatedDay, totals: Totals): TrafficReading[] {
  const random = createSeededRandom(`traffic ${seed} ${day.from}`);
  const readings = place.counters.flatMap((counter) => {
    const passings = passingsAt(counter, day);
    const total = totals.get(counter.sensor);
    if (total === undefined) return passings.map((passing) => steps(counter.sensor, passing));
    const restart = Math.round(random.between(0.6, 0.9) * (day.to - day.from)) + day.from;
    return totalsOf(counter.sensor, total, passings, day.from, restart);
  });
  return readings
    .toSorted((a, b) => a.at - b.at)
    .map((reading, index) => ({ ...reading, id: `${reading.id}${index}` }));
}

const named = (sensor: string, at: number) => ({ id: `sim-${at}-t`, kind: "traffic", sensor, at }) as const;

const steps = (sensor: string, { at, inward }: Passing): TrafficReading => ({
  ...named(sensor, at),
  in: inward ? 1 : 0,
  out: inward ? 0 : 1,
});

/** It tells its totals in the morning, at every passing, and when it has started again. */
function totalsOf(
  sensor: string,
  total: { in: number; out: number },
  passings: readonly Passing[],
  morning: number,
  restart: number,
): TrafficReading[] {
  const told = (at: number): TrafficReading => ({ ...named(sensor, at), total_in: total.in, total_out: total.out });
  const readings = [told(morning)];
  let restarted = false;
  const startAgain = (): void => {
    restarted = true;
    if (Math.max(total.in, total.out) > rolledOver) return;
    total.in = total.out = 0;
    readings.push(told(restart));
  };
  for (const { at, inward } of passings) {
    if (!restarted && at > restart) startAgain();
    if (inward) total.in = (total.in + 1) % size;
    else total.out = (total.out + 1) % size;
    readings.push(told(at));
  }
  if (!restarted) startAgain();
  return readings;
}
