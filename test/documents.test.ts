// The documents list what the code has: a setting or an outcome without its line in docs/ fails here, and so does a line
// without its code.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { settings } from "../src/config.ts";
import { outcomes } from "../src/model/attempt.ts";

const rowsOf = (document: string, pattern: RegExp): string[] =>
  [...readFileSync(join(import.meta.dirname, "../docs", document), "utf8").matchAll(pattern)]
    .map((row) => row[1]!)
    .toSorted();

test("docs/settings.md lists every setting and no other", () => {
  assert.deepEqual(rowsOf("settings.md", /^\| `(BELFRY_\w+)`/gm), Object.keys(settings).toSorted());
});

test("docs/outcomes.md lists every outcome, what follows, and no other", () => {
  const words = { success: "done", retry: "retry", disable: "the subscription is disabled", end: "end", hold: "held" };
  const rows = rowsOf("outcomes.md", /^\| `(\w+)` \|/gm);
  assert.deepEqual(rows, Object.keys(outcomes).toSorted());
  const text = readFileSync(join(import.meta.dirname, "../docs/outcomes.md"), "utf8");
  for (const [code, then] of Object.entries(outcomes)) {
    assert.match(text, new RegExp(`^\\| \`${code}\` \\|.*\\| ${words[then]}`, "m"), code);
  }
});
