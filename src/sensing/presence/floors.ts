// The floors on which something was sensed: what is shown of each now, its open minutes, and which are closed. A floor is made
// when it is first needed, and made anew when the building model changes what stands on it.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import type { SpaceLevel } from "../../model/fact.ts";
import { createFloorMinutes, type FloorMinutes } from "../minutes/floor-minutes.ts";
import type { SensingRecords } from "../records.ts";
import { type FloorLayout, floorOf, type LaidSpace, layoutOf } from "./floor-layout.ts";
import { createLiveFloor, type LiveFloor } from "./live-floor.ts";
import type { Statements } from "./statements.ts";

export interface FloorState {
  readonly layout: FloorLayout;
  readonly live: LiveFloor;
  readonly minutes: FloorMinutes;
}

export interface Floors {
  /** null: the model does not have it. `now`: epoch ms, of the acceptance that made it needed. */
  of(id: string, now: number): FloorState | null;
  /** Those that were made. */
  all(): ReadonlyMap<string, FloorState>;
  /** null: the model does not have it. To read: it makes no floor. */
  layout(id: string): FloorLayout | null;
  /** Minutes before it are closed, also where the floor was not needed since the start. */
  openFrom(id: string): number;
  /** Remembers which of its minutes are closed. */
  keepClosed(id: string, state: FloorState): void;
  /** Gives back spaces that were spoken of and that no sensor speaks for any more. */
  follow(model: BuildingModel, now: number): readonly LaidSpace[];
}

/** What is kept of a floor. */
interface Closed {
  /** Minutes before it are closed. */
  readonly openFrom: number;
  /** Its newest frame, epoch ms. */
  readonly time?: number;
}

const neverClosed: Closed = { openFrom: -Infinity };

export function createFloors(records: SensingRecords, statements: Statements, firstModel: BuildingModel): Floors {
  let model = firstModel;
  const closed = records.of<Closed>("minutes");
  const floors = new Map<string, FloorState>();

  const made = (layout: FloorLayout, { openFrom, time }: Closed, now: number): FloorState => ({
    layout,
    live: createLiveFloor(layout, statements, time),
    minutes: createFloorMinutes(layout, openFrom, now),
  });

  function of(id: string, now: number): FloorState | null {
    const known = floors.get(id);
    const floor = known === undefined ? model.floors.get(id) : undefined;
    if (floor === undefined) return known ?? null;
    const state = made(layoutOf(floor, model), closed.get(id) ?? neverClosed, now);
    floors.set(id, state);
    return state;
  }

  /** What is shown now stays shown where the sensor is the same. */
  function replace(id: string, state: FloorState, layout: FloorLayout, now: number): void {
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

  function forgetLost(): readonly LaidSpace[] {
    const lost: LaidSpace[] = [];
    for (const key of statements.keys()) {
      const [level, id] = split(key);
      const place = floorOf(level, id, model);
      const space = place === undefined ? undefined : of(place.id, 0)?.layout.space(key);
      if (space !== undefined && space.sensors > 0) continue;
      statements.forget(key);
      lost.push(space ?? { index: -1, level, id, key, isSum: false, sensors: 0 });
    }
    return lost;
  }

  return {
    of,
    all: () => floors,
    // When the minutes of a floor begin decides which of its frames came in order.
    layout(id) {
      const floor = model.floors.get(id);
      return floors.get(id)?.layout ?? (floor === undefined ? null : layoutOf(floor, model));
    },
    openFrom: (id) => closed.get(id)?.openFrom ?? -Infinity,
    keepClosed(id, { minutes, live }) {
      const openFrom = minutes.openFrom();
      const time = live.time();
      // Once a minute: that is as exact as the log that is read again.
      if (closed.get(id)?.openFrom !== openFrom) closed.set(id, { openFrom, ...(time > -Infinity && { time }) });
    },
    follow(next, now) {
      model = next;
      for (const [id, state] of floors) {
        const floor = model.floors.get(id);
        if (floor === undefined) {
          floors.delete(id);
          continue;
        }
        const layout = layoutOf(floor, model);
        if (layout.text !== state.layout.text) replace(id, state, layout, now);
      }
      return forgetLost();
    },
  };
}

function split(key: string): readonly [SpaceLevel, string] {
  const colon = key.indexOf(":");
  return [key.slice(0, colon) as SpaceLevel, key.slice(colon + 1)];
}

/** What it saw still stands: it is the same device at the same place. */
const isSame = (one: Sensor, other: Sensor): boolean =>
  one.mac === other.mac &&
  one.room?.id === other.room?.id &&
  JSON.stringify(one.footprint) === JSON.stringify(other.footprint);
