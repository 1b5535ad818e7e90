// How many people every space of a floor holds as far as its presence sensors tell, and how well that is known. Reads only.

import type { BuildingModel } from "../../building/building.ts";
import type { SpaceLevel } from "../../model/fact.ts";
import type { FloorLayout } from "./floor-layout.ts";
import type { LiveFloor } from "./live-floor.ts";

export interface PresenceNow {
  readonly level: SpaceLevel;
  readonly id: string;
  /** null: unknown, since none of its sensors is heard. Never 0 for that. */
  readonly value: number | null;
  /** Moment of the newest frame that counts, epoch ms; null where `value` is. */
  readonly at: number | null;
  /** Placed sensors that speak for the space, and those of them that are heard. */
  readonly sensors: number;
  readonly heard: number;
  /** Presence sensors of the space that are not placed, so that nothing they see counts. */
  readonly unplaced: number;
}

/** `live`: null where no frame has come yet. */
export function presenceNow(layout: FloorLayout, live: LiveFloor | null, model: BuildingModel): readonly PresenceNow[] {
  const newest = newestFrames(layout, live);
  const unplaced = unplacedOf(layout, model);
  return layout.spaces.map(({ index, level, id, sensors }) => {
    const heard = live === null ? 0 : live.view.heard(index);
    return {
      level,
      id,
      value: heard === 0 ? null : live!.view.count(index),
      at: heard === 0 ? null : newest[index]!,
      sensors,
      heard,
      unplaced: unplaced[index]!,
    };
  });
}

/** By index of the space. */
function newestFrames({ spaces, sensors }: FloorLayout, live: LiveFloor | null): readonly number[] {
  const newest = spaces.map(() => -Infinity);
  for (const { index, speaksFor } of sensors) {
    const at = live?.shownFrame(index)?.at;
    if (at !== undefined) for (const space of speaksFor) newest[space] = Math.max(newest[space]!, at);
  }
  return newest;
}

/** By index of the space. */
function unplacedOf({ floor, spaces, indexOf }: FloorLayout, model: BuildingModel): readonly number[] {
  const unplaced = spaces.map(() => 0);
  for (const { mode, footprint, room, zones } of model.sensorsOfFloor(floor.id)) {
    if (mode !== "presence" || footprint !== null) continue;
    unplaced[0]!++;
    for (const each of [...(room === null ? [] : [room]), ...zones]) {
      const index = indexOf(each);
      if (index > 0) unplaced[index]!++;
    }
  }
  return unplaced;
}
