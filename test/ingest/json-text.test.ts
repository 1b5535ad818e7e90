import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { withoutSpace } from "../../src/ingest/json-text.ts";

test("white space between the parts goes, white space in texts stays", () => {
  assert.equal(withoutSpace('{ "a b" :\t[1 ,\r\n"x, \\" } y" ] } '), '{"a b":[1,"x, \\" } y"]}');
  assert.equal(withoutSpace('{"a":"b , c"}'), '{"a":"b , c"}');
  assert.equal(withoutSpace(' "a"\n'), '"a"');
  // On one side of the white space alone stands what may not be within a number or a word.
  assert.equal(withoutSpace("[1,\t2]"), "[1,2]");
  assert.equal(withoutSpace("[1\r]"), "[1]");
});

test("numbers keep their spelling: what is not the same text is not the same content", () => {
  assert.equal(withoutSpace("[1.0, 12345678901234567890, 1e2]"), "[1.0,12345678901234567890,1e2]");
});

test("however it is indented, JSON has one text without white space", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(1, 4, "\t", "\r\n "), (value, indent) => {
      assert.equal(withoutSpace(JSON.stringify(value, null, indent)), JSON.stringify(value));
    }),
    { examples: [['a" :\\'.repeat(3), 1]] },
  );
});
