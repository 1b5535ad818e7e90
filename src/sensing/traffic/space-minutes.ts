// The minutes of a space by ins less outs of its doors: which of them are new or came out differently. Pure.

import type { Sensor } from "../../building/building.ts";
import { latenessMs, minuteMs, minuteOf } from "../../model/minute.ts";
import { type Timeline, walk } from "./running-count.ts";
import type { TrafficMinute } from "./traffic-minute.ts";

export interface Space extends Timeline {
  readonly site: string;
  /** MAC addresses by id of the sensors that counted. */
  readonly doors: Readonly<Record<string, string>>;
  /** When counting began. */
  readonly begun: number;
  /** The count where the minutes begin that can still change. */
  readonly count: number;
  /** When it was last known for certain. */
  readonly knownAt: number;
  /** The first minute told; null: none yet. */
  readonly toldFrom: number | null;
  /** Minutes told that can still change, but for those that are `count` throughout and were never corrected: a space in
   * which nothing happens costs no write. */
  readonly told: readonly TrafficMinute[];
  /** When a door was last passed or the count last set. */
  readonly last: number;
  /** Passages that came too late to correct their minute. */
  readonly late: number;
}

/** Which minutes to tell: from `first` on they can change, before `told` they were told, before `until` they are finished. */
export interface Span {
  readonly first: number;
  readonly told: number;
  readonly until: number;
}

/** The spaces that this sensor counts for: its room, and its floor where it is an entrance. */
export function spacesOf({ mode, countingLine, room, floor, isEntrance }: Sensor): readonly string[] {
  if (mode !== "traffic" && countingLine === null) return [];
  return [...(room === null ? [] : [room.id]), ...(isEntrance ? [floor.id] : [])];
}

/** Adds to `found`; returns the space with what can still change from now on. */
export function tellSpace(subject: string, space: Space, span: Span, found: TrafficMinute[]): Space {
  const { first, told, until } = span;
  const begin = Math.max(minuteOf(space.begun), first);
  if (begin >= until) return space;
  const stays = until - latenessMs;
  let { count } = walk(space.count, space, 0, begin);
  let countThere = space.count;
  const rows: TrafficMinute[] = [];
  for (let at = begin; at < until; at += minuteMs) {
    if (at <= stays) countThere = count;
    const from = Math.max(at, space.begun);
    const { count: value, min, max, mean } = walk(count, space, from, at + minuteMs);
    count = value;
    const observedS = Math.floor((at + minuteMs - from) / 1000);
    const now = {
      series: "traffic_occupancy",
      subject,
      at,
      value,
      out: 0,
      min,
      max,
      mean,
      observedS,
      revision: 0,
    } as const;
    const last = space.toldFrom !== null && at >= space.toldFrom && at < told ? toldAt(space, now) : null;
    const isNew = last === null || !isSame(last, now);
    const row = last === null || !isNew ? (last ?? now) : { ...now, revision: last.revision + 1 };
    if (isNew) found.push(row);
    rows.push(row);
  }
  return remembered(space, rows, begin, stays, begin > stays ? space.count : countThere);
}

function toldAt(space: Space, now: TrafficMinute): TrafficMinute {
  return space.told.find(({ at }) => at === now.at) ?? plain(now, space.count);
}

function plain(minute: TrafficMinute, count: number): TrafficMinute {
  return { ...minute, value: count, min: count, max: count, mean: count, observedS: 60, revision: 0 };
}

function isSame(a: TrafficMinute, b: TrafficMinute): boolean {
  return a.value === b.value && a.min === b.min && a.max === b.max && a.mean === b.mean && a.observedS === b.observedS;
}

/** Only what can still change. The same object where nothing is new. */
function remembered(space: Space, rows: readonly TrafficMinute[], begin: number, stays: number, count: number): Space {
  const steps = space.steps.filter(({ at }) => at >= stays);
  const known = space.known.filter(({ at }) => at >= stays);
  const told = rows.filter((row) => row.at >= stays && (row.revision > 0 || !isSame(row, plain(row, count))));
  const toldFrom = Math.min(space.toldFrom ?? Infinity, begin);
  const isIdle = told.length === 0 && space.told.length === 0 && space.steps.length === 0 && space.known.length === 0;
  if (isIdle && toldFrom === space.toldFrom && count === space.count) return space;
  const knownAt = space.known.findLast(({ at }) => at < stays)?.at ?? space.knownAt;
  return { ...space, steps, known, told, toldFrom, count, knownAt };
}
