// The windows of a report as plainly as they can be worked out: minute by minute, asking Intl each time what the clocks show.

import type { TimeWindow } from "../../../../src/dialects/butlr/reporting/time-windows.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
const monday = 4 * day;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks show, written as if it were UTC. */
export function shownAt(at: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    });
    formats.set(timeZone, format);
  }
  const [year, month, date, hours, minutes] = format.format(at).match(/\d+/g)!;
  return Date.UTC(Number(year), Number(month) - 1, Number(date), Number(hours), Number(minutes));
}

/** All windows that begin from `from` until before `until`, each with its end. */
export function plainWindows(every: number, timeZone: string, from: number, until: number): TimeWindow[] {
  const origin = every % (7 * day) === 0 ? monday : 0;
  const numberOf = (local: number): number => Math.floor((local - origin) / every);
  const starts: number[] = [];
  let before = shownAt(from - minute, timeZone);
  let furthest = before;
  for (let at = from; at < until; at += minute) {
    const shown = every < hour ? at : shownAt(at, timeZone);
    if (every < hour) {
      if (at % every === 0) starts.push(at);
    } else if (every % day === 0) {
      if (numberOf(shown) > numberOf(furthest)) starts.push(at);
      furthest = Math.max(furthest, shown);
    } else if (shown % every === 0 || (shown > before + minute && numberOf(shown) > numberOf(before))) {
      starts.push(at);
    }
    before = shown;
  }
  return starts.slice(1).map((stop, index) => ({ start: starts[index]!, stop }));
}
