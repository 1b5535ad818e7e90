import assert from "node:assert/strict";
import { test } from "node:test";
import { isMasked, isPlaceholder } from "../../src/model/placeholder.ts";

test("what tools show in place of a secret is none", () => {
  const signs = [
    "***",
    "********",
    "••••",
    "●●●●●●●●",
    "…………",
    "＊＊＊＊",
    "sk_live_****9f2c",
    "Bearer ********",
    "Basic ••••",
  ];
  const words = [
    "[REDACTED]",
    "<redacted>",
    "(hidden)",
    "{{masked}}",
    "__REDACTED__",
    "REDACTED",
    "[FILTERED]",
    "Bearer [REDACTED]",
  ];
  for (const text of [...signs, ...words]) assert.ok(isPlaceholder(text), text);
  for (const text of signs) assert.ok(isMasked(text), text);
  for (const text of words) assert.ok(!isMasked(text), text);
});

test("secrets that look a little like it are secrets", () => {
  for (const text of [
    "",
    "*",
    "**",
    "a*b*c*d",
    "p***w",
    "redacted-9f2c",
    "hidden valley",
    "[x]",
    "Bearer abc",
    "x",
    "…",
  ]) {
    assert.ok(!isPlaceholder(text), text);
  }
});
