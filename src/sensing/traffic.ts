// People through a door: as the sensor counted them since its last report, or as the steps of its running totals. Totals
// are to be preferred, for a lost report loses no step [domain.md §3.2].

import type { Sensor } from "../building/building.ts";
import type { TrafficObservation } from "../model/observation.ts";
import { type Fold, memory, nothing, type SensingState } from "./state.ts";

/** The last totals of a sensor. */
interface RunningTotals {
  readonly at: number;
  readonly in?: number;
  readonly out?: number;
}

const counters = memory<RunningTotals>("traffic");

/** The widths of counters in the field: 2 and 4 bytes. */
const counterSizes = [2 ** 16, 2 ** 32];

/** More people than pass one door between two reports; beyond it a total that fell is another counter, not the same. */
const mostPeople = 1_024;

export function foldTraffic(state: SensingState, observation: TrafficObservation, sensor: Sensor): Fold {
  const { at, total_in: totalIn, total_out: totalOut } = observation;
  if (totalIn === undefined && totalOut === undefined) {
    return traffic(sensor, at, observation.in ?? 0, observation.out ?? 0);
  }
  const last = counters.of(state, sensor.id);
  if (last !== undefined && isLate(observation, last)) return nothing;
  const passed = traffic(sensor, at, step(last?.in, totalIn), step(last?.out, totalOut));
  const totals: RunningTotals = { ...last, at, ...defined("in", totalIn), ...defined("out", totalOut) };
  return { facts: passed.facts, changed: [counters.keep(sensor.id, totals)] };
}

function traffic(sensor: Sensor, at: number, entered: number, left: number): Fold {
  if (entered === 0 && left === 0) return nothing;
  return {
    facts: [{ kind: "traffic", at, revision: 0, sensor: sensor.id, in: entered, out: left }],
    changed: [],
  };
}

/** Older than the last totals; or as old and smaller, for within one moment a counter only grows. Nothing is lost: the
 * next report's step holds it. */
function isLate({ at, total_in: totalIn, total_out: totalOut }: TrafficObservation, last: RunningTotals): boolean {
  if (at !== last.at) return at < last.at;
  return (totalIn ?? Infinity) < (last.in ?? 0) || (totalOut ?? Infinity) < (last.out ?? 0);
}

/** How many people a total has grown by. The first total is where counting begins. A smaller one has rolled over when
 * that makes a plausible step; else the device began anew at 0 and has counted these people since; a total too large for
 * that is another device's, where counting begins again. */
function step(last: number | undefined, total: number | undefined): number {
  if (last === undefined || total === undefined) return 0;
  if (total >= last) return total - last;
  for (const size of counterSizes) {
    const rolled = size - last + total;
    if (last < size && rolled <= mostPeople) return rolled;
  }
  return total <= mostPeople ? total : 0;
}

function defined(side: "in" | "out", total: number | undefined): Partial<RunningTotals> {
  return total === undefined ? {} : { [side]: total };
}
