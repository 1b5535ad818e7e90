// People who pass: as a door sensor counted them since its last report, as the steps of its running totals, or as they walk
// over the counting line of a presence sensor. Totals are to be preferred, for a lost report loses nobody [domain.md §3.2].

import type { BuildingModel, Sensor } from "../../building/building.ts";
import type { Point, TrafficFact } from "../../model/fact.ts";
import type { TrafficObservation } from "../../model/observation.ts";
import type { SensingRecords } from "../records.ts";
import { identityOf, isOf, type SensorIdentity } from "../sensor-identity.ts";
import { type Crossings, createLineCounter } from "./line-counter.ts";
import { addTotal, type Passed, type Total } from "./running-totals.ts";

export interface TrafficSensing {
  /** What a door sensor says. */
  fold(observation: TrafficObservation, sensor: Sensor): readonly TrafficFact[];
  /** People at these points of the floor, as this presence sensor with a counting line sees them. `tracks`: an id per point;
   * null: the sensor gives none. A frame older than the one before it counts nobody. */
  track(at: number, points: readonly Point[], tracks: readonly string[] | null, sensor: Sensor): readonly TrafficFact[];
  /** A sensor that was removed, replaced or moved begins anew. */
  follow(model: BuildingModel): void;
}

/** People who passed a sensor at one moment. Below 0 where a late total shows that they passed at another one. */
export interface Passage {
  readonly at: number;
  readonly in: number;
  readonly out: number;
}

/** The totals of a door sensor, each side by itself. */
interface Counter extends SensorIdentity {
  readonly in: readonly Total[];
  readonly out: readonly Total[];
}

/** `passed` hears when exactly people passed, and of reports of nobody too; a fact says it once, and never again. */
export function createTrafficSensing(
  records: SensingRecords,
  passed: (passage: Passage, sensor: Sensor) => void = () => {},
): TrafficSensing {
  const counters = records.of<Counter>("counter");
  const line = createLineCounter(records);

  const tell = (at: number, passages: readonly Passage[], sensor: Sensor): TrafficFact[] => {
    for (const passage of passages) passed(passage, sensor);
    const entered = Math.max(sum(passages, "in"), 0);
    const left = Math.max(sum(passages, "out"), 0);
    if (entered === 0 && left === 0) return [];
    return [{ kind: "traffic", at, revision: 0, sensor: sensor.id, in: entered, out: left }];
  };

  const countTotals = ({ at, total_in, total_out }: TrafficObservation, sensor: Sensor): TrafficFact[] => {
    const known = counters.get(sensor.id);
    const last = known !== undefined && isOf(known, sensor) ? known : { ...identityOf(sensor), in: [], out: [] };
    const entered = total_in === undefined ? unchanged(last.in) : addTotal(last.in, { at, total: total_in });
    const left = total_out === undefined ? unchanged(last.out) : addTotal(last.out, { at, total: total_out });
    if (entered.totals !== last.in || left.totals !== last.out) {
      counters.set(sensor.id, { ...last, in: entered.totals, out: left.totals });
    }
    const passages = [
      ...entered.passed.map(({ at, people }): Passage => ({ at, in: people, out: 0 })),
      ...left.passed.map(({ at, people }): Passage => ({ at, in: 0, out: people })),
    ];
    // The first total of a counter may come late: then people passed at the one after it.
    const moment = passages.reduce((first, { at }) => Math.min(first, at), Infinity);
    return tell(moment, passages.length === 0 ? [{ at, in: 0, out: 0 }] : passages, sensor);
  };

  return {
    fold(observation, sensor) {
      const { at, total_in, total_out } = observation;
      if (total_in !== undefined || total_out !== undefined) return countTotals(observation, sensor);
      return tell(at, [{ at, in: observation.in ?? 0, out: observation.out ?? 0 }], sensor);
    },
    track(at, points, tracks, sensor) {
      const crossings: Crossings | null = line.count(at, points, tracks, sensor);
      return crossings === null ? [] : tell(at, [{ at, ...crossings }], sensor);
    },
    follow(model) {
      for (const [id, counter] of counters.entries()) {
        if (!isOf(counter, model.sensors.get(id))) counters.delete(id);
      }
      line.follow(model);
    },
  };
}

const unchanged = (totals: readonly Total[]): { totals: readonly Total[]; passed: readonly Passed[] } => ({
  totals,
  passed: [],
});

const sum = (passages: readonly Passage[], side: "in" | "out"): number =>
  passages.reduce((total, passage) => total + passage[side], 0);
