// How an hour of minutes of one subject is stored: equal minutes in a row as one run, numbers as varints. An empty night takes
// a few bytes. Pure; every engine of the store uses it. Bytes once written must stay readable: add a version, never change one.

import type { Minute } from "../model/minute.ts";

export const minuteMs = 60_000;
export const hourMs = 3_600_000;

/** The first byte. After it come runs: head, minutes skipped (if `gap`), value, out (if `out`), least, most and mean (unless
 * `flat`), seconds observed (if `short`), revision (if `revised`). */
const version = 1;

/** Bits of a head. The bits above them are the length of the run less one, so that up to 4 minutes have a head of one byte. */
const bits = { flat: 1, out: 2, short: 4, revised: 8, gap: 16 } as const;
const lengthUnit = 32;

const minutesOfHour = 60;
const most = 2 ** 31 - 1;

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
    writeRun(bytes, checked(minute), begin - next, length);
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
    const { gap, length, values } = readRun(cursor);
    at += gap * minuteMs;
    if (at + length * minuteMs > hour + hourMs) throw new Error("an hour of minutes is damaged: it has more than 60");
    for (let left = length; left > 0; left--, at += minuteMs) minutes.push({ at, ...values });
  }
  return minutes;
}

/** Minutes in ascending order, of which those written now replace earlier ones. Of two written at once the later counts. */
export function replaceMinutes(before: readonly Minute[], written: readonly Minute[]): Minute[] {
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

function checked(minute: Minute): Minute {
  for (const name of ["value", "out", "min", "max", "observedS", "revision"] as const) {
    const highest = name === "observedS" ? 60 : most;
    if (Number.isInteger(minute[name]) && minute[name] >= 0 && minute[name] <= highest) continue;
    throw new RangeError(`${name} of a minute is ${minute[name]}: it must be whole, from 0 to ${highest}`);
  }
  const { mean } = minute;
  if (hundredths(mean) / 100 !== mean || mean < 0 || mean > most) {
    throw new RangeError(`mean of a minute is ${mean}: it must be from 0 to ${most}, with 2 decimals at most`);
  }
  return minute;
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

function readRun(cursor: Cursor): { gap: number; length: number; values: Omit<Minute, "at"> } {
  const head = readVarint(cursor);
  const has = (bit: number) => (head & bit) !== 0;
  const gap = has(bits.gap) ? readVarint(cursor) : 0;
  const value = readVarint(cursor);
  const out = has(bits.out) ? readVarint(cursor) : 0;
  const flat = has(bits.flat);
  const values = {
    value,
    out,
    min: flat ? value : value - readSigned(cursor),
    max: flat ? value : value + readSigned(cursor),
    mean: flat ? value : (value * 100 + readSigned(cursor)) / 100,
    observedS: has(bits.short) ? readVarint(cursor) : 60,
    revision: has(bits.revised) ? readVarint(cursor) : 0,
  };
  return { gap, length: Math.floor(head / lengthUnit) + 1, values };
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
