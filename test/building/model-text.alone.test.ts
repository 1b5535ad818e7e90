import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fc } from "../fixtures/properties.ts";
import { plain, readModelBytes, readModelText, writeModelText } from "../../src/building/model-text.ts";
import { atOnce } from "../../src/steps.ts";

const read = (text: string): unknown => atOnce(readModelText(text));
const write = (value: unknown): string => atOnce(writeModelText(value));

/** What JSON.parse makes of it; undefined: it is not JSON. */
function expected(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function readOrRefused(text: string): unknown {
  try {
    return plain(read(text));
  } catch (error) {
    assert.equal((error as { code?: string }).code, "UNREADABLE_BODY", text);
    return undefined;
  }
}

describe("the text of a model", () => {
  test("is read as JSON.parse reads it, and what that refuses is refused", () => {
    const texts = fc.oneof(
      fc.json({ maxDepth: 5 }),
      fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
      fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, piece]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + piece + text.slice(place + 1);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(!text.includes("__proto__"));
        assert.deepEqual(readOrRefused(text), expected(text), text);
      }),
      { numRuns: 2_000 },
    );
    for (const text of [
      "",
      " ",
      "[1,]",
      "{,}",
      '{"a":1,}',
      "01",
      "1.",
      ".5",
      "-",
      "+1",
      "1e",
      "nul",
      "[1 2]",
      '"\n"',
      '"\\x"',
      "[",
      "{}}",
      '{"a"}',
      '"\\',
      "NaN",
      "[1]x",
    ]) {
      assert.equal(readOrRefused(text), undefined, text);
    }
    assert.deepEqual(read(' {"a" : [ 1 , "\\"\\\\" , {} , [] ] } '), { a: [1, '"\\', {}, []] });
  });

  test("is written as JSON.stringify writes it, however large", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 1, max: 700 }), (value, times) => {
        const many = { list: Array.from({ length: times }, () => value), gone: undefined, value };
        assert.equal(write(many), JSON.stringify(many));
      }),
      { numRuns: 60 },
    );
    assert.equal(
      write([[], {}, { a: undefined }, Array(600).fill(undefined)]),
      `[[],{},{},[${Array(600).fill("null").join(",")}]]`,
    );
  });

  test("keeps every number as it was written", () => {
    for (const number of [
      "12345678901234567890",
      "1.10",
      "1.0",
      "-0",
      "1e400",
      "1E5",
      "0.1000",
      "9007199254740993",
      "7",
      "-2.5",
    ]) {
      const text = `{"a":[${number},{"b":${number}}]}`;
      assert.equal(write(read(text)), text);
      assert.deepEqual(plain(read(text)), { a: [Number(number), { b: Number(number) }] });
    }
    const light = { a: [1, { b: "c" }] };
    assert.equal(plain(light), light, "what holds none is the same");
  });

  test("is read from UTF-8 of any length, with or without a byte order mark, and from nothing else", () => {
    for (const shift of [0, 1, 2, 3]) {
      const text = JSON.stringify([`${"x".repeat(shift)}${"é€😀".repeat(150_000)}`]);
      assert.deepEqual(atOnce(readModelBytes(Buffer.from(text))), JSON.parse(text));
      assert.deepEqual(atOnce(readModelBytes(Buffer.from(`\ufeff${text}`))), JSON.parse(text));
    }
    for (const bytes of ["ff", "22c322", ""]) {
      assert.throws(() => atOnce(readModelBytes(Buffer.from(bytes, "hex"))), { code: "UNREADABLE_BODY" });
    }
  });

  test("has no key that reaches a prototype, and no depth that overflows a stack", () => {
    const refused = { code: "UNREADABLE_BODY" };
    assert.throws(() => read('{"a":{"__proto__":{}}}'), refused);
    assert.throws(() => read("[".repeat(1_000_000)), refused);
    assert.throws(() => read(`${"[".repeat(200)}${"]".repeat(200)}`), refused);
    assert.ok(Array.isArray(read(`${"[".repeat(100)}${"]".repeat(100)}`)));
  });
});

test("a point of an outline takes little more memory than its two numbers and its list", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const count = 50_000;
  const text = `[${Array.from({ length: count }, (_, n) => `[${n + 0.25},${n + 0.75}]`).join(",")}]`;
  collect();
  const before = process.memoryUsage().heapUsed;
  const points = read(text) as unknown[];
  collect();
  const bytes = (process.memoryUsage().heapUsed - before) / count;
  assert.ok(points.length === count && bytes < 130, `${bytes} bytes for each`);
});
