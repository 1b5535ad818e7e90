// When a day of counting ends: a minute of the local day, turned into moments. Pure; Intl knows the time zones, and what it
// says is remembered, since asking it costs microseconds.

const day = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The last moment up to and including `at` at which the clocks of the zone showed this minute of the day. On a day that has
 * the minute twice it is the first of both; on one that skips it, as much later as the clocks were put forward. */
export function lastReset(at: number, timeZone: string, minuteOfDay: number): number {
  const today = localDay(at, timeZone);
  for (let back = 0; ; back++) {
    const reset = momentOf(today - back * day + minuteOfDay * 60_000, timeZone);
    if (reset <= at) return reset;
  }
}

/** The first moment after `at`, likewise. */
export function nextReset(at: number, timeZone: string, minuteOfDay: number): number {
  const today = localDay(at, timeZone);
  for (let ahead = 0; ; ahead++) {
    const reset = momentOf(today + ahead * day + minuteOfDay * 60_000, timeZone);
    if (reset > at) return reset;
  }
}

/** `local`: a local time written as if it were UTC. */
function momentOf(local: number, timeZone: string): number {
  const offsets = [offsetAt(local - day, timeZone), offsetAt(local + day, timeZone)];
  const candidates = offsets.map((offset) => local - offset).toSorted((a, b) => a - b);
  return candidates.find((moment) => moment + offsetAt(moment, timeZone) === local) ?? local - offsets[0]!;
}

/** Midnight of the local day, written as if it were UTC. */
function localDay(at: number, timeZone: string): number {
  return Math.floor((at + offsetAt(at, timeZone)) / day) * day;
}

/** How far the clocks of the zone are ahead of UTC, ms. */
function offsetAt(at: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) formats.set(timeZone, (format = formatOf(timeZone)));
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
