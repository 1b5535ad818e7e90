import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson, utf8Text } from "../../src/http/json-body.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const refused = (given: Uint8Array): string => {
  try {
    readJson(given);
  } catch (error) {
    return (error as Error).message;
  }
  return "read";
};

test("a byte order mark before JSON is passed over", () => {
  assert.deepEqual(readJson(bytes('\ufeff{"a":1}')), { a: 1 });
  assert.equal(utf8Text(bytes("\ufeffa=b")), "a=b");
});

test("bytes that are not UTF-8 are refused, not replaced", () => {
  assert.match(refused(Buffer.from('"\u00e9"', "latin1")), /UTF-8/);
});

test("text that is no JSON, and no text at all, are refused", () => {
  for (const text of ["", " ", "{", "[1,]", "NaN", '{"a":1}{"b":2}'])
    assert.match(refused(bytes(text)), /not JSON/, text);
});

test("a hundred levels of nesting are read, one more is refused, a hundred thousand too", () => {
  const nested = (levels: number) => bytes("[".repeat(levels) + "]".repeat(levels));
  assert.equal(refused(nested(101)), "read");
  assert.match(refused(nested(102)), /deeper than 100/);
  assert.match(refused(nested(100_000)), /deeper than 100/);
});

test("a key named __proto__ is refused at every level", () => {
  assert.match(refused(bytes('{"__proto__":{}}')), /__proto__/);
  assert.match(refused(bytes('[{"a":[{"__proto__":1}]}]')), /__proto__/);
});

test("a slice of a larger buffer is read alone", () => {
  assert.deepEqual(readJson(bytes('xx{"a":1}yy').subarray(2, 9)), { a: 1 });
});
