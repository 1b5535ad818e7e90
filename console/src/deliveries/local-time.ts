// Moments as `datetime-local` fields have them: the time on a clock in a zone, without the zone. Pure.

import { offsetMinutes } from "../../../src/words/time.ts";

const minute = 60_000;

/** `2026-06-17T10:42`; empty where the moment is none. */
export function toLocal(iso: string, zone: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return "";
  return new Date(at + offsetMinutes(at, zone) * minute).toISOString().slice(0, 16);
}

/** ISO 8601 in UTC; null where there is no time. Of an hour that a clock shows twice it is one of the two. */
export function fromLocal(local: string, zone: string): string | null {
  const clock = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(local) ? Date.parse(`${local.slice(0, 16)}:00Z`) : Number.NaN;
  if (Number.isNaN(clock)) return null;
  const guess = clock - offsetMinutes(clock, zone) * minute;
  return new Date(clock - offsetMinutes(guess, zone) * minute).toISOString();
}
