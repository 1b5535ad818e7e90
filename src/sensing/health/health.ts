// How sensors and hives are: online, silent, stuck, with a clock that is right. Every frame passes here, so what it changes is
// changed in place, and records are written when something is another way than before, or each minute. What is told follows
// from the log and from rejected observations, and from when the server listened: a restart changes none of it.

import type { BuildingModel, Hive, Sensor } from "../../building/building.ts";
import type { HealthFact } from "../../model/fact.ts";
import type { HeartbeatObservation, SensorObservation } from "../../model/observation.ts";
import type { HiveHealth, SensorHealth } from "../../model/sensor-health.ts";
import { createDueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { createHiveWatch } from "./hive-watch.ts";
import { createSensorWatch } from "./sensor-watch.ts";
import type { Progress } from "./teller.ts";

type Message = SensorObservation | HeartbeatObservation;

export interface HealthSensing {
  /** Any observation of a sensor, or a heartbeat of a sensor or a hive; `acceptedAt` epoch ms, `position` in the log. */
  heard(observation: Message, acceptedAt: number, position: number, model: BuildingModel): readonly HealthFact[];
  /** The same without a word: what an earlier process has folded. */
  reread(observation: Message, acceptedAt: number, position: number, model: BuildingModel): void;
  /** Everything was read again; the last of it was accepted at `from`. The process began at `until`. */
  resume(from: number, until: number): void;
  /** An observation of this sensor was rejected for its time: `ahead` of the server, or `wrong`, before 2000. */
  rejected(sensor: Sensor, fault: "ahead" | "wrong", now: number): readonly HealthFact[];
  /** What silence up to `now` means. Where that is much, some stay due. */
  advance(now: number, model: BuildingModel): readonly HealthFact[];
  nextDue(): number;
  of(sensor: Sensor): SensorHealth;
  ofHive(hive: Hive): HiveHealth;
  /** A sensor or a hive that was removed, replaced or moved begins anew. Also after a restart. */
  follow(model: BuildingModel): void;
}

/** A server that was away for longer could not hear: silence counts from its start. Nobody is silent within three times that,
 * and whoever speaks less often than that misses one message at most. */
const breakMs = 10_000;
/** One advance tells no more: each is an event to write, and a hive that fails takes a thousand sensors with it. */
const mostAtOnce = 200;

export function createHealthSensing(records: SensingRecords): HealthSensing {
  const due = createDueTimes();
  const kept = records.of<{ readonly since: number }>("health-listening");
  const progress: Progress = { position: 0, listening: kept.get("all")?.since ?? -Infinity };
  const sensors = createSensorWatch(records, due, progress);
  const hives = createHiveWatch(records, due, progress);
  /** Between two processes nobody listened; null: what is heard now comes after that. */
  let away: { readonly from: number; readonly until: number } | null = null;

  /** What an earlier process had logged and not folded was heard by it. Whoever was silent meanwhile it would have told: a break
   * before it is one in which nobody listened, too. */
  function arrive(now: number): void {
    if (away === null) return;
    const { from, until } = away;
    const since = Math.min(now, until);
    // Unless the clock was set back.
    if (since - from > breakMs || (now >= until && progress.listening > until)) listenSince(since);
    away = now < until ? { from: Math.max(from, now), until } : null;
  }

  function listenSince(since: number): void {
    progress.listening = since;
    kept.set("all", { since });
    sensors.listens();
    hives.listens();
  }

  /** Its record may have been written: then that of its hive must be. */
  function writeHive(sensor: Sensor | undefined, now: number): void {
    if (sensor?.hive != null) hives.write(sensor.hive, now);
  }

  return {
    heard(observation, acceptedAt, position, model) {
      arrive(acceptedAt);
      progress.position = Math.max(progress.position, position);
      const sensor = sensorOf(observation, model);
      const hive = hiveOf(observation, sensor, model);
      const spoken = sensor === undefined ? null : sensors.heard(sensor, observation, acceptedAt);
      const facts = spoken?.facts ?? none;
      if (hive === undefined) return facts;
      const passed = hives.heard(hive, acceptedAt, spoken?.unprompted ?? true, spoken?.isWritten ?? false);
      return passed.length === 0 ? facts : [...facts, ...passed];
    },
    reread(observation, acceptedAt, position, model) {
      progress.position = Math.max(progress.position, position);
      const sensor = sensorOf(observation, model);
      const hive = hiveOf(observation, sensor, model);
      const unprompted = sensor === undefined || sensors.reread(sensor, observation, acceptedAt, position);
      if (hive !== undefined) hives.reread(hive, acceptedAt, unprompted, position);
    },
    resume(from, until) {
      away = { from, until };
    },
    rejected(sensor, fault, now) {
      arrive(now);
      const facts = sensors.rejected(sensor, fault, now);
      writeHive(sensor, now);
      return facts;
    },
    advance(now, model) {
      arrive(now);
      const facts: HealthFact[] = [];
      while (facts.length < mostAtOnce) {
        const key = due.take(now);
        if (key === undefined) break;
        const [kind, id] = [key.slice(0, 1), key.slice(1)];
        if (kind === "s") {
          const sensor = model.sensors.get(id);
          facts.push(...sensors.judge(sensor, now));
          writeHive(sensor, now);
        } else facts.push(...hives.judge(model.hives.get(id), now));
      }
      return facts;
    },
    // Since when the server listens is settled, and written, before anything else is told.
    nextDue: () => Math.min(due.next(), away?.until ?? Infinity),
    of: sensors.of,
    ofHive: hives.of,
    follow(model) {
      sensors.follow(model);
      hives.follow(model);
    },
  };
}

const none: readonly HealthFact[] = [];

const sensorOf = ({ sensor }: Message, model: BuildingModel): Sensor | undefined =>
  sensor === undefined ? undefined : model.sensors.get(sensor);

function hiveOf(message: Message, sensor: Sensor | undefined, model: BuildingModel): Hive | undefined {
  const named = message.kind === "heartbeat" ? message.hive : undefined;
  return named === undefined ? (sensor?.hive ?? undefined) : model.hives.get(named);
}
