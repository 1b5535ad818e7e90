// Beside simulation.test.ts and not in it: the two run at the same time, and neither is left over at the end of npm test.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runBatch } from "./batch.ts";

const days = 3;
/** A busy machine takes long for many seeds. One that hangs is told of after a minute. */
const patient = { timeout: 600_000 };

/** From which seed on each is looked for: one that catches it, so that a quick test stays quick. `simulate --plant` begins with 1. */
const firstSeeds: Readonly<Record<string, number>> = {
  "acknowledge before the commit": 11,
  "lose work that a crash interrupted": 9,
  "reuse a body": 11,
  "deliver while disabled": 12,
  "never open the breaker": 3,
};

for (const [plant, first] of Object.entries(firstSeeds)) {
  test(`a planted bug is caught: ${plant}`, patient, async () => {
    const report = await runBatch({ first, seeds: 100, days, threads: 1, plant, untilCaught: true });
    assert.notEqual(report.caught.length, 0);
  });
}
