// Which minutes count at all: times of the local day, and days of the week that are left out.

import { clockOf } from "../../../model/time-zone.ts";
import { fieldsOf, listOf, oneOf, type Reader } from "./reader.ts";
import { timeOfDay } from "./time-text.ts";
import { dayMs, minuteMs } from "./time-windows.ts";

const weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"] as const;
type Weekday = (typeof weekdays)[number];

interface DayRange {
  /** Minutes since midnight; a range that ends before it begins goes over midnight. */
  readonly start: number;
  readonly stop: number;
}

export interface OpeningHours {
  /** Empty: the whole day. */
  readonly ranges: readonly DayRange[];
  readonly without: readonly Weekday[];
}

const range: Reader<DayRange> = (value, path, faults) => {
  const fields = fieldsOf(value, path, faults, ["start", "stop"]);
  return { start: fields.need("start", timeOfDay, 0), stop: fields.need("stop", timeOfDay, 0) };
};

const weekday: Reader<Weekday | null> = (value, path, faults) =>
  oneOf(weekdays)(typeof value === "string" ? value.slice(0, 16).toLowerCase() : value, path, faults);

export const openingHours: Reader<OpeningHours> = (value, path, faults) => {
  const fields = fieldsOf(value, path, faults, ["time_ranges", "exclude_days_of_week"]);
  return {
    ranges: fields.get("time_ranges", listOf(range, 24)) ?? [],
    without: (fields.get("exclude_days_of_week", listOf(weekday, 7)) ?? []).filter((day) => day !== null),
  };
};

/** Whether the minute that begins at `at` counts; null: all do. */
export function isOpen(hours: OpeningHours | null, timeZone: string): ((at: number) => boolean) | null {
  if (hours === null || (hours.ranges.length === 0 && hours.without.length === 0)) return null;
  const clock = clockOf(timeZone);
  const { ranges, without } = hours;
  return (at) => {
    const local = at + clock.offsetAt(at);
    // 1970-01-01 was a Thursday.
    if (without.includes(weekdays[(Math.floor(local / dayMs) + 4) % 7]!)) return false;
    const minute = Math.floor((local % dayMs) / minuteMs);
    return ranges.length === 0 || ranges.some((each) => contains(each, minute));
  };
}

const contains = ({ start, stop }: DayRange, minute: number): boolean =>
  start <= stop ? minute >= start && minute < stop : minute >= start || minute < stop;
