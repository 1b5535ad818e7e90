// The people on all floors of an organization, now and by the minute. Joins, for each floor, what is said at once and what is
// said when a minute is over.

import type { BuildingModel } from "../../building/building.ts";
import type { DetectionsFact, OccupancyFact } from "../../model/fact.ts";
import { minuteMs } from "../../model/minute.ts";
import type { DetectionsObservation } from "../../model/observation.ts";
import { detectionsOf } from "../detections.ts";
import { type ClosedMinute, closeAfterMs, isTooLate, tooLate } from "../minutes/floor-minutes.ts";
import { createLateMinutes, type LateMinute } from "../minutes/late-minutes.ts";
import type { SpaceValues } from "../minutes/sampler.ts";
import { createToldMinutes, type SpaceMinute } from "../minutes/told-minutes.ts";
import type { SensingRecords } from "../records.ts";
import type { FloorLayout, LaidSpace } from "./floor-layout.ts";
import { createFloors, type FloorState } from "./floors.ts";
import { frameOf } from "./frame-of.ts";
import type { Frame } from "./frame.ts";
import type { LiveFloor } from "./live-floor.ts";
import { createStatements } from "./statements.ts";

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
    values: SpaceValues,
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

/** `isEmptied`: whether motion sensors say that nobody was in the room in this minute. */
export function createPresence(
  records: SensingRecords,
  firstModel: BuildingModel,
  isEmptied: (room: string, minute: number) => boolean,
): PresenceSensing {
  let model = firstModel;
  const statements = createStatements(records);
  const lateMinutes = createLateMinutes(records);
  const floors = createFloors(records, statements, firstModel);
  const told = createToldMinutes((space, minute) => {
    const room = roomOf(space, model);
    return room !== undefined && isEmptied(room, minute);
  });
  let lost: LaidSpace[] = [];
  let framesTooLate = 0;
  let turn = 0;

  function fold(observation: DetectionsObservation, acceptedAt: number, isSilent: boolean): PresenceFold | null {
    const sensor = model.sensors.get(observation.sensor);
    const state = sensor === undefined ? null : floors.of(sensor.floor.id, acceptedAt);
    const laid = state?.layout.sensor(sensor!.id);
    if (state === null || laid === undefined) return null;
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

  function close({ layout }: FloorState, { minute, values }: ClosedMinute, now: number): readonly OccupancyFact[] {
    if (values !== null) return values.map(([index, value]) => told.close(layout.spaces[index]!, minute, value));
    lateMinutes.mark({ floor: layout.floor.id, minute }, now, "atOnce");
    return [];
  }

  return {
    fold: (observation, acceptedAt) => fold(observation, acceptedAt, false),
    reread: (observation, acceptedAt) => void fold(observation, acceptedAt, true),
    resume(at) {
      for (const { live } of floors.all().values()) live.resume(at);
    },
    advance(now) {
      const facts: OccupancyFact[] = [];
      const all = [...floors.all()];
      for (let count = 0; count < all.length; count++) {
        if (facts.length >= enoughFacts) break;
        // Where it broke off last time it goes on.
        const [id, state] = all[turn++ % all.length]!;
        if (state.live.nextDue() <= now) {
          facts.push(...state.live.advance(now));
          lost.push(...state.live.takeLost());
        }
        if (state.minutes.nextDue() > now) continue;
        for (const each of state.minutes.advance(now, enoughFacts - facts.length)) {
          facts.push(...close(state, each, now));
        }
        floors.keepClosed(id, state);
      }
      return facts;
    },
    nextDue() {
      let next = lateMinutes.nextDue();
      for (const { live, minutes } of floors.all().values()) {
        next = Math.min(next, live.nextDue(), minutes.nextDue());
      }
      return next;
    },
    late: lateMinutes.due,
    recompute(floor, from, until, now) {
      const known = floors.of(floor, now)?.minutes;
      // A minute that is still to be closed would be told for the first time twice.
      const end = Math.min(until, known?.isOpen() === true ? known.openFrom() : now - minuteMs - closeAfterMs);
      const minutes: number[] = [];
      for (let minute = from; minute < end; minute += minuteMs) minutes.push(minute);
      if (minutes.length > 0) lateMinutes.ask(floor, minutes, now);
      return lateMinutes.asked(floor);
    },
    reconsider(floor, minute, now) {
      if (minute < floors.openFrom(floor) && !isTooLate(minute, now)) lateMinutes.mark({ floor, minute }, now);
    },
    giveUp: (late, now) => lateMinutes.done(late, now, false),
    recomputed(late, values, before, now) {
      lateMinutes.done(late, now, values.length > 0);
      const state = floors.of(late.floor, now);
      if (state === null) return [];
      const isLate = late.minute + minuteMs < state.minutes.openFrom();
      const rows = new Map(before.filter(({ at }) => at === late.minute).map((row) => [row.space, row]));
      return values.flatMap(([index, value]) => {
        const space = state.layout.spaces[index];
        if (space === undefined) return [];
        return told.correct(space, late.minute, value, rows.get(space.key) ?? null, isLate) ?? [];
      });
    },
    layout: floors.layout,
    live: (floor) => floors.all().get(floor)?.live ?? null,
    hasChanges: () => told.hasChanges() || lost.length > 0,
    takeMinutes: told.take,
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
      lost.push(...floors.follow(model, now));
    },
  };
}

/** The room whose motion sensors speak for the space; undefined: none. */
function roomOf({ level, id }: LaidSpace, model: BuildingModel): string | undefined {
  if (level === "floor") return undefined;
  return level === "room" ? id : model.zones.get(id)?.room?.id;
}
