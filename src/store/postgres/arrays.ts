// Columns of many rows as arrays in PostgreSQL's binary form, for `unnest`. As text, each quotation mark of a body would be escaped
// here and read again there.

import { withoutNul } from "../storable-text.ts";

/** OIDs of the elements. */
const int8 = 20;
const text = 25;
const bytea = 17;

/** Dimensions, whether there are nulls, type of the elements, length, lower bound: four bytes each. */
const headBytes = 20;

function begin(bytes: number, type: number, length: number, hasNulls: boolean): Buffer {
  const array = Buffer.allocUnsafe(headBytes + bytes);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(hasNulls ? 1 : 0, 4);
  array.writeInt32BE(type, 8);
  array.writeInt32BE(length, 12);
  array.writeInt32BE(1, 16);
  return array;
}

/** int8[]. Whole numbers of up to 53 bits. */
export function integers(values: readonly (number | null)[]): Buffer {
  const nulls = values.reduce<number>((count, value) => (value === null ? count + 1 : count), 0);
  const array = begin(values.length * 12 - nulls * 8, int8, values.length, nulls > 0);
  let at = headBytes;
  for (const value of values) {
    if (value === null) {
      at = array.writeInt32BE(-1, at);
      continue;
    }
    const high = Math.floor(value / 0x1_0000_0000);
    at = array.writeInt32BE(8, at);
    at = array.writeInt32BE(high, at);
    at = array.writeUInt32BE(value - high * 0x1_0000_0000, at);
  }
  return array;
}

/** text[] */
export function texts(values: readonly (string | null)[]): Buffer {
  let bytes = 0;
  let hasNulls = false;
  const stored = values.map((value) => (value === null ? null : withoutNul(value)));
  const lengths = stored.map((value) => {
    const length = value === null ? -1 : Buffer.byteLength(value);
    bytes += 4 + Math.max(length, 0);
    hasNulls ||= length < 0;
    return length;
  });
  const array = begin(bytes, text, values.length, hasNulls);
  let at = headBytes;
  stored.forEach((value, index) => {
    at = array.writeInt32BE(lengths[index]!, at);
    if (value !== null) at += array.write(value, at);
  });
  return array;
}

/** bytea[] */
export function bytes(values: readonly (Uint8Array | null)[]): Buffer {
  const length = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), 0);
  const array = begin(length, bytea, values.length, values.includes(null));
  let at = headBytes;
  for (const value of values) {
    at = array.writeInt32BE(value?.length ?? -1, at);
    if (value === null) continue;
    array.set(value, at);
    at += value.length;
  }
  return array;
}
