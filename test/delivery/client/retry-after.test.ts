import assert from "node:assert/strict";
import { test } from "node:test";
import { readRetryAfter } from "../../../src/delivery/client/retry-after.ts";

const now = Date.UTC(2026, 7, 1, 12, 0, 0);

test("seconds and the three forms of a date are understood", () => {
  assert.equal(readRetryAfter("120", now), 120_000);
  assert.equal(readRetryAfter("0", now), 0);
  assert.equal(readRetryAfter("99999999999", now), 99_999_999_999_000);
  assert.equal(readRetryAfter("Sat, 01 Aug 2026 12:01:00 GMT", now), 60_000);
  assert.equal(readRetryAfter("Saturday, 01-Aug-26 12:01:00 GMT", now), 60_000);
  assert.equal(readRetryAfter("Sat Aug  1 12:01:00 2026", now), 60_000);
  assert.equal(readRetryAfter(new Date(Date.UTC(2099, 0, 1)).toUTCString(), now), Date.UTC(2099, 0, 1) - now);
});

test("past dates and everything else say nothing", () => {
  const texts = ["", "-1", "120.5", "1e3", "soon", "+5", "1, 2", "0x10", "Sat, 01 Aug 2026 11:59:59 GMT"];
  for (const text of [...texts, "2026-08-01T12:01:00Z", "Sat, 01 Aug 2026 12:01:00", "9".repeat(13)]) {
    assert.equal(readRetryAfter(text, now), null, text);
  }
  assert.equal(readRetryAfter(null, now), null);
});
