import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import {
  isUnknown,
  lastMotion,
  newPir,
  type Pir,
  type Report,
  withMessage,
  withReport,
} from "../../../src/sensing/motion/pir.ts";
import { campus, compiled } from "../../building/models.ts";

const sensor = (await compiled(campus())).sensors.get("sensor_1")!;

const told = (reports: readonly Report[]): Pir => reports.reduce(withReport, newPir(sensor, 0));
const report = (at: number, motion: boolean): Report => ({ at, motion });

describe("the last motion of a sensor", () => {
  test("is its last report of motion, or the report of rest after it", () => {
    assert.equal(lastMotion(told([report(1, true)])), 1);
    assert.equal(lastMotion(told([report(1, true), report(5, true), report(9, false)])), 9);
    assert.equal(lastMotion(told([report(1, false)])), null);
  });

  test("at a moment of the past is what was so then", () => {
    const pir = told([report(1, true), report(5, false), report(9, true)]);
    assert.deepEqual(
      [0, 1, 4, 5, 8, 9].map((at) => lastMotion(pir, at)),
      [null, 1, 1, 5, 5, 9],
    );
  });

  test("ends with the report before where the sensor repeats its state every minute, and rest came in its turn", () => {
    const turns = [report(0, false), report(60_000, false), report(120_000, true), report(180_000, false)];
    assert.equal(lastMotion(told(turns)), 120_000);
    const prompted = [...turns.slice(0, 3), report(149_000, false)];
    assert.equal(lastMotion(told(prompted)), 149_000);
  });

  test("knows a sensor's turns over an outage", () => {
    const turns = [0, 60_000, 120_000, 90_000_000].map((at) => report(at, false));
    const pir = told([...turns, report(90_060_000, true), report(90_120_000, false)]);
    assert.equal(lastMotion(pir), 90_060_000);
  });

  test("is the same in whatever order reports come within five minutes", () => {
    const reports = fc.array(fc.record({ at: fc.nat(300_000), motion: fc.boolean() }), { maxLength: 31 });
    fc.assert(
      fc.property(
        reports.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([inOrder, shuffled]) => {
          const one = { ...told(inOrder.toSorted((a, b) => a.at - b.at)), rhythm: null };
          const other = { ...told(shuffled), rhythm: null };
          for (const at of [...inOrder.map((each) => each.at), Infinity]) {
            assert.equal(lastMotion(one, at), lastMotion(other, at));
          }
        },
      ),
    );
  });

  test("outlives the reports that are kept, which are few", () => {
    const pir = told([
      report(0, true),
      report(1, false),
      ...Array.from({ length: 500 }, (_, i) => report(1_000 * (i + 1), false)),
    ]);
    assert.ok(pir.reports.length <= 32);
    assert.equal(lastMotion(pir), 1, "motion lasted until 1");
    assert.equal(lastMotion(withReport(pir, report(5, true))), 5, "also when it comes too late to be kept");
  });
});

describe("a sensor is unknown", () => {
  const spoke = (...times: readonly number[]): Pir =>
    times.reduce((pir, at) => withMessage(pir, at * 1_000, true), newPir(sensor, 0));

  test("once it was silent for more than twice its usual gap", () => {
    const pir = spoke(60, 120, 180);
    assert.equal(isUnknown(pir, 300_000), false);
    assert.equal(isUnknown(pir, 300_001), true);
  });

  test("never within ten seconds", () => {
    const pir = spoke(1, 2, 3);
    assert.equal(isUnknown(pir, 13_000), false);
    assert.equal(isUnknown(pir, 13_001), true);
  });

  test("never where fewer than two gaps are known", () => {
    assert.equal(isUnknown(spoke(60), 1e12), false);
  });

  test("by the second longest gap of today and yesterday, and no older one", () => {
    const day = 86_400;
    const hourly = spoke(3_600, 7_200, 7_260, 7_320);
    assert.equal(isUnknown(hourly, 7_320_000 + 7_200_000), false);
    assert.equal(isUnknown(hourly, 7_320_000 + 7_200_001), true);
    const minutes = (from: number) => Array.from({ length: day / 60 }, (_, i) => from + 60 * (i + 1));
    const later = [...minutes(7_320), ...minutes(7_320 + day), ...minutes(7_320 + 2 * day)].reduce(
      (pir, at) => withMessage(pir, at * 1_000, true),
      hourly,
    );
    assert.equal(isUnknown(later, later.heard + 120_001), true);
  });
});
