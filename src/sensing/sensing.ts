// All that is worked out for one organization: observations go in, in order of acceptance, facts come out. Time is the sensor's
// own and that of acceptance; there is no clock, no store and no wire format here. What must survive a restart is in records;
// frames of minutes that are not over are read from the log again.

import type { BuildingModel, Sensor } from "../building/building.ts";
import { entryNumber } from "../model/entry.ts";
import type { HiveHealth, SensorHealth } from "../model/sensor-health.ts";
import type { Fact, OccupancyFact } from "../model/fact.ts";
import type { MinuteSeries, Minute } from "../model/minute.ts";
import type {
  DetectionsObservation,
  HeartbeatObservation,
  LoggedObservation,
  MotionObservation,
  Observation,
  SensorObservation,
} from "../model/observation.ts";
import { foldAccess } from "./access.ts";
import { type CallSensing, createCallSensing } from "./calls.ts";
import type { LateMinute } from "./minutes/late-minutes.ts";
import { rangeOf, recompute } from "./minutes/recompute.ts";
import { type LaidSpace, layoutOf } from "./presence/floor-layout.ts";
import { type PresenceNow, presenceNow } from "./presence/presence-now.ts";
import { createPresence, type PresenceSensing } from "./presence/presence.ts";
import { createHealthSensing, type HealthSensing } from "./health/health.ts";
import { createAbsences, type ReconsideredMinute } from "./motion/absences.ts";
import { createMotionSensing, mayZero, type MotionSensing } from "./motion/motion.ts";
import { createRecords, type RecordChange } from "./records.ts";
import { createTrafficSensing } from "./traffic/traffic.ts";
import { createTrafficOccupancy, type TrafficOccupancy } from "./traffic/traffic-occupancy.ts";

export { explain, type Explanation, neededFor, type Question } from "./presence/explain.ts";
export type { ExplainedFrame, ExplainedMoment, ExplainedSensor } from "./presence/explain-moment.ts";
export { closeAfterMs } from "./minutes/floor-minutes.ts";
export { silentMs } from "./presence/live-floor.ts";
export type { PresenceNow } from "./presence/presence-now.ts";

export interface SensedMinute extends Minute {
  readonly series: MinuteSeries;
  readonly subject: string;
}

/** A minute of a floor to compute again, from observations of that floor with `from` ≤ moment of sensing < `until`. */
export interface LateFloorMinute extends LateMinute {
  readonly from: number;
  readonly until: number;
}

/** A late minute as the log has it. */
export interface ComputedMinute {
  /** Of the rows that it is compared with. */
  readonly subjects: readonly string[];
  /** What is new against the rows so far: corrections and first values. */
  compare(rows: readonly Omit<SensedMinute, "series">[], now: number): readonly OccupancyFact[];
}

/** What one commit must hold beside the events. */
export interface SensingChanges {
  readonly records: readonly RecordChange[];
  readonly minutes: readonly SensedMinute[];
  readonly lost: readonly LaidSpace[];
  /** Frames that came too late to correct any minute. */
  readonly tooLate: number;
}

export interface Sensing {
  readonly presence: PresenceSensing;
  readonly motion: MotionSensing;
  readonly trafficOccupancy: TrafficOccupancy;
  readonly health: HealthSensing;
  /** What follows from one observation, in the log at `position`, which becomes the number of an entry or a call. Nothing
   * follows from a sensor or a door that the model does not know (any more). */
  fold(observation: Observation, acceptedAt: number, position?: number): readonly Fact[];
  /** An observation that an earlier process has folded: what it left in memory only. */
  reread(observation: Observation, acceptedAt: number, position?: number): void;
  /** An observation of this sensor was rejected for its time. */
  rejected(sensor: string, fault: "ahead" | "wrong", now: number): readonly Fact[];
  /** null: the model does not have it, or it was never heard. */
  sensorHealth(id: string): { readonly mode: Sensor["mode"]; readonly health: SensorHealth } | null;
  hiveHealth(id: string): HiveHealth | null;
  /** Everything was read again that was accepted up to `at`; after it sensing goes on, in a process that began at `begun`. */
  resume(at: number, begun: number): void;
  /** What follows from time alone, up to `now`, epoch ms. */
  advance(now: number): readonly Fact[];
  /** When there is something to advance; Infinity: never. */
  nextDue(): number;
  /** Minutes that must be computed from the log now. */
  late(now: number): readonly LateFloorMinute[];
  /** Yields now and then, so that whoever calls can let others work. Observations in any order. */
  compute(late: LateFloorMinute, observations: readonly LoggedObservation[]): Generator<void, ComputedMinute>;
  /** A late minute that cannot be computed stays as it is. */
  giveUp(late: LateFloorMinute, now: number): void;
  /** From now on the place is another one: sensors that were removed, moved or replaced begin anew. */
  follow(model: BuildingModel, now: number): void;
  /** Whether `changes` has something to tell. */
  hasChanges(): boolean;
  /** Since the last call. */
  changes(): SensingChanges;
}

/** The spaces of a floor as they are known now; none where the model does not have the floor. `sensing`: undefined where
 * nothing was sensed yet. */
export function presenceOfFloor(
  floor: string,
  model: BuildingModel,
  sensing: Sensing | undefined,
): readonly PresenceNow[] {
  const place = model.floors.get(floor);
  if (place === undefined) return [];
  const live = sensing?.presence.live(floor) ?? null;
  return presenceNow((live === null ? null : sensing!.presence.layout(floor)) ?? layoutOf(place, model), live, model);
}

const isSensed = (observation: Observation): observation is SensorObservation | HeartbeatObservation =>
  observation.kind !== "access" && observation.kind !== "call" && observation.kind !== "call_status";

export interface SensingDeps {
  readonly model: BuildingModel;
  /** Records as `changes` gave them, by key. */
  readonly stored: Iterable<readonly [key: string, value: string]>;
  /** Epoch ms. */
  readonly now: number;
  /** Whether somebody takes DETECTIONS: they are made for them alone. */
  readonly wantsDetections?: () => boolean;
}

export function createSensing({ model: firstModel, stored, now, wantsDetections = () => true }: SensingDeps): Sensing {
  let model = firstModel;
  const records = createRecords(stored);
  const motion: MotionSensing = createMotionSensing(records);
  const absences = createAbsences(records, motion.zeroing);
  const presence = createPresence(records, model, absences.has);
  const trafficOccupancy = createTrafficOccupancy(records);
  const traffic = createTrafficSensing(records, trafficOccupancy.passed);
  const health: HealthSensing = createHealthSensing(records);
  const calls: CallSensing = createCallSensing(records);
  const timed = [trafficOccupancy, motion, absences, health];
  const parts = [traffic, ...timed];
  let doorMinutes: readonly SensedMinute[] = [];
  for (const part of parts) part.follow(model);
  presence.follow(model, now);

  function detections(observation: DetectionsObservation, acceptedAt: number): readonly Fact[] {
    const folded = presence.fold(observation, acceptedAt);
    if (folded === null) return [];
    const { sensor } = folded.layout.sensors[folded.frame.sensor]!;
    const facts: Fact[] = wantsDetections() ? [folded.detections()] : [];
    if (sensor.countingLine !== null) {
      const { at, points, tracks } = folded.frame;
      facts.push(...traffic.track(at, points, tracks, sensor));
    }
    facts.push(...folded.facts);
    return facts;
  }

  const reconsider = (minutes: readonly ReconsideredMinute[], at: number): void => {
    for (const { room, minute } of minutes) presence.reconsider(room.floor.id, minute, at);
  };

  function moves(observation: MotionObservation, sensor: Sensor, acceptedAt: number): readonly Fact[] {
    const facts = motion.fold(observation, sensor, model);
    if (sensor.room !== null && mayZero(sensor)) {
      const moved = motion.movedAt(observation, sensor);
      reconsider(absences.reported(sensor.room, moved, acceptedAt, model), acceptedAt);
    }
    return facts;
  }

  function sensed(observation: SensorObservation | HeartbeatObservation, acceptedAt: number): readonly Fact[] {
    const sensor = observation.sensor === undefined ? undefined : model.sensors.get(observation.sensor);
    if (sensor === undefined) return [];
    if (observation.kind === "motion") return moves(observation, sensor, acceptedAt);
    motion.heard(sensor, Math.min(observation.at, acceptedAt));
    if (observation.kind === "heartbeat") return [];
    return observation.kind === "traffic" ? traffic.fold(observation, sensor) : detections(observation, acceptedAt);
  }

  return {
    presence,
    motion,
    trafficOccupancy,
    health,
    fold(observation, acceptedAt, position = 0) {
      if (observation.kind === "access") return foldAccess(observation, entryNumber(position), model);
      if (observation.kind === "call") return calls.placed(observation, entryNumber(position), acceptedAt, model);
      if (observation.kind === "call_status") return calls.spoken(observation, acceptedAt);
      const facts = sensed(observation, acceptedAt);
      const changes = health.heard(observation, acceptedAt, position, model);
      return changes.length === 0 ? facts : [...facts, ...changes];
    },
    reread(observation, acceptedAt, position = 0) {
      if (observation.kind === "detections") presence.reread(observation, acceptedAt);
      if (isSensed(observation)) health.reread(observation, acceptedAt, position, model);
      // A motion sensor that is heard is written down once a minute only; what it says of motion, always.
      if (observation.kind === "motion" || !("sensor" in observation) || observation.sensor === undefined) return;
      const sensor = model.sensors.get(observation.sensor);
      if (sensor !== undefined) motion.heard(sensor, Math.min(observation.at, acceptedAt));
    },
    rejected(id, fault, at) {
      const sensor = model.sensors.get(id);
      return sensor === undefined ? [] : health.rejected(sensor, fault, at);
    },
    sensorHealth(id) {
      const sensor = model.sensors.get(id);
      const known = sensor === undefined ? null : health.of(sensor);
      return known === null || known.lastHeartbeat === null ? null : { mode: sensor!.mode, health: known };
    },
    hiveHealth(id) {
      const hive = model.hives.get(id);
      const known = hive === undefined ? null : health.ofHive(hive);
      return known === null || known.lastHeartbeat === null ? null : known;
    },
    resume(at, begun) {
      presence.resume(at);
      health.resume(at, begun);
    },
    advance(until) {
      const edges = motion.advance(until, model);
      reconsider(absences.advance(until, model), until);
      doorMinutes = [...doorMinutes, ...trafficOccupancy.advance(until, model, motion.absentSince)];
      return [...presence.advance(until), ...edges, ...health.advance(until, model), ...calls.advance(until)];
    },
    nextDue: () => Math.min(presence.nextDue(), calls.nextDue(), ...timed.map((part) => part.nextDue())),
    late: (at) => presence.late(at).map((late) => ({ ...late, ...rangeOf(late.minute) })),
    *compute(late, observations) {
      const layout = presence.layout(late.floor);
      if (layout === null) return { subjects: [], compare: (_, when) => presence.recomputed(late, [], [], when) };
      const values = yield* recompute(layout, observations, late.minute, late.isAsked === true);
      return {
        subjects: values.map(([space]) => layout.spaces[space]!.key),
        compare: (rows, when) =>
          presence.recomputed(
            late,
            values,
            rows.map(({ subject, ...minute }) => ({ ...minute, space: subject })),
            when,
          ),
      };
    },
    giveUp: (late, at) => presence.giveUp(late, at),
    follow(next, at) {
      if (next === model) return;
      model = next;
      for (const part of parts) part.follow(model);
      presence.follow(model, at);
    },
    hasChanges: () => records.hasChanges() || presence.hasChanges() || doorMinutes.length > 0,
    changes() {
      const seen = presence
        .takeMinutes()
        .map(({ space, ...minute }): SensedMinute => ({ series: "presence", subject: space, ...minute }));
      const minutes = [...seen, ...doorMinutes];
      doorMinutes = [];
      const tooLate = presence.takeTooLate();
      return { minutes, lost: presence.takeLost(), tooLate, records: records.changes() };
    },
  };
}
