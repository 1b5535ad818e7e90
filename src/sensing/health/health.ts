// How sensors and hives are: online, silent, stuck, with a clock that is right. Every frame passes here, so what it changes is
// changed in place, and records are written when something is another way than before, or each minute.

import type { BuildingModel, Hive, Sensor } from "../../building/building.ts";
import type { HealthFact } from "../../model/fact.ts";
import type { HeartbeatObservation, SensorObservation } from "../../model/observation.ts";
import type { HiveHealth, SensorHealth } from "../../model/sensor-health.ts";
import { createDueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { createHiveWatch } from "./hive-watch.ts";
import { createSensorWatch } from "./sensor-watch.ts";

export interface HealthSensing {
  /** Any observation of a sensor, or a heartbeat of a sensor or a hive; `acceptedAt` epoch ms. */
  heard(
    observation: SensorObservation | HeartbeatObservation,
    acceptedAt: number,
    model: BuildingModel,
  ): readonly HealthFact[];
  /** An observation of this sensor was rejected for its time: `ahead` of the server, or `wrong`, before 2000. What follows
   * comes with the next advance. */
  rejected(sensor: Sensor, fault: "ahead" | "wrong", now: number): void;
  /** What silence up to `now` means. */
  advance(now: number, model: BuildingModel): readonly HealthFact[];
  nextDue(): number;
  of(sensor: Sensor): SensorHealth;
  ofHive(hive: Hive): HiveHealth;
  /** A sensor or a hive that was removed, replaced or moved begins anew. Also after a restart. */
  follow(model: BuildingModel): void;
}

export function createHealthSensing(records: SensingRecords): HealthSensing {
  const due = createDueTimes();
  const sensors = createSensorWatch(records, due);
  const hives = createHiveWatch(records, due);
  /** Since when this process listens: nobody was silent before it did. */
  let listening: number | null = null;
  const listen = (now: number): number => (listening ??= now);

  return {
    heard(observation, acceptedAt, model) {
      const since = listen(acceptedAt);
      const sensor = observation.sensor === undefined ? undefined : model.sensors.get(observation.sensor);
      const named = observation.kind === "heartbeat" && observation.hive !== undefined ? observation.hive : undefined;
      const hive = named === undefined ? (sensor?.hive ?? undefined) : model.hives.get(named);
      const spoken = sensor === undefined ? null : sensors.heard(sensor, observation, acceptedAt, since);
      const passed = hive === undefined ? null : hives.heard(hive, acceptedAt, spoken?.unprompted ?? true, since);
      return [spoken?.fact ?? [], passed ?? []].flat();
    },
    rejected(sensor, fault, now) {
      sensors.rejected(sensor, fault, now);
    },
    advance(now, model) {
      const since = listen(now);
      const facts: HealthFact[] = [];
      for (let key = due.take(now); key !== undefined; key = due.take(now)) {
        const [kind, id] = [key.slice(0, 1), key.slice(1)];
        const fact =
          kind === "s"
            ? sensors.judge(model.sensors.get(id), now, since)
            : hives.judge(model.hives.get(id), now, since);
        if (fact !== null) facts.push(fact);
      }
      return facts;
    },
    nextDue: () => due.next(),
    of: sensors.of,
    ofHive: hives.of,
    follow(model) {
      sensors.follow(model);
      hives.follow(model);
    },
  };
}
