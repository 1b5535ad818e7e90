import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyForm, readBody } from "../../../src/ingest/http/batch-body.ts";
import { BelfryError } from "../../../src/errors.ts";

const limits = { depth: 64, items: 100 };
const json = (text: string | Buffer) => readBody(Buffer.from(text), "json", limits);
const lines = (text: string) => readBody(Buffer.from(text), "ndjson", limits);
const refused = (code: string) => (error: unknown) => error instanceof BelfryError && error.code === code;

test("media types are read with UTF-8 only", () => {
  assert.equal(bodyForm("application/json"), "json");
  assert.equal(bodyForm("Application/JSON; charset=UTF-8"), "json");
  for (const type of ["application/x-ndjson", "application/ndjson", "application/jsonl; charset=utf-8"]) {
    assert.equal(bodyForm(type), "ndjson");
  }
  for (const type of [
    undefined,
    "",
    "text/plain",
    "application/json; charset=latin1",
    "application/x-www-form-urlencoded",
  ]) {
    assert.equal(bodyForm(type), null);
  }
});

test("one object, an array and lines give the same items", () => {
  const a = { text: '{"a":1.0}', value: { a: 1 } };
  const b = { text: '{ "b": -0 }', value: { b: -0 } };
  assert.deepEqual(json(' {"a":1.0}\n').items, [a]);
  assert.deepEqual(json('[{"a":1.0} , { "b": -0 }]').items, [a, b]);
  assert.deepEqual(lines('{"a":1.0}\r\n\n{ "b": -0 }').items, [a, b]);
});

test("whole lines are read also where they are called JSON, torn ones are not", () => {
  assert.deepEqual(json('{"a":1}\n{"b":2}\r\n').items, lines('{"a":1}\n{"b":2}').items);
  for (const torn of ['{"a":1}\n{"b":', '[{"a":1}\n,{"b":2}', '{"a":1},\n{"b":2}']) {
    assert.throws(() => json(torn), refused("UNREADABLE_BODY"), torn);
  }
});

test("a bad line is rejected alone, and the others keep their places", () => {
  const batch = lines('{"a":1}\n\nnot json\n{"b":2}\n{"c":\n');
  assert.deepEqual(batch.positions, [0, 2]);
  assert.deepEqual(
    batch.rejected.map(({ index, code }) => [index, code]),
    [
      [1, "UNREADABLE_ITEM"],
      [3, "UNREADABLE_ITEM"],
    ],
  );
});

test("bodies that are no JSON are refused as a whole", () => {
  const bad = [
    "",
    " ",
    "{",
    "[1,]",
    "[1] 2",
    "{}{}",
    "nul",
    '"\u0000"',
    "NaN",
    "{'a':1}",
    '["\\x"]',
    "[1\u00a0]",
    "\ufeff\ufeff{}",
  ];
  for (const text of bad) assert.throws(() => json(text), refused("UNREADABLE_BODY"), text);
  assert.throws(() => json(Buffer.from([0x22, 0xff, 0x22])), refused("UNREADABLE_BODY"));
});

test("a byte order mark, lone surrogates, escaped NUL, huge numbers and __proto__ do no harm", () => {
  const text =
    '{"s":"\\ud800","n":"\\u0000","x":1e400,"__proto__":{"polluted":true},"constructor":{"prototype":{"y":1}}}';
  const [item] = json(`\ufeff${text}`).items;
  assert.equal(item!.text, text);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.deepEqual(
    lines(`\ufeff{"a":1}\n\ufeff{"b":2}\n`).items.map((each) => each.text),
    ['{"a":1}', '{"b":2}'],
  );
  assert.equal(({} as { y?: number }).y, undefined);
});

test("a megabyte of opening brackets is refused, whether closed or not", () => {
  const open = "[".repeat(1_000_000);
  assert.throws(() => json(open), refused("UNREADABLE_BODY"));
  assert.throws(() => json(open + "]".repeat(1_000_000)), refused("UNREADABLE_BODY"));
  assert.throws(() => json('{"a":'.repeat(200_000)), refused("UNREADABLE_BODY"));
  assert.equal(lines(`${open}\n{}`).rejected[0]?.code, "UNREADABLE_ITEM");
});

test("texts that would make a careless scan slow are read in one pass", () => {
  const backslashes = `["${"\\\\".repeat(1_000_000)}"]`;
  assert.equal(json(backslashes).items.length, 1);
  assert.equal(json(`[${" ".repeat(1_000_000)}1${" ".repeat(1_000_000)}]`).items[0]?.text, "1");
  assert.equal(lines(`{"a":1,${" ".repeat(2_000_000)}"b":2}`).items.length, 1);
});

test("more items than allowed are too large, in both forms", () => {
  const many = Array.from({ length: 101 }, () => "1");
  assert.throws(() => json(`[${many.join(",")}]`), refused("PAYLOAD_TOO_LARGE"));
  assert.throws(() => lines(many.join("\n")), refused("PAYLOAD_TOO_LARGE"));
  assert.equal(json(`[${many.slice(1).join(",")}]`).items.length, 100);
});

test("an empty array and lines of white space hold nothing", () => {
  assert.deepEqual(json("[ ]").items, []);
  assert.deepEqual(lines(" \n\n"), { items: [], positions: [], rejected: [] });
});
