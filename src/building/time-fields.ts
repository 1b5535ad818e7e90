// Reading the fields of a building model that are about time: that of a site, and moments.

import { readTime } from "../model/moment.ts";
import { type At, described, fault, isFull } from "./fields.ts";

export const timeZone = described(
  (value, at) =>
    typeof value === "string" && isKnown(value, at)
      ? value
      : fault(at, "UNKNOWN_TIME_ZONE", "must be an IANA time zone, such as America/Los_Angeles"),
  { type: "string", pattern: "^[A-Za-z]", description: "An IANA time zone." },
);

export const timeOfDay = described(
  (value, at) =>
    typeof value === "string" && minuteOfDay(value) !== null
      ? value
      : fault(at, "WRONG_VALUE", "must be a local time of the form HH:MM, such as 04:00"),
  { type: "string", pattern: "^([01]\\d|2[0-3]):[0-5]\\d$" },
);

export const moment = described(
  (value, at) =>
    typeof value === "string" && typeof readTime(value) === "number"
      ? value
      : fault(at, "WRONG_VALUE", "must be an ISO 8601 time with a zone, such as 2026-06-17T10:12:19Z"),
  { type: "string", format: "date-time" },
);

/** Minutes since midnight; null: not of the form HH:MM. */
export function minuteOfDay(time: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  return hours === undefined ? null : Number(hours) * 60 + Number(minutes);
}

/** Names only: engines take offsets such as +01:00 as well, which know no summer. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** Each name is looked up once, however many sites have it, and none once the faults are too many to be told. */
function isKnown(name: string, at: At): boolean {
  if (isFull(at)) return false;
  const key = name.toLowerCase();
  const known = at.timeZones.get(key) ?? isTimeZone(name);
  at.timeZones.set(key, known);
  return known;
}
