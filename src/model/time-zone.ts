// What the clocks of a time zone show: how far they are ahead of UTC, and when that changes. Pure; Intl knows the time zones,
// and its answers are kept by the day, since each costs microseconds. Two changes of one zone within a day are not seen.

import { minuteMs } from "./minute.ts";

const dayMs = 86_400_000;

/** Zones and days of a zone that are kept. Both come from requests. */
const most = { zones: 64, days: 5_000 };

/** A moment at which the clocks are put forward or back. */
export interface ClockChange {
  readonly at: number;
  /** How far they were ahead of UTC before, and are from then on, ms. */
  readonly before: number;
  readonly after: number;
}

export interface ZoneClock {
  /** How far the clocks are ahead of UTC at this moment, ms. */
  offsetAt(at: number): number;
  /** The first change with `after` < change ≤ `until`, or null. */
  changeWithin(after: number, until: number): ClockChange | null;
}

const clocks = new Map<string, ZoneClock>();

/** Throws a RangeError for a name that is no time zone. */
export function clockOf(timeZone: string): ZoneClock {
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  if (clocks.size >= most.zones) clocks.clear();
  const clock = createZoneClock(formatOf(timeZone));
  clocks.set(timeZone, clock);
  return clock;
}

function createZoneClock(format: Intl.DateTimeFormat): ZoneClock {
  /** By day of UTC: the offset where it begins, and the change within it. */
  const offsets = new Map<number, number>();
  const changes = new Map<number, ClockChange>();

  const offsetOfDay = (day: number): number => {
    const known = offsets.get(day);
    if (known !== undefined) return known;
    if (offsets.size >= most.days) offsets.clear();
    const offset = askOffset(format, day * dayMs);
    offsets.set(day, offset);
    return offset;
  };

  const changeOfDay = (day: number): ClockChange | null => {
    const [before, after] = [offsetOfDay(day), offsetOfDay(day + 1)];
    if (before === after) return null;
    const known = changes.get(day);
    if (known !== undefined) return known;
    const change = { at: findChange(format, day, before), before, after };
    changes.set(day, change);
    return change;
  };

  return {
    offsetAt(at) {
      const day = Math.floor(at / dayMs);
      const change = changeOfDay(day);
      if (change === null) return offsetOfDay(day);
      return at < change.at ? change.before : change.after;
    },
    changeWithin(after, until) {
      // A change at the very beginning of a day is known of the day before it.
      for (let day = Math.floor(after / dayMs) - 1; day * dayMs <= until; day++) {
        const change = changeOfDay(day);
        if (change !== null && change.at > after && change.at <= until) return change;
      }
      return null;
    },
  };
}

/** The minute of the day at whose begin the clocks no longer show what they did. */
function findChange(format: Intl.DateTimeFormat, day: number, before: number): number {
  let [known, changed] = [0, dayMs / minuteMs];
  while (changed - known > 1) {
    const middle = (known + changed) >> 1;
    if (askOffset(format, day * dayMs + middle * minuteMs) === before) known = middle;
    else changed = middle;
  }
  return day * dayMs + changed * minuteMs;
}

function askOffset(format: Intl.DateTimeFormat, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat("en-u-hc-h23-nu-latn-ca-gregory", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
}
