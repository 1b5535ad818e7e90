// When a recurring pass opens: days from one date to another, weekdays, and hours of the day [butterflymx.md §5.1]. Kept and
// shown as the client wrote it; the panel keeps to it. Pure.

import type { Problem } from "../../../errors.ts";
import { type Body, text } from "./pass-fields.ts";

/** Each absent: open. */
export interface Recurrence {
  /** `2026-11-29`. */
  readonly start_date?: string;
  readonly end_date?: string;
  /** `08:30`, by the clocks of the building. */
  readonly time_from?: string;
  readonly time_to?: string;
  readonly weekdays?: readonly string[];
}

export const passDate = /^\d{4}-\d\d-\d\d$/;
const mostWeekdays = 7;
export const weekday = /^[A-Za-z]{2,9}$/;
export const timeOfDay = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/;

export function recurrenceOf(body: Body, faults: Problem[]): Recurrence {
  const read = (field: keyof Recurrence, fits: (given: string) => boolean, form: string) => {
    const given = text(body, field, faults);
    if (given === undefined || fits(given)) return given;
    faults.push({ path: field, code: "invalid", message: `must be ${form}` });
    return undefined;
  };
  const start_date = read("start_date", isDate, "a date such as 2026-11-29");
  const end_date = read("end_date", isDate, "a date such as 2026-11-29");
  const time_from = read("time_from", (given) => timeOfDay.test(given), "a time such as 08:30");
  const time_to = read("time_to", (given) => timeOfDay.test(given), "a time such as 08:30");
  if (start_date !== undefined && end_date !== undefined && end_date < start_date) {
    faults.push({ path: "end_date", code: "invalid", message: "must not be before the start date" });
  }
  if (time_from !== undefined && time_to !== undefined && time_to <= time_from) {
    faults.push({ path: "time_to", code: "must_be_greater_than_time_from", message: "must be greater than time from" });
  }
  return Object.fromEntries(
    Object.entries({ start_date, end_date, time_from, time_to, weekdays: weekdaysOf(body["weekdays"], faults) }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function weekdaysOf(given: unknown, faults: Problem[]): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined;
  const isDay = (each: unknown): each is string => typeof each === "string" && weekday.test(each);
  if (Array.isArray(given) && given.length > 0 && given.length <= mostWeekdays && given.every(isDay)) return given;
  faults.push({ path: "weekdays", code: "invalid", message: `must be a list of 1 to ${mostWeekdays} names of days` });
  return undefined;
}

function isDate(text: string): boolean {
  const at = passDate.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}
