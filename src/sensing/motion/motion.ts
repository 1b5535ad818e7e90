// Edges of a room's motion: it moves from the first report of motion until none of its sensors has seen any for a while
// [domain.md §2.5]. A sensor that should have been heard of and was not says nothing about rest: silence is unknown.

import type { BuildingModel, Room, Sensor } from "../../building/building.ts";
import type { MotionFact } from "../../model/fact.ts";
import type { MotionObservation } from "../../model/observation.ts";
import { createDueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import { isOf } from "../sensor-identity.ts";
import { isForgotten, isMoving, isUnknown, lastMotion, newPir, type Pir, withMessage, withReport } from "./pir.ts";

export interface MotionSensing {
  fold(observation: MotionObservation, sensor: Sensor, model: BuildingModel): readonly MotionFact[];
  /** Any other message of this sensor: it is there. */
  heard(sensor: Sensor, at: number): void;
  /** Edges that silence brings: everything that ended up to `now` (epoch ms). */
  advance(now: number, model: BuildingModel): readonly MotionFact[];
  /** Earliest time at which advance has something to do; Infinity: never. */
  nextDue(): number;
  /** For zeroing: since when every sensor of the room that may zero it has seen no motion, epoch ms, where that is as long as
   * the room wants it; null: not so long, unknown (also: so long ago that it is forgotten), or zeroing is off. */
  absentSince(room: Room, at: number, model: BuildingModel): number | null;
  /** What the sensors of the room that may zero it have reported, those that ever did. */
  zeroing(room: Room, model: BuildingModel): readonly Pir[];
  /** Where this report says that somebody moved: at its moment, and at the end of a motion that it turned out to begin. */
  movedAt(observation: MotionObservation, sensor: Sensor): readonly number[];
  /** A sensor that was removed, replaced or moved begins anew; the motion that it saw where it was still ends there. Also
   * after a restart: it finds which rooms must come to rest. */
  follow(model: BuildingModel): void;
}

/** The last edge of a room. */
interface Edge {
  readonly at: number;
  readonly motion: boolean;
  readonly revision: number;
  /** The last motion that sensors saw which are no longer there; null: none. */
  readonly moved: number | null;
}

/** A message that only says that a sensor is there is written down at most this often. */
const writtenEveryMs = 60_000;

export function createMotionSensing(records: SensingRecords): MotionSensing {
  const pirs = records.of<Pir>("pir");
  const edges = records.of<Edge>("motion");
  /** Newer than the records, by no more than `writtenEveryMs`. */
  const fresh = new Map<string, Pir>();
  const due = createDueTimes();
  /** Rooms that would be at rest if these sensors were not unknown. */
  const blocked = new Map<string, ReadonlySet<string>>();

  const pirOf = (sensor: Sensor): Pir | undefined => {
    const pir = fresh.get(sensor.id) ?? pirs.get(sensor.id);
    return pir !== undefined && isOf(pir, sensor) ? pir : undefined;
  };
  const pirsOf = (room: Room, model: BuildingModel): Pir[] =>
    model.sensorsOfRoom(room.id).flatMap((sensor) => pirOf(sensor) ?? []);
  const unknownIn = (room: Room, at: number, model: BuildingModel): string[] =>
    model.sensorsOfRoom(room.id).flatMap((sensor) => {
      const pir = pirOf(sensor);
      return pir !== undefined && isUnknown(pir, at) ? [sensor.id] : [];
    });

  const zeroing = (room: Room, model: BuildingModel): Pir[] =>
    model.sensorsOfRoom(room.id).flatMap((sensor) => (mayZero(sensor) ? (pirOf(sensor) ?? []) : []));

  const write = (id: string, pir: Pir): void => {
    fresh.delete(id);
    pirs.set(id, pir);
  };

  /** When the room last moved; null: never. */
  const lastMotionOf = (room: Room, model: BuildingModel): number | null =>
    latest([edges.get(room.id)?.moved ?? null, ...pirsOf(room, model).map((pir) => lastMotion(pir))]);

  /** When the silence of a moving room is over; null: it is at rest. */
  const restAt = (room: Room, model: BuildingModel): number | null => {
    if (edges.get(room.id)?.motion !== true) return null;
    return (lastMotionOf(room, model) ?? edges.get(room.id)!.at) + room.noMotionAfterMs;
  };

  /** As with occupancy, the time of a room never goes back. */
  const state = (room: Room, motion: boolean, at: number): MotionFact => {
    const last = edges.get(room.id);
    const isLater = last === undefined || at > last.at;
    const edge = isLater ? { at, revision: 0 } : { at: last.at, revision: last.revision + 1 };
    edges.set(room.id, { ...edge, motion, moved: last?.moved ?? null });
    return { kind: "motion", room: room.id, motion, ...edge };
  };

  const schedule = (room: Room, model: BuildingModel): void => {
    const at = restAt(room, model);
    if (at === null) due.delete(room.id);
    else due.set(room.id, at);
  };

  return {
    fold(observation, sensor, model) {
      const { room } = sensor;
      if (room === null) return [];
      const { at } = observation;
      const motion = seesMotion(observation, sensor);
      const known = pirOf(sensor) ?? newPir(sensor, at);
      const pir = withMessage(known, at, !motion && known.reports.length > 0 && !isMoving(known));
      write(sensor.id, pir);
      const before = lastMotionOf(room, model);
      const restedAt = restAt(room, model);
      // Nobody may have asked since: what was over before this report comes first.
      const isOver = restedAt !== null && restedAt < at && unknownIn(room, at, model).length === 0;
      const facts = isOver ? [state(room, false, restedAt)] : [];
      write(sensor.id, withReport(pir, { at, motion }));
      const last = lastMotionOf(room, model);
      const isNew = last !== null && (before === null || last > before);
      if (motion && isNew && edges.get(room.id)?.motion !== true) facts.push(state(room, true, at));
      blocked.delete(room.id);
      schedule(room, model);
      return facts;
    },
    heard(sensor, at) {
      const pir = pirOf(sensor);
      if (pir === undefined || at <= pir.heard) return;
      const next = withMessage(pir, at, true);
      const isWritten = next.gaps === pir.gaps && at - (pirs.get(sensor.id)?.heard ?? 0) < writtenEveryMs;
      if (isWritten) fresh.set(sensor.id, next);
      else write(sensor.id, next);
      const room = sensor.room!.id;
      if (blocked.get(room)?.has(sensor.id) !== true) return;
      blocked.delete(room);
      due.set(room, at);
    },
    advance(now, model) {
      const facts: MotionFact[] = [];
      for (let id = due.take(now); id !== undefined; id = due.take(now)) {
        const room = model.rooms.get(id);
        const at = room === undefined ? null : restAt(room, model);
        if (room === undefined || at === null) continue;
        if (at > now) {
          due.set(id, at);
          continue;
        }
        const unknown = unknownIn(room, now, model);
        if (unknown.length === 0) facts.push(state(room, false, at));
        else blocked.set(id, new Set(unknown));
      }
      return facts;
    },
    nextDue: () => due.next(),
    absentSince(room, at, model) {
      if (!room.pirZero.enabled) return null;
      const asked = zeroing(room, model);
      if (asked.length === 0 || asked.some((pir) => isUnknown(pir, at) || isForgotten(pir, at))) return null;
      const since = Math.max(...asked.map((pir) => lastMotion(pir, at) ?? pir.began));
      return at - since >= room.pirZero.windowMs ? since : null;
    },
    movedAt(observation, sensor) {
      const { at } = observation;
      const pir = pirOf(sensor);
      if (pir === undefined) return [];
      const next = pir.reports.find((report) => report.at > at)?.at;
      const moments = [at, ...(next === undefined ? [] : [next])].filter((each) => lastMotion(pir, each) === each);
      // It may be too old to be kept among the reports.
      return seesMotion(observation, sensor) && !moments.includes(at) ? [at, ...moments] : moments;
    },
    zeroing,
    follow(model) {
      for (const [id, pir] of pirs.entries()) {
        if (isOf(pir, model.sensors.get(id))) continue;
        const edge = pir.room === null ? undefined : edges.get(pir.room);
        if (edge !== undefined) edges.set(pir.room!, { ...edge, moved: latest([edge.moved, lastMotion(pir)]) });
        pirs.delete(id);
        fresh.delete(id);
      }
      due.clear();
      blocked.clear();
      for (const [id] of edges.entries()) {
        const room = model.rooms.get(id);
        if (room === undefined) edges.delete(id);
        else schedule(room, model);
      }
    },
  };
}

function seesMotion({ motion, confidence }: MotionObservation, { room }: Sensor): boolean {
  return motion ?? (confidence !== undefined && room !== null && confidence >= room.pirZero.threshold);
}

export const mayZero = ({ mode, pirZeroEnabled }: Sensor): boolean => pirZeroEnabled && mode === "presence";

function latest(moments: readonly (number | null)[]): number | null {
  return moments.reduce((last, at) => (last === null || (at !== null && at > last) ? at : last), null);
}
