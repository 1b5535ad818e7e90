// The people on all floors of an organization, now and by the minute. Joins, for each floor, what is said at once and what is
// said when a minute is over, and follows the building model.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import type { DetectionsFact, OccupancyFact } from "../../model/fact.ts";
import { type Minute, minuteMs } from "../../model/minute.ts";
import type { DetectionsObservation } from "../../model/observation.ts";
import { detectionsOf } from "../detections.ts";
import type { MinuteValue } from "../minutes/estimator.ts";
import {
  type ClosedMinute,
  closeAfterMs,
  createFloorMinutes,
  type FloorMinutes,
  isTooLate,
  tooLate,
} from "../minutes/floor-minutes.ts";
import { createLateMinutes, type LateMinute } from "../minutes/late-minutes.ts";
import type { SensingRecords } from "../records.ts";
import { type FloorLayout, type LaidSpace, layoutOf } from "./floor-layout.ts";
import { frameOf } from "./frame-of.ts";
import type { Frame } from "./frame.ts";
import { createLiveFloor, type LiveFloor } from "./live-floor.ts";
import { createStatements } from "./statements.ts";

/** A minute of a space, by its key (`room:ID`). */
export interface SpaceMinute extends Minute {
  readonly space: string;
}

export interface PresenceFold {
  readonly frame: Frame;
  readonly layout: FloorLayout;
  readonly facts: readonly OccupancyFact[];
  /** For whom it is wanted. */
  readonly detections: () => DetectionsFact;
}

export interface PresenceSensing {
  /** null: the sensor is not placed on any floor. */
  fold(observation: DetectionsObservation, acceptedAt: number): PresenceFold | null;
  /** The same without a word: what an earlier process has folded. */
  reread(observation: DetectionsObservation, acceptedAt: number): void;
  /** Everything was read again that was accepted up to `at`. */
  resume(at: number): void;
  /** What is due at `now` and needs no further frame. Where that is much, floors that had no turn stay due. */
  advance(now: number): readonly OccupancyFact[];
  nextDue(): number;
  /** Minutes that must be computed from the log now. */
  late(now: number): readonly LateMinute[];
  /** Every minute of the floor in this range that is over is late now, whatever its age: also what came too late counts.
   * Returns how many minutes of the floor that somebody asked for are not computed yet. */
  recompute(floor: string, from: number, until: number, now: number): number;
  /** Something else than frames may change this minute, if it is closed and not too old. */
  reconsider(floor: string, minute: number, now: number): void;
  /** This minute cannot be computed: it stays as it is. */
  giveUp(late: LateMinute, now: number): void;
  /** A late minute as the log has it. `before`: its rows so far. */
  recomputed(
    late: LateMinute,
    values: ClosedMinute["values"],
    before: readonly SpaceMinute[],
    now: number,
  ): readonly OccupancyFact[];
  /** null: the model does not have this floor. */
  layout(floor: string): FloorLayout | null;
  live(floor: string): LiveFloor | null;
  /** Whether there are minutes or lost spaces to take. */
  hasChanges(): boolean;
  /** Minutes that were closed or corrected since the last call. */
  takeMinutes(): readonly SpaceMinute[];
  /** Spaces that are not known any more, since the last call. */
  takeLost(): readonly LaidSpace[];
  /** How many frames came too late to correct any minute, since the last call. */
  takeTooLate(): number;
  follow(model: BuildingModel, now: number): void;
}

/** So many statements at once are enough: they are written in one transaction, and others wait for it. */
const enoughFacts = 2_000;

/** What is kept of a floor. */
interface Closed {
  /** Minutes before it are closed. */
  readonly openFrom: number;
  /** Its newest frame, epoch ms. */
  readonly time?: number;
}

const neverClosed: Closed = { openFrom: -Infinity };

interface FloorState {
  readonly layout: FloorLayout;
  readonly live: LiveFloor;
  readonly minutes: FloorMinutes;
}

/** `isEmptied`: whether motion sensors say that nobody was in the room in this minute. */
export function createPresence(
  records: SensingRecords,
  firstModel: BuildingModel,
  isEmptied: (room: string, minute: number) => boolean,
): PresenceSensing {
  let model = firstModel;
  const statements = createStatements(records);
  const lateMinutes = createLateMinutes(records);
  /** Minutes before it are closed, by floor. */
  const closed = records.of<Closed>("minutes");
  const floors = new Map<string, FloorState | null>();
  let minutes: SpaceMinute[] = [];
  let lost: LaidSpace[] = [];
  let framesTooLate = 0;
  let turn = 0;

  function floorOf(id: string, at: number): FloorState | null {
    let state = floors.get(id);
    if (state !== undefined) return state;
    const floor = model.floors.get(id);
    state = floor === undefined ? null : made(layoutOf(floor, model), closed.get(id), at);
    floors.set(id, state);
    return state;
  }

  const made = (layout: FloorLayout, { openFrom, time }: Closed = neverClosed, at: number): FloorState => ({
    layout,
    live: createLiveFloor(layout, statements, time),
    minutes: createFloorMinutes(layout, openFrom, at),
  });

  /** Once a minute: that is as exact as the log that is read again. */
  function keepClosed(id: string, { minutes, live }: FloorState): void {
    const openFrom = minutes.openFrom();
    const time = live.time();
    if (closed.get(id)?.openFrom !== openFrom) closed.set(id, { openFrom, ...(time > -Infinity && { time }) });
  }

  function fold(observation: DetectionsObservation, acceptedAt: number, isSilent: boolean): PresenceFold | null {
    const sensor = model.sensors.get(observation.sensor);
    const state = sensor === undefined ? null : floorOf(sensor.floor.id, acceptedAt);
    const laid = state?.layout.sensor(sensor!.id);
    if (state == null || laid === undefined) return null;
    const { layout, live } = state;
    const frame = frameOf(observation, acceptedAt, laid, layout);
    const late = state.minutes.add(frame, acceptedAt);
    if (isSilent) {
      live.restore(frame, acceptedAt);
      return null;
    }
    if (late === tooLate) framesTooLate++;
    for (const minute of late) lateMinutes.mark({ floor: layout.floor.id, minute }, acceptedAt);
    return {
      frame,
      layout,
      facts: live.show(frame, acceptedAt),
      detections: () => detectionsOf(observation, laid, layout),
    };
  }

  function close({ layout }: FloorState, { minute, values }: ClosedMinute, now: number): OccupancyFact[] {
    const floor = layout.floor.id;
    if (values === null) {
      lateMinutes.mark({ floor, minute }, now, "atOnce");
      return [];
    }
    return values.map(([index, value]) => {
      const space = layout.spaces[index]!;
      return say(space, minute, zeroed(space, minute, value), null, false);
    });
  }

  /** Nobody is in a room, and in its zones, for every minute in which its motion sensors agree on that, whatever was seen. */
  function zeroed(space: LaidSpace, minute: number, value: MinuteValue): MinuteValue {
    const room = space.level === "zone" ? model.zones.get(space.id)?.room?.id : space.id;
    if (space.level === "floor" || room === undefined || !isEmptied(room, minute)) return value;
    return { ...value, value: 0, min: 0, max: 0, mean: 0 };
  }

  /** A minute's first value or its correction, and its row. `isLate`: later minutes are closed. */
  function say(
    space: LaidSpace,
    minute: number,
    value: MinuteValue,
    before: SpaceMinute | null,
    isLate: boolean,
  ): OccupancyFact {
    const revision = before === null ? 0 : before.revision + 1;
    keep(space, minute, value, revision);
    const fact = {
      kind: "occupancy",
      level: space.level,
      space: space.id,
      window: "minute",
      at: minute,
      count: value.value,
      revision,
      isLate,
    } as const;
    return before === null ? fact : { ...fact, previous: before.value };
  }

  function keep(
    { key }: LaidSpace,
    at: number,
    { value, min, max, mean, observedMs }: MinuteValue,
    revision: number,
  ): void {
    minutes.push({
      space: key,
      at,
      value,
      out: 0,
      min,
      max,
      mean,
      observedS: Math.floor(observedMs / 1_000),
      revision,
    });
  }

  function replaceFloor(id: string, state: FloorState, layout: FloorLayout, now: number): void {
    const next = made(layout, { openFrom: state.minutes.openFrom(), time: state.live.time() }, now);
    next.minutes.distrust(state.minutes.last());
    for (const { sensor, index } of layout.sensors) {
      const before = state.layout.sensor(sensor.id);
      const frame = before === undefined ? undefined : state.live.shownFrame(before.index);
      if (frame === undefined || !isSame(before!.sensor, sensor)) continue;
      next.live.restore({ ...frame, sensor: index }, now);
    }
    next.live.resume(now);
    floors.set(id, next);
  }

  /** Spaces that were spoken of, and that no sensor speaks for any more. */
  function forgetLost(): void {
    for (const key of statements.keys()) {
      const [level, id] = split(key);
      const place =
        level === "floor" ? model.floors.get(id) : (level === "room" ? model.rooms : model.zones).get(id)?.floor;
      const space = place === undefined ? undefined : floorOf(place.id, 0)?.layout.space(key);
      if (space !== undefined && space.sensors > 0) continue;
      statements.forget(key);
      lost.push(space ?? { index: -1, level, id, key, isSum: false, sensors: 0 });
    }
  }

  return {
    fold: (observation, acceptedAt) => fold(observation, acceptedAt, false),
    reread: (observation, acceptedAt) => void fold(observation, acceptedAt, true),
    resume(at) {
      for (const state of floors.values()) state?.live.resume(at);
    },
    advance(now) {
      const facts: OccupancyFact[] = [];
      const all = [...floors];
      for (let count = 0; count < all.length; count++) {
        if (facts.length >= enoughFacts) break;
        // Where it broke off last time it goes on.
        const [id, state] = all[turn++ % all.length]!;
        if (state === null) continue;
        if (state.live.nextDue() <= now) {
          facts.push(...state.live.advance(now));
          lost.push(...state.live.takeLost());
        }
        if (state.minutes.nextDue() > now) continue;
        for (const each of state.minutes.advance(now, enoughFacts - facts.length)) {
          facts.push(...close(state, each, now));
        }
        keepClosed(id, state);
      }
      return facts;
    },
    nextDue() {
      let next = lateMinutes.nextDue();
      for (const state of floors.values()) {
        if (state !== null) next = Math.min(next, state.live.nextDue(), state.minutes.nextDue());
      }
      return next;
    },
    late: lateMinutes.due,
    recompute(floor, from, until, now) {
      const known = floorOf(floor, now)?.minutes;
      // A minute that is still to be closed would be told for the first time twice.
      const end = Math.min(until, known?.isOpen() === true ? known.openFrom() : now - minuteMs - closeAfterMs);
      const minutes: number[] = [];
      for (let minute = from; minute < end; minute += minuteMs) minutes.push(minute);
      if (minutes.length > 0) lateMinutes.ask(floor, minutes, now);
      return lateMinutes.asked(floor);
    },
    reconsider(floor, minute, now) {
      const isClosed = minute < (closed.get(floor)?.openFrom ?? -Infinity);
      if (isClosed && !isTooLate(minute, now)) lateMinutes.mark({ floor, minute }, now);
    },
    giveUp: (late, now) => lateMinutes.done(late, now, false),
    recomputed(late, values, before, now) {
      lateMinutes.done(late, now, (values ?? []).length > 0);
      const state = floorOf(late.floor, now);
      const layout = state?.layout;
      const isLate = late.minute + minuteMs < (state?.minutes.openFrom() ?? Infinity);
      const facts: OccupancyFact[] = [];
      const rows = new Map(before.filter(({ at }) => at === late.minute).map((row) => [row.space, row]));
      for (const [index, counted] of values ?? []) {
        const space = layout?.spaces[index];
        if (space === undefined) continue;
        const value = zeroed(space, late.minute, counted);
        const row = rows.get(space.key) ?? null;
        if (row === null || row.value !== value.value)
          facts.push(say(space, late.minute, value, row, isLate || row !== null));
        else if (differs(row, value)) keep(space, late.minute, value, row.revision);
      }
      return facts;
    },
    // Reading must not begin the minutes of a floor: when they begin decides which of its frames came in order.
    layout(id) {
      const floor = model.floors.get(id);
      return floors.get(id)?.layout ?? (floor === undefined ? null : layoutOf(floor, model));
    },
    live: (floor) => floors.get(floor)?.live ?? null,
    hasChanges: () => minutes.length > 0 || lost.length > 0,
    takeMinutes() {
      const taken = minutes;
      minutes = [];
      return taken;
    },
    takeLost() {
      const taken = lost;
      lost = [];
      return taken;
    },
    takeTooLate() {
      const taken = framesTooLate;
      framesTooLate = 0;
      return taken;
    },
    follow(next, now) {
      model = next;
      for (const [id, state] of floors) {
        const floor = model.floors.get(id);
        if (floor === undefined || state === null) floors.delete(id);
        else {
          const layout = layoutOf(floor, model);
          if (layout.text !== state.layout.text) replaceFloor(id, state, layout, now);
        }
      }
      forgetLost();
    },
  };
}

const split = (key: string): [LaidSpace["level"], string] => {
  const colon = key.indexOf(":");
  return [key.slice(0, colon) as LaidSpace["level"], key.slice(colon + 1)];
};

const differs = (row: SpaceMinute, { min, max, mean, observedMs }: MinuteValue): boolean =>
  row.min !== min || row.max !== max || row.mean !== mean || row.observedS !== Math.floor(observedMs / 1_000);

/** What it saw still stands: it is the same device at the same place. */
const isSame = (one: Sensor, other: Sensor): boolean =>
  one.mac === other.mac &&
  one.room?.id === other.room?.id &&
  JSON.stringify(one.footprint) === JSON.stringify(other.footprint);
