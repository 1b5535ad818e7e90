// Wall clocks without a zone, as recordings have them, taken as UTC.

/** `2005-07-24` and `13:30:00` (or `9:05:00`); null: not a time. */
export function wallClock(date: string, time: string): number | null {
  const day = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(date.trim());
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(time.trim());
  if (day === null || clock === null) return null;
  const [year, month, date_] = day.slice(1).map(Number) as [number, number, number];
  const [hour, minute, second] = clock.slice(1).map(Number) as [number, number, number];
  const at = Date.UTC(year, month - 1, date_, hour, minute, second);
  const back = new Date(at);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === date_ && back.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? at : null;
}

/** The same for dates as spreadsheets rewrite them: the year first or last, months before days or after, with any of `/`, `-`
 * and `.`. Where two readings are dates, the one within `from` ≤ moment < `until` (epoch ms) is meant; null: none is. */
export function wallClockWithin(date: string, time: string, from: number, until: number): number | null {
  const [, first, second, third] = /^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})$/.exec(date.trim()) ?? [];
  if (first === undefined) return null;
  const readings =
    first.length === 4
      ? [`${first}-${second}-${third}`]
      : [`${third}-${first}-${second}`, `${third}-${second}-${first}`];
  const times = readings.map((reading) => wallClock(reading, time)).filter((at) => at !== null);
  return times.find((at) => at >= from && at < until) ?? null;
}
