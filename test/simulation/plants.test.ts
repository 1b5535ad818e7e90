// Beside simulation.test.ts and not in it: the two run at the same time, and neither is left over at the end of npm test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runBatch } from "./batch.ts";

const days = 3;
/** A busy machine takes long for many seeds. One that hangs is told of after a minute. */
const patient = { timeout: 600_000 };

for (const plant of [
  "acknowledge before the commit",
  "lose work that a crash interrupted",
  "reuse a body",
  "deliver while disabled",
  "never open the breaker",
]) {
  test(`a planted bug is caught: ${plant}`, patient, async () => {
    const report = await runBatch({ first: 1, seeds: 100, days, threads: 1, plant, untilCaught: true });
    assert.notEqual(report.caught.length, 0);
  });
}
