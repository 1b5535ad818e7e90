import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { splitJsonArray } from "../../../src/ingest/http/split-json-array.ts";

const wide = { depth: 1000, items: 10_000 };

const space = fc.string({ unit: fc.constantFrom(" ", "\n", "\r", "\t"), maxLength: 3 });
const oddNumbers = fc.constantFrom("1.0", "-0", "12345678901234567890", "1E400", "0.1e-7", "-0.0");
const oddTexts = fc
  .constantFrom('"\\ud800"', '"\\u0000"', '"]"', '"\\\\"', '"\\\\\\""', '",[{"', '"\\"', '"é😀"')
  .map((text) => (text === '"\\"' ? '"\\"\\""' : text));
const oddObjects = fc.constantFrom(
  '{"a":1,"a":2.0}',
  '{"__proto__":{"x":[]}}',
  '{ "a" : [ 1 , [ ] ] }',
  "{}",
  "[]",
  "[ ]",
);
const plain = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.nat(3))
  .map(([value, indent]) => JSON.stringify(value, null, indent));
const fragment = fc.oneof(plain, oddNumbers, oddTexts, oddObjects);

test("the items of an array come out exactly as they were sent, whatever the spacing", () => {
  const spaced = fc.array(fc.tuple(space, fragment, space));
  fc.assert(
    fc.property(spaced, space, space, (items, before, after) => {
      const text = `${before}[${items.map((item) => item.join("")).join(",")}]${after}`;
      const result = splitJsonArray(text, wide);
      assert.deepEqual(result, { status: "cut", array: true, texts: items.map((item) => item[1]) });
      assert.deepEqual(
        items.map((item) => JSON.parse(item[1]) as unknown),
        JSON.parse(text),
      );
    }),
  );
});

test("a text that is one value is its only item", () => {
  fc.assert(
    fc.property(space, fragment, space, (before, value, after) => {
      fc.pre(!value.startsWith("["));
      assert.deepEqual(splitJsonArray(before + value + after, wide), { status: "cut", array: false, texts: [value] });
    }),
  );
});

test("any text at all is cut without an exception", () => {
  const noise = fc.string({ unit: fc.constantFrom("[", "]", "{", "}", '"', "\\", ",", " ", "a", "1"), maxLength: 40 });
  fc.assert(
    fc.property(noise, (text) => {
      assert.ok(["cut", "too_deep", "too_many"].includes(splitJsonArray(text, { depth: 5, items: 5 }).status));
    }),
    {
      examples: ["", "[", "]", "[,", '["', '["\\', '["\\"]', "[]]", "[[[[[[", "[1,1,1,1,1,1", '"\\'].map((text) => [
        text,
      ]),
    },
  );
});

test("the limits count the array's own bracket and its items", () => {
  assert.equal(splitJsonArray("[[1]]", { depth: 1, items: 9 }).status, "too_deep");
  assert.equal(splitJsonArray("[[1]]", { depth: 2, items: 9 }).status, "cut");
  assert.equal(splitJsonArray("[1,2,3]", { depth: 9, items: 2 }).status, "too_many");
  assert.equal(splitJsonArray("[1,2]", { depth: 9, items: 2 }).status, "cut");
});
