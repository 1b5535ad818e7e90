// Which minutes may be computed again: whole ones that are over and that the observation log still holds.

import { BelfryError } from "../errors.ts";
import { minuteMs, minuteOf } from "../model/minute.ts";
import { closeAfterMs, neededFor } from "../sensing/sensing.ts";

const mostMs = 24 * 60 * minuteMs;
/** More of one floor must not wait. */
export const mostWaiting: number = mostMs / minuteMs;
/** A minute is told by then; one that is not told yet is computed anyway. */
const overAfterMs = closeAfterMs + 6_000;

/** Throws INVALID, with what to ask for instead. `kept`: see keptFrom. */
export function checkRange(from: number, until: number, now: number, kept: number): void {
  const objection = objectionTo(from, until, now) ?? objectionToLog(from, kept);
  if (objection !== null) {
    throw new BelfryError("INVALID", objection.message, { problems: [{ ...objection, code: "INVALID" }] });
  }
}

function objectionTo(from: number, until: number, now: number): { path: string; message: string } | null {
  const uneven = [["from", from] as const, ["to", until] as const].find(([, at]) => at % minuteMs !== 0);
  if (uneven !== undefined) {
    return { path: uneven[0], message: `${uneven[0]} must be the begin of a minute, such as ${iso(minuteOf(now))}.` };
  }
  if (until <= from) return { path: "to", message: "to must be later than from: it is the end of the last minute." };
  if (until - from > mostMs) return { path: "to", message: "At most 24 hours can be computed at once. Ask for parts." };
  const last = minuteOf(now - overAfterMs);
  if (until <= last) return null;
  return { path: "to", message: `to must not be later than ${iso(last)}: later minutes are not over.` };
}

function objectionToLog(from: number, kept: number): { path: string; message: string } | null {
  if (neededFor(from).from >= kept) return null;
  if (kept === Infinity) return { path: "from", message: "The observation log is empty: there is nothing to compute." };
  // A minute needs somewhat more of the log than itself.
  const before = from - neededFor(from).from;
  const first = Math.ceil((kept + before) / minuteMs) * minuteMs;
  return {
    path: "from",
    message: `from must not be earlier than ${iso(first)}: the observation log is not kept longer (BELFRY_RETENTION_OBSERVATIONS).`,
  };
}

const iso = (at: number): string => new Date(at).toISOString();
