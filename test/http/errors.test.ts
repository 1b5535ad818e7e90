import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorStatus } from "../../src/errors.ts";

test("docs/errors.md lists every code with its status, and no other", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/errors.md"), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\d{3}) \| \S.*\|$/gm)].map(([, code, status]) => [
    code,
    Number(status),
  ]);
  const sorted = (pairs: readonly (readonly unknown[])[]) =>
    pairs.toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  assert.deepEqual(sorted(rows), sorted(Object.entries(errorStatus)));
});
