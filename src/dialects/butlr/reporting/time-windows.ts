// The windows of a report: which of them a minute belongs to. Short ones count from 1970 in UTC, those of an hour or more follow
// the clocks of a time zone, and of days there is always a whole one, whatever the clocks do. Pure.

import { clockOf, type ZoneClock } from "../../../model/time-zone.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** From `start` until before `stop`, epoch ms. It is named after its end. */
export interface TimeWindow {
  readonly start: number;
  readonly stop: number;
}

/** The window that holds a moment. The windows of a grid follow each other without gaps. */
export type WindowGrid = (at: number) => TimeWindow;

/** Monday, 1970-01-05: weeks begin on a Monday. */
const firstMonday = 4 * dayMs;

/** `every` and `offset` in ms; the offset moves all windows later. Throws a RangeError for an unknown time zone. */
export function windowGrid(every: number, timeZone: string, offset = 0): WindowGrid {
  if (every < hourMs) return fixedGrid(every, offset);
  const clock = clockOf(timeZone);
  if (every % dayMs !== 0) return hourGrid(every, offset, clock);
  const origin = offset + (every % (7 * dayMs) === 0 ? firstMonday : 0);
  return dayGrid(every, origin, clock);
}

function fixedGrid(every: number, origin: number): WindowGrid {
  return (at) => {
    const start = floorTo(at, every, origin);
    return { start, stop: start + every };
  };
}

/** A window begins whenever the clocks come to show a multiple of `every`, or jump over one. So an hour that the clocks show
 * twice is two windows. */
function hourGrid(every: number, origin: number, clock: ZoneClock): WindowGrid {
  const floor = (local: number): number => floorTo(local, every, origin);

  const startOf = (at: number): number => {
    const offset = clock.offsetAt(at);
    const shown = floor(at + offset);
    const start = shown - offset;
    const change = clock.changeWithin(start, at);
    if (change === null) return start;
    // The clocks were put forward over the beginning of this window, or back from later to within it.
    const { before } = change;
    if (change.after > before && shown >= change.at + before) return change.at;
    return floor(change.at - 1 + before) - before;
  };

  const stopOf = (at: number): number => {
    const offset = clock.offsetAt(at);
    const next = floor(at + offset) + every;
    const change = clock.changeWithin(at, next - offset);
    if (change === null) return next - offset;
    const shown = change.at + change.after;
    if (change.after > change.before ? next <= shown : floor(shown) === shown) return change.at;
    return (change.after > change.before ? next : floor(shown) + every) - change.after;
  };

  return (at) => ({ start: startOf(at), stop: stopOf(at) });
}

/** A window begins when the clocks show its first midnight for the first time, or jump over it. */
function dayGrid(every: number, origin: number, clock: ZoneClock): WindowGrid {
  return (at) => {
    let shown = floorTo(at + clock.offsetAt(at), every, origin);
    let stop = firstMoment(shown + every, clock);
    // Just after the clocks went back over midnight they show the day that is already over.
    for (; stop <= at; stop = firstMoment(shown + every, clock)) shown += every;
    return { start: firstMoment(shown, clock), stop };
  };
}

/** When the clocks first showed this local time or a later one. `local` is written as if it were UTC. */
function firstMoment(local: number, clock: ZoneClock): number {
  const change = clock.changeWithin(local - dayMs, local + dayMs);
  if (change === null) return local - clock.offsetAt(local);
  const early = local - change.before;
  return early < change.at ? early : Math.max(change.at, local - change.after);
}

const floorTo = (at: number, every: number, origin: number): number =>
  Math.floor((at - origin) / every) * every + origin;
