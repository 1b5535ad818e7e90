// Times and lengths as reporting requests write them: `5m`, `-20m`, `now`, RFC 3339, `09:00`.

import { isTimeZone, minuteOfDay } from "../../../building/time-fields.ts";
import { readTime } from "../../../model/moment.ts";
import { note, type Reader } from "./reader.ts";
import { dayMs, hourMs, minuteMs } from "./time-windows.ts";

const units: Readonly<Record<string, number>> = { s: 1_000, m: minuteMs, h: hourMs, d: dayMs, w: 7 * dayMs };

/** ms of `90s`, `5m`, `1h`, `1d`, `1w`; null: not of that form. */
function lengthOf(text: unknown): number | null {
  const [, digits, unit] = typeof text === "string" ? (/^(\d{1,9})([smhdw])$/.exec(text) ?? []) : [];
  return digits === undefined ? null : Number(digits) * units[unit!]!;
}

/** The length of a window: whole minutes, from one to a week. */
export const windowLength: Reader<number> = (value, path, faults) => {
  const length = lengthOf(value);
  if (length !== null && length % minuteMs === 0 && length >= minuteMs && length <= 7 * dayMs) return length;
  note(faults, path, "must be whole minutes from 1m to 1w, such as 60s, 15m, 1h, 1d.");
  return hourMs;
};

/** By how much windows are moved: whole minutes, less than a week, with or without a minus. */
export const windowOffset: Reader<number> = (value, path, faults) => {
  const text = typeof value === "string" ? value : "";
  const length = lengthOf(text.replace(/^-/, ""));
  if (length !== null && length % minuteMs === 0 && length < 7 * dayMs) return text.startsWith("-") ? -length : length;
  note(faults, path, "must be whole minutes, less than a week, such as 30m or -6h.");
  return 0;
};

/** Epoch ms of an RFC 3339 time, `now`, or a time before now such as `-20m`. */
export const moment =
  (now: number): Reader<number> =>
  (value, path, faults) => {
    if (value === "now") return now;
    const back = typeof value === "string" && value.startsWith("-") ? lengthOf(value.slice(1)) : null;
    if (back !== null) return Math.max(0, now - back);
    const at = typeof value === "string" ? readTime(value) : "";
    if (typeof at === "number") return at;
    note(
      faults,
      path,
      "must be a time with a zone such as 2026-06-17T10:00:00Z, a time before now such as -24h, or now.",
    );
    return now;
  };

export const timeZone: Reader<string> = (value, path, faults) => {
  if (typeof value === "string" && value.length <= 64 && isTimeZone(value)) return value;
  note(faults, path, "must be an IANA time zone, such as America/Los_Angeles.");
  return "UTC";
};

/** Minutes since midnight. `24:00` is the end of the day. */
export const timeOfDay: Reader<number> = (value, path, faults) => {
  const minute = value === "24:00" ? 24 * 60 : typeof value === "string" ? minuteOfDay(value.slice(0, 8)) : null;
  if (minute === null) note(faults, path, "must be a local time of the form HH:MM, such as 09:00.");
  return minute ?? 0;
};

/** `2026-06-17T10:00:00Z`, with milliseconds only where there are some. */
export const timeText = (at: number): string => new Date(at).toISOString().replace(".000Z", "Z");
