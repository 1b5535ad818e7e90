import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type BatchReport, runBatch } from "./batch.ts";
import { patched, plants } from "./plants.ts";

const days = 3;
/** A busy machine takes long for many seeds. One that hangs is told of after a minute. */
const patient = { timeout: 600_000 };
const told = ({ caught }: BatchReport) => caught.map(({ seed, violation }) => `seed ${seed}: ${violation?.message}`);

/** `npm run simulate` takes 2,000, and continuous integration 500 of them. */
const seeds = 24;

test("every invariant holds through storms of three days, over many seeds", patient, async () => {
  const report = await runBatch({ first: 1, seeds, days, threads: 2 });
  assert.equal(report.seeds, seeds);
  assert.deepEqual(told(report), []);
  assert.ok(report.deliveries >= 50 && report.subscriptions >= 3 && report.faults >= 5, "there is something to judge");
});

test("the same seed gives the same trace, whatever ran before it", patient, async () => {
  const alone = await runBatch({ first: 7, seeds: 1, days, threads: 1 });
  const among = await runBatch({ first: 5, seeds: 4, days, threads: 1 });
  assert.equal(among.traces.get(7), alone.traces.get(7));
  assert.equal(new Set(among.traces.values()).size, 4, "other seeds give others");
});

test("every bug can be planted: the words that it replaces are in the source, once", () => {
  for (const plant of plants) {
    for (const { file } of plant.patches) {
      const source = readFileSync(join(import.meta.dirname, "../../src", file), "utf8");
      assert.notEqual(patched(plant, file, source), source, plant.name);
    }
  }
});

test(
  "rows that fall due in the same millisecond are all attempted, and a bug that skips some of them is caught",
  patient,
  async () => {
    const kind = "rows due in the same millisecond";
    const well = await runBatch({ first: 1, seeds: 20, days, threads: 2, kind });
    assert.deepEqual(told(well), []);
    const plant = "skip rows that are due at the same time";
    const ill = await runBatch({ first: 1, seeds: 60, days, threads: 2, kind, plant, untilCaught: true });
    assert.notDeepEqual(told(ill), []);
  },
);

test(
  "a replay job sends each event once, though answers of the store are lost, and a bug that repeats a slice is caught",
  patient,
  async () => {
    const kind = "replay jobs";
    const well = await runBatch({ first: 1, seeds: 4, days, threads: 2, kind });
    assert.deepEqual(told(well), []);
    const plant = "add a slice of a replay again when its answer was lost";
    const ill = await runBatch({ first: 1, seeds: 60, days, threads: 1, kind, plant, untilCaught: true });
    assert.match(told(ill).join(), /sends event \d+ twice/);
  },
);

for (const kind of ["rate limits", "failing for long"] as const) {
  test(`all invariants hold in the case: ${kind}`, patient, async () => {
    const well = await runBatch({ first: 1, seeds: 4, days, threads: 2, kind });
    assert.deepEqual(told(well), []);
  });
}

test("all invariants hold in the case: alerts told, and there are alerts to judge", patient, async () => {
  const well = await runBatch({ first: 1, seeds: 4, days, threads: 2, kind: "alerts told" });
  assert.deepEqual(told(well), []);
  assert.ok(well.alerts > 0);
});

const caught = [
  ["changed as events come", "match against subscriptions that have changed since"],
  ["a single slot", "say that nothing is due while all slots are taken"],
] as const;
for (const [kind, plant] of caught) {
  test(`all invariants hold in the case: ${kind}, and a bug for which it was made is caught`, patient, async () => {
    const well = await runBatch({ first: 1, seeds: 3, days, threads: 2, kind });
    assert.deepEqual(told(well), []);
    const ill = await runBatch({ first: 1, seeds: 20, days, threads: 1, kind, plant, untilCaught: true });
    assert.notDeepEqual(told(ill), []);
  });
}
