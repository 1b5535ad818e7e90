// People in a room or on a floor by ins less outs of its doors, minute by minute. It drifts, so it begins at 0 every day at
// the site's own time and is kept apart from presence [domain.md §2.1]. No clock: `advance` says how late it is.

import type { BuildingModel, Room, Sensor } from "../../building/building.ts";
import { latenessMs } from "../../model/minute.ts";
import type { SensingRecords } from "../records.ts";
import { createDoorMinutes } from "./door-minutes.ts";
import { lastReset } from "./reset-time.ts";
import { addKnown, addStep, countAfter } from "./running-count.ts";
import { createResets } from "./resets.ts";
import { type Space, spacesOf, tellSpace } from "./space-minutes.ts";
import type { Passage } from "./traffic.ts";
import { finishedAt, finishedUntil, type TrafficMinute } from "./traffic-minute.ts";

export interface TrafficOccupancy {
  /** Somebody passed a door, or it reported nobody. */
  passed(passage: Passage, sensor: Sensor): void;
  /** The count is known at this moment. False, and nothing changes: no door of the space was heard yet, or the moment is more
   * than five minutes before the end of the last finished minute. */
  setPoint(space: string, at: number, count: number): boolean;
  /** Minutes that are finished at `now` or came out differently since they were. `absentSince`: see MotionSensing. */
  advance(now: number, model: BuildingModel, absentSince?: AbsentSince): readonly TrafficMinute[];
  /** The earliest time at which advance has something to do, epoch ms; Infinity: never. */
  nextDue(): number;
  /** null: no door of this space was heard yet. */
  current(space: string): TrafficCount | null;
  /** A space begins anew when one of the sensors that counted for it was removed, replaced or moved. */
  follow(model: BuildingModel): void;
}

export interface TrafficCount {
  readonly count: number;
  /** When a door was last passed or the count last set by hand, epoch ms. */
  readonly at: number;
  /** Passages that came too late to correct their minute. The count holds them unless it was known since. */
  readonly late: number;
}

export type AbsentSince = (room: Room, at: number, model: BuildingModel) => number | null;

/** How far everything is told. */
interface Progress {
  /** End of the last minute told. */
  readonly told: number;
  /** All resets up to here have happened. */
  readonly resets: number;
}

/** A server that was down for longer tells the last day only. */
const longestGapMs = 86_400_000;

export function createTrafficOccupancy(records: SensingRecords): TrafficOccupancy {
  const spaces = records.of<Space>("traffic-occupancy");
  const progressRecord = records.of<Progress>("traffic-progress");
  const doors = createDoorMinutes(records);
  const resets = createResets();

  const progress = (): Progress => progressRecord.get("") ?? { told: 0, resets: 0 };
  /** Minutes before this one stay as they are: a passage that is older corrects none. */
  const open = (): number => progress().told - latenessMs;

  /** Counting begins, or as it turns out began, at `at`; a reset between then and `upTo` has happened meanwhile. */
  const beginAt = (space: Space, at: number, upTo: number, { floor }: Sensor): Space => {
    const { timezone, occupancyReset } = floor.building.site;
    const reset = at < upTo ? lastReset(upTo, timezone, occupancyReset) : at;
    const begun = { ...space, begun: at };
    return reset > at ? { ...begun, known: addKnown(space.known, { at: reset, count: 0, by: "reset" }) } : begun;
  };

  const passSpace = (id: string, { at, in: entered, out: left }: Passage, sensor: Sensor): void => {
    const known = spaces.get(id);
    const mac = known?.doors[sensor.id];
    const goesOn = known !== undefined && (mac === undefined || mac === sensor.mac);
    const before = goesOn ? known : beginAt(emptySpace(sensor), at, progress().resets, sensor);
    const space = {
      ...(at < before.begun && at >= open() ? beginAt(before, at, before.begun, sensor) : before),
      doors: mac === sensor.mac ? before.doors : { ...before.doors, [sensor.id]: sensor.mac },
      last: Math.max(before.last, at),
    };
    const isLate = at < open();
    // Whoever passed before the count was known for certain is in it. Everybody else still counts, from now on.
    const isKnown = at < space.knownAt || space.known.some((known) => at <= known.at && known.at <= open());
    const steps =
      isLate && isKnown ? space.steps : addStep(space.steps, { at: Math.max(at, open()), in: entered, out: left });
    spaces.set(id, { ...space, steps, late: space.late + (isLate ? 1 : 0) });
  };

  /** Adds the resets that lie between the last call and now. */
  const addResets = (now: number, model: BuildingModel): void => {
    const { told, resets: from } = progress();
    const passed = resets.take(Math.max(from, now - longestGapMs), now, model);
    if (passed.size === 0) return;
    for (const [id, space] of spaces.entries()) {
      const missed = (passed.get(space.site) ?? []).filter((at) => at > space.begun);
      const known = missed.reduce((all, at) => addKnown(all, { at, count: 0, by: "reset" }), space.known);
      if (missed.length > 0) spaces.set(id, { ...space, known });
    }
    progressRecord.set("", { told, resets: now });
  };

  /** With the zero point that the room's motion sensors agree on. It lies where their agreement begins, or later where that
   * moment cannot change any more: nobody was there in between. */
  const zeroed = (space: Space, room: Room | undefined, at: number, since: number | null): Space => {
    if (room === undefined || since === null || since >= at) return space;
    const moment = Math.max(secondOf(since), open(), space.begun);
    const known = addKnown(space.known, { at: moment, count: 0, by: "point" });
    const changes = countAfter(space.count, space) !== countAfter(space.count, { ...space, known });
    return changes ? { ...space, known } : space;
  };

  return {
    passed(passage, sensor) {
      doors.passed(passage, sensor, open());
      const at = secondOf(passage.at);
      for (const id of spacesOf(sensor)) passSpace(id, { ...passage, at }, sensor);
    },
    setPoint(id, moment, count) {
      const at = secondOf(moment);
      const space = spaces.get(id);
      if (space === undefined || at < Math.max(open(), space.begun)) return false;
      const known = addKnown(space.known, { at, count, by: "point" });
      spaces.set(id, { ...space, known, last: Math.max(space.last, at) });
      return true;
    },
    advance(now, model, absentSince = () => null) {
      addResets(now, model);
      const until = finishedUntil(now);
      const { told } = progress();
      if (until <= told) return [];
      const minutes = doors.advance(until, until - latenessMs);
      for (const [id, space] of spaces.entries()) {
        const room = model.rooms.get(id);
        const since = room?.pirZero.enabled === true ? absentSince(room, until, model) : null;
        const first = Math.max(open(), until - longestGapMs);
        const next = tellSpace(id, zeroed(space, room, until, since), { first, told, until }, minutes);
        if (next !== space) spaces.set(id, next);
      }
      progressRecord.set("", { told: until, resets: Math.max(progress().resets, now) });
      return minutes;
    },
    nextDue() {
      const isIdle = doors.isEmpty() && isEmpty(spaces.entries());
      return isIdle ? Infinity : Math.min(finishedAt(progress().told), resets.next());
    },
    current(id) {
      const space = spaces.get(id);
      return space === undefined ? null : { count: countAfter(space.count, space), at: space.last, late: space.late };
    },
    follow(model) {
      resets.forget();
      doors.follow(model);
      for (const [id, { doors: counted, site }] of spaces.entries()) {
        const isDoor = ([sensor, mac]: readonly [string, string]): boolean => {
          const now = model.sensors.get(sensor);
          return now?.mac === mac && now.floor.building.site.id === site && spacesOf(now).includes(id);
        };
        if (!Object.entries(counted).every(isDoor)) spaces.delete(id);
      }
    },
  };
}

/** Spaces count by the second, so that a busy door cannot make their records long. */
const secondOf = (at: number): number => Math.floor(at / 1_000) * 1_000;

function emptySpace({ floor }: Sensor): Space {
  const site = floor.building.site.id;
  const times = { begun: Infinity, knownAt: -Infinity, toldFrom: null, last: -Infinity };
  return { site, doors: {}, ...times, count: 0, steps: [], known: [], told: [], late: 0 };
}

const isEmpty = (entries: Iterable<unknown>): boolean => entries[Symbol.iterator]().next().done === true;
