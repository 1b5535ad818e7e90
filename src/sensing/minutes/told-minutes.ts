// Minutes of spaces as they are told: first values and corrections, each with its row. Nobody is in a room that its motion
// sensors say was empty, whatever was seen.

import type { OccupancyFact } from "../../model/fact.ts";
import type { Minute } from "../../model/minute.ts";
import type { LaidSpace } from "../presence/floor-layout.ts";
import type { MinuteValue } from "./estimator.ts";

/** A minute of a space, by its key (`room:ID`). */
export interface SpaceMinute extends Minute {
  readonly space: string;
}

export interface ToldMinutes {
  /** The value of a minute that is over. */
  close(space: LaidSpace, minute: number, counted: MinuteValue): OccupancyFact;
  /** Its value as the log has it; null: as it was told. `before`: its row; null: it has none. `isLate`: later minutes are
   * closed. */
  correct(
    space: LaidSpace,
    minute: number,
    counted: MinuteValue,
    before: SpaceMinute | null,
    isLate: boolean,
  ): OccupancyFact | null;
  /** Whether there are rows to take. */
  hasChanges(): boolean;
  /** Rows that are new or changed since the last call. */
  take(): readonly SpaceMinute[];
}

/** `isEmptied`: whether nobody was in the space in this minute, from its begin to its end, as motion sensors say. */
export function createToldMinutes(isEmptied: (space: LaidSpace, minute: number) => boolean): ToldMinutes {
  let rows: SpaceMinute[] = [];

  function rowOf(space: LaidSpace, at: number, counted: MinuteValue, revision: number): SpaceMinute {
    const { value, min, max, mean } = isEmptied(space, at) ? empty : counted;
    const observedS = Math.floor(counted.observedMs / 1_000);
    return { space: space.key, at, value, out: 0, min, max, mean, observedS, revision };
  }

  function tell(
    { level, id }: LaidSpace,
    row: SpaceMinute,
    before: SpaceMinute | null,
    isLate: boolean,
  ): OccupancyFact {
    rows.push(row);
    const { at, value: count, revision } = row;
    const fact = { kind: "occupancy", level, space: id, window: "minute", at, count, revision, isLate } as const;
    return before === null ? fact : { ...fact, previous: before.value };
  }

  return {
    close: (space, minute, counted) => tell(space, rowOf(space, minute, counted, 0), null, false),
    correct(space, minute, counted, before, isLate) {
      const revision = before === null ? 0 : before.revision + 1;
      const row = rowOf(space, minute, counted, revision);
      if (before === null || before.value !== row.value) return tell(space, row, before, isLate || before !== null);
      if (differs(row, before)) rows.push({ ...row, revision: before.revision });
      return null;
    },
    hasChanges: () => rows.length > 0,
    take() {
      const taken = rows;
      rows = [];
      return taken;
    },
  };
}

const empty = { value: 0, min: 0, max: 0, mean: 0 };

const differs = (one: SpaceMinute, other: SpaceMinute): boolean =>
  one.min !== other.min || one.max !== other.max || one.mean !== other.mean || one.observedS !== other.observedS;
