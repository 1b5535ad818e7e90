// Moments as people and programs write them, the one rule for every way in: epoch milliseconds or ISO 8601 with a zone.
// Nothing is guessed: a time without a zone and a time in seconds are refused, since a guess could put an event hours or
// decades away from where it belongs.

const iso =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2})?)$/;

/** How far a sender's clock may be ahead of the server, ms [domain.md §2.7]: a later moment would close windows that are still
 * open. A frame from such a clock counts from its acceptance. */
export const mostAheadMs = 60_000;

/** A clock that shows an earlier time was never set: nothing that Belfry speaks to is older. */
const firstMoment = Date.UTC(2000, 0, 1);

/** Why a time cannot be that of an input. `says` is the end of a sentence that begins with the name of the field. */
export interface WrongTime {
  readonly code: "BAD_TIME" | "TIME_TOO_OLD" | "TOO_FAR_IN_FUTURE";
  readonly says: string;
}

/** When something was observed, epoch ms: the one rule for observations and ready-made events. `now`: epoch ms. */
export function readMoment(value: unknown, now: number): number | WrongTime {
  const at = readTime(value);
  if (typeof at === "string") return { code: "BAD_TIME", says: at };
  if (at < firstMoment) return { code: "TIME_TOO_OLD", says: "is before the year 2000. Set the sender's clock." };
  if (at <= now + mostAheadMs) return at;
  const says =
    value === at && at >= 1e15
      ? "looks like microseconds. Send milliseconds since 1970."
      : `is more than ${mostAheadMs / 1000} seconds ahead of the server. Set the sender's clock.`;
  return { code: "TOO_FAR_IN_FUTURE", says };
}

/** The last moment that a Date can hold, epoch ms. */
const latest = 8_640_000_000_000_000;

/** Epoch ms, or the end of a sentence about what is wrong with it. Digits below the millisecond are cut off. */
export function readTime(value: unknown): number | string {
  if (typeof value === "number") return readEpoch(value);
  if (typeof value === "string") return readIso(value);
  return "must be epoch milliseconds or an ISO 8601 time with a zone, such as 2026-06-17T10:12:19Z.";
}

function readEpoch(value: number): number | string {
  if (!Number.isSafeInteger(value) || value < 0 || value > latest) {
    return "must be a whole number of milliseconds since 1970.";
  }
  if (value >= 1e9 && value < 5e9) return "looks like seconds. Send milliseconds since 1970.";
  return value;
}

function readIso(text: string): number | string {
  const parts = iso.exec(text);
  if (parts === null) return "is not an ISO 8601 time with a zone. Write it like 2026-06-17T10:12:19Z.";
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const ms = Number((parts[7] ?? "").slice(0, 3).padEnd(3, "0"));
  const offset = (Number(parts[10] ?? 0) * 60 + Number(parts[11] ?? 0)) * (parts[9] === "-" ? -1 : 1);
  const midnight = Date.UTC(year, month - 1, day);
  // Date.UTC rolls 30 February over into March: what comes back must be what was asked for.
  const exists = new Date(midnight).getUTCMonth() === month - 1 && new Date(midnight).getUTCDate() === day;
  // A leap second, :60, is read as the second after it.
  if (!exists || hour > 23 || minute > 59 || second > 60 || Math.abs(offset) > 14 * 60 || Number(parts[11] ?? 0) > 59) {
    return "names a day or an hour that does not exist.";
  }
  const at = midnight + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms;
  return at < 0 ? "lies before 1970." : at;
}

/** `2026-06-17T10:12:19Z`, the form in which access logs carry time. */
export function secondText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
