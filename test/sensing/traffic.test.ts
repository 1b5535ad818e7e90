import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { TrafficObservation } from "../../src/model/observation.ts";
import { campus, compiled } from "../building/models.ts";
import { only, senses } from "./senses.ts";

const building = await compiled(campus());

type Report = Pick<TrafficObservation, "in" | "out" | "total_in" | "total_out">;

const report = (at: number, counts: Report): TrafficObservation => ({
  kind: "traffic",
  id: null,
  at,
  sensor: "sensor_4",
  ...counts,
});

const totals = (at: number, entered: number, left: number) => report(at, { total_in: entered, total_out: left });

/** What each report gives: `+in -out`, or nothing. */
function passed(...reports: readonly TrafficObservation[]): string[] {
  const { sense } = senses(building);
  return reports.map((each) => {
    const [fact] = only(sense(each), "traffic");
    return fact === undefined ? "" : `+${fact.in} -${fact.out}`;
  });
}

describe("traffic", () => {
  test("is told as the sensor counted it", () => {
    assert.deepEqual(senses(building).sense(report(5, { in: 2, out: 1 })), [
      { kind: "traffic", at: 5, revision: 0, sensor: "sensor_4", in: 2, out: 1 },
    ]);
  });

  test("of nobody is no fact", () => assert.deepEqual(passed(report(5, { in: 0, out: 0 })), [""]));

  test("of one moment, told twice, is two facts: two people may pass in one second", () => {
    assert.deepEqual(passed(report(5, { in: 1, out: 0 }), report(5, { in: 1, out: 0 })), ["+1 -0", "+1 -0"]);
  });
});

describe("running totals", () => {
  test("begin with the first one, which counts nobody", () => {
    assert.deepEqual(passed(totals(1, 500, 480), totals(2, 503, 480), totals(3, 503, 480), totals(4, 503, 481)), [
      "",
      "+3 -0",
      "",
      "+0 -1",
    ]);
  });

  test("lose nobody when a report is lost or comes late", () => {
    assert.deepEqual(passed(totals(1, 0, 0), totals(5, 9, 4), totals(3, 5, 1), totals(6, 10, 4)), [
      "",
      "+9 -4",
      "",
      "+1 -0",
    ]);
  });

  test("of one moment only grow", () => {
    assert.deepEqual(passed(totals(1, 5, 5), totals(1, 6, 5), totals(1, 4, 5), totals(2, 7, 5)), [
      "",
      "+1 -0",
      "",
      "+1 -0",
    ]);
  });

  test("roll over at two bytes", () => {
    assert.deepEqual(passed(totals(1, 65_530, 65_535), totals(2, 4, 0)), ["", "+10 -1"]);
  });

  test("roll over at four bytes", () => {
    assert.deepEqual(passed(totals(1, 2 ** 32 - 3, 7), totals(2, 2, 8)), ["", "+5 -1"]);
  });

  test("that fall otherwise were reset: what the new total shows has passed since", () => {
    assert.deepEqual(passed(totals(1, 500, 480), totals(2, 3, 0), totals(3, 4, 2)), ["", "+3 -0", "+1 -2"]);
  });

  test("that fall to a large value are another device's: counting begins again", () => {
    assert.deepEqual(passed(totals(1, 80_000, 80_000), totals(2, 50_000, 49_000), totals(3, 50_001, 49_002)), [
      "",
      "",
      "+1 -2",
    ]);
  });

  test("may be told of one side only", () => {
    assert.deepEqual(
      passed(report(1, { total_in: 5 }), report(2, { total_in: 7 }), report(3, { total_out: 9 }), totals(4, 8, 10)),
      ["", "+2 -0", "", "+1 -1"],
    );
  });

  test("count the same people as the door, wherever a counter begins and however often it rolls over", () => {
    const steps = fc.array(fc.tuple(fc.nat(1_024), fc.nat(1_024)), { maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom(2 ** 16, 2 ** 32), fc.nat(2 ** 16), steps, (size, below, people) => {
        let [entered, left] = [size - 1 - below, size - 1];
        const reports = people.map(([more, gone], index) => {
          entered = (entered + more) % size;
          left = (left + gone) % size;
          return totals(index + 2, entered, left);
        });
        const facts = only(senses(building).sense(totals(1, size - 1 - below, size - 1), ...reports), "traffic");
        assert.deepEqual(
          facts.map((fact) => [fact.in, fact.out]),
          people.filter(([more, gone]) => more > 0 || gone > 0),
        );
      }),
    );
  });
});
