// Secrets are compared whole: any other length, letter or byte is another secret.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "./fixtures/properties.ts";
import { sameBytes, sameText } from "../src/same-secret.ts";

test("two are the same if every byte is, and one of another length is another", () => {
  assert.ok(sameText("", "") && sameText("key", "key"));
  for (const other of ["", "ke", "kez", "Key", "keyy", "k\u00e9y"]) assert.equal(sameText("key", other), false, other);
  const bytes = fc.uint8Array({ maxLength: 4, max: 2 });
  fc.assert(fc.property(bytes, bytes, (a, b) => sameBytes(a, b) === (Buffer.compare(a, b) === 0)));
  fc.assert(fc.property(fc.string(), fc.string(), (a, b) => sameText(a, a) && sameText(a, b) === (a === b)));
});
