// How an hour of minutes of one subject is stored: equal minutes in a row as one run, numbers as varints. An empty night takes
// a few bytes. Pure; every engine of the store uses it. Bytes once written must stay readable: add a version, never change one.

import { isMinute, type Minute, minuteMs } from "../model/minute.ts";

export const hourMs = 3_600_000;

/** The first byte. After it come runs: head, minutes skipped (if `gap`), value, out (if `out`), least, most and mean (unless
 * `flat`), seconds observed (if `short`), revision (if `revised`). */
const version = 1;

/** Bits of a head. The bits above them are the length of the run less one, so that up to 4 minutes have a head of one byte. */
const bits = { flat: 1, out: 2, short: 4, revised: 8, gap: 16 } as const;
const lengthUnit = 32;

const minutesOfHour = 60;

/** `minutes` must be of the hour that begins at `hour` (epoch ms), in ascending order. Throws a RangeError for numbers that a
 * minute cannot have. */
export function encodeHour(hour: number, minutes: readonly Minute[]): Uint8Array {
  const bytes = [version];
  let next = 0;
  for (let first = 0; first < minutes.length; ) {
    const minute = minutes[first]!;
    const begin = (minute.at - hour) / minuteMs;
    let length = 1;
    while (continues(minute, length, minutes[first + length])) length++;
    if (!Number.isInteger(begin) || begin < next || begin + length > minutesOfHour) {
      throw new RangeError(`minute ${minute.at} has no place after minute ${next} of the hour ${hour}`);
    }
    check(minute);
    writeRun(bytes, minute, begin - next, length);
    next = begin + length;
    first += length;
  }
  return Uint8Array.from(bytes);
}

/** Throws an Error for bytes that `encodeHour` has not written. */
export function decodeHour(hour: number, bytes: Uint8Array): Minute[] {
  if (bytes[0] !== version) {
    throw new Error(`an hour of minutes is stored in version ${bytes[0]}, this Belfry reads version ${version}`);
  }
  const cursor = { bytes, at: 1 };
  const minutes: Minute[] = [];
  let at = hour;
  while (cursor.at < bytes.length) {
    const head = readVarint(cursor);
    at += (head & bits.gap) === 0 ? 0 : readVarint(cursor) * minuteMs;
    const length = Math.floor(head / lengthUnit) + 1;
    if (at + length * minuteMs > hour + hourMs) throw new Error("an hour of minutes is damaged: it has more than 60");
    const first = readValues(cursor, head, at);
    minutes.push(first);
    for (let index = 1; index < length; index++) minutes.push({ ...first, at: at + index * minuteMs });
    at += length * minuteMs;
  }
  return minutes;
}

/** Minutes in ascending order, of which those written now replace earlier ones. Of two written at once the later counts. */
export function replaceMinutes(before: readonly Minute[], written: readonly Minute[]): readonly Minute[] {
  // Nearly always the next minute is written, alone.
  const [only, ...others] = written;
  if (only !== undefined && others.length === 0 && only.at > (before.at(-1)?.at ?? 0)) return [...before, only];
  const byTime = new Map([...before, ...written].map((minute) => [minute.at, minute]));
  return [...byTime.values()].toSorted((a, b) => a.at - b.at);
}

/** Whether this minute follows the first of a run as its next one. */
function continues(first: Minute, length: number, next: Minute | undefined): boolean {
  return (
    next !== undefined &&
    next.at === first.at + length * minuteMs &&
    next.value === first.value &&
    next.out === first.out &&
    next.min === first.min &&
    next.max === first.max &&
    next.mean === first.mean &&
    next.observedS === first.observedS &&
    next.revision === first.revision
  );
}

function check(minute: Minute): void {
  if (isMinute(minute)) return;
  const { value, out, min, max, mean, observedS, revision } = minute;
  const given = JSON.stringify({ value, out, min, max, mean, observedS, revision });
  throw new RangeError(
    `a minute cannot have ${given}: all are whole, from 0 to ${2 ** 31 - 1}, but mean, which has 2 decimals at most, and ` +
      "observedS, which is at most 60",
  );
}

const hundredths = (mean: number): number => Math.round(mean * 100);

function writeRun(bytes: number[], minute: Minute, gap: number, length: number): void {
  const { value, out, min, max, mean, observedS, revision } = minute;
  const flat = min === value && max === value && mean === value;
  const has =
    (flat ? bits.flat : 0) |
    (out > 0 ? bits.out : 0) |
    (observedS < 60 ? bits.short : 0) |
    (revision > 0 ? bits.revised : 0) |
    (gap > 0 ? bits.gap : 0);
  writeVarint(bytes, (length - 1) * lengthUnit + has);
  if (gap > 0) writeVarint(bytes, gap);
  writeVarint(bytes, value);
  if (out > 0) writeVarint(bytes, out);
  if (!flat) {
    writeSigned(bytes, value - min);
    writeSigned(bytes, max - value);
    writeSigned(bytes, hundredths(mean) - value * 100);
  }
  if (observedS < 60) writeVarint(bytes, observedS);
  if (revision > 0) writeVarint(bytes, revision);
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** The first minute of a run. */
function readValues(cursor: Cursor, head: number, at: number): Minute {
  const value = readVarint(cursor);
  const out = (head & bits.out) === 0 ? 0 : readVarint(cursor);
  const flat = (head & bits.flat) !== 0;
  return {
    at,
    value,
    out,
    min: flat ? value : value - readSigned(cursor),
    max: flat ? value : value + readSigned(cursor),
    mean: flat ? value : (value * 100 + readSigned(cursor)) / 100,
    observedS: (head & bits.short) === 0 ? 60 : readVarint(cursor),
    revision: (head & bits.revised) === 0 ? 0 : readVarint(cursor),
  };
}

/** Seven bits to a byte, the lowest first; the highest bit of a byte says that there is another. */
function writeVarint(bytes: number[], whole: number): void {
  let left = whole;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  bytes.push(left);
}

function readVarint(cursor: Cursor): number {
  let whole = 0;
  for (let unit = 1; ; unit *= 128) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new Error("an hour of minutes is damaged: it ends within a number");
    whole += (byte % 128) * unit;
    if (byte < 128) return whole;
  }
}

/** Small numbers of either sign stay small: 0, -1, 1, -2, … as 0, 1, 2, 3, … */
const writeSigned = (bytes: number[], whole: number): void =>
  writeVarint(bytes, whole < 0 ? -2 * whole - 1 : 2 * whole);

function readSigned(cursor: Cursor): number {
  const folded = readVarint(cursor);
  return folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
}
