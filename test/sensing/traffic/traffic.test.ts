import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { TrafficObservation } from "../../../src/model/observation.ts";
import { createTrafficSensing } from "../../../src/sensing/traffic/traffic.ts";
import { campus, compiled } from "../../building/models.ts";
import { keptRecords } from "../kept-records.ts";

const building = await compiled(campus());
const door = building.sensors.get("sensor_4")!;

/** The campus after its door counter was changed. */
async function changed(change: (sensors: ReturnType<typeof sensorsOf>) => void) {
  const document = campus();
  change(sensorsOf(document));
  return compiled(document);
}

const sensorsOf = (document: ReturnType<typeof campus>) =>
  document.sites[0]!.buildings[0]!.floors![0]!.sensors! as Record<string, unknown>[];

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
  const { fold } = createTrafficSensing(keptRecords().records);
  return reports.map((each) =>
    fold(each, door)
      .map((fact) => `+${fact.in} -${fact.out}`)
      .join(),
  );
}

describe("traffic", () => {
  test("is told as the sensor counted it", () => {
    const { fold } = createTrafficSensing(keptRecords().records);
    assert.deepEqual(fold(report(5, { in: 2, out: 1 }), door), [
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
    assert.deepEqual(passed(totals(0, 5, 5), totals(1, 5, 5), totals(1, 6, 5), totals(1, 4, 5), totals(2, 7, 5)), [
      "",
      "",
      "+1 -0",
      "",
      "+1 -0",
    ]);
  });

  test("of one moment add what the greatest of them shows", () => {
    assert.deepEqual(passed(totals(0, 5, 5), totals(1, 7, 5), totals(1, 9, 5), totals(2, 9, 5)), [
      "",
      "+2 -0",
      "+2 -0",
      "",
    ]);
  });

  test("count from the earliest one, also when it comes after later ones", () => {
    const { fold } = createTrafficSensing(keptRecords().records);
    fold(totals(60_000, 10, 0), door);
    assert.deepEqual(fold(totals(30_000, 4, 0), door), [
      { kind: "traffic", at: 60_000, revision: 0, sensor: "sensor_4", in: 6, out: 0 },
    ]);
    assert.deepEqual(fold(totals(45_000, 7, 0), door), []);
  });

  test("that come more than five minutes after a newer one add nothing, and nobody is lost", () => {
    assert.deepEqual(passed(totals(600_000, 10, 0), totals(299_999, 4, 0), totals(601_000, 11, 0)), ["", "", "+1 -0"]);
  });

  test("of a reset that is heard of late bring back who passed before it", () => {
    assert.deepEqual(passed(totals(1, 500, 0), totals(3, 2, 0), totals(2, 540, 0)), ["", "+2 -0", "+40 -0"]);
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

  test("go on after a restart", () => {
    const kept = keptRecords();
    createTrafficSensing(kept.records).fold(totals(1, 500, 480), door);
    const { fold } = createTrafficSensing(kept.restart().records);
    assert.deepEqual(fold(totals(2, 501, 483), door), [
      { kind: "traffic", at: 2, revision: 0, sensor: "sensor_4", in: 1, out: 3 },
    ]);
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
        assert.deepEqual(
          passed(totals(1, size - 1 - below, size - 1), ...reports).slice(1),
          people.map(([more, gone]) => (more > 0 || gone > 0 ? `+${more} -${gone}` : "")),
        );
      }),
    );
  });

  test("give the same people at the same moments in any order within five minutes", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.nat(9)), { minLength: 2, maxLength: 30 });
    const shuffled = steps.chain((people) =>
      fc.tuple(
        fc.constant(people),
        fc.shuffledSubarray(
          people.map((_, index) => index),
          { minLength: people.length, maxLength: people.length },
        ),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([people, order]) => {
        let [at, total] = [0, 65_500];
        const inOrder = people.map(([ms, more]) => totals((at += ms), (total += more) % 65_536, 0));
        const moments = (reports: readonly TrafficObservation[]): [number, number][] => {
          const found = new Map<number, number>();
          const sensing = createTrafficSensing(keptRecords().records, ({ at, in: entered }) =>
            found.set(at, (found.get(at) ?? 0) + entered),
          );
          const facts = reports.flatMap((each) => sensing.fold(each, door));
          const told = facts.reduce((sum, fact) => sum + fact.in, 0);
          assert.equal(
            told,
            [...found.values()].reduce((sum, each) => sum + each, 0),
          );
          return [...found].filter(([, each]) => each !== 0).toSorted(([a], [b]) => a - b);
        };
        assert.deepEqual(moments(order.map((index) => inOrder[index]!)), moments(inOrder));
      }),
    );
  });
});

describe("a counter begins anew", () => {
  const mac = "00-17-0d-00-00-cc-bb-99";
  const cases: readonly (readonly [string, (sensors: Record<string, unknown>[]) => void])[] = [
    ["when another device has its id", (sensors) => Object.assign(sensors[3]!, { mac_address: mac })],
    ["when it was moved to another room", (sensors) => Object.assign(sensors[3]!, { room_id: "room_1" })],
    ["when it was taken out of its room", (sensors) => delete sensors[3]!["room_id"]],
  ];
  for (const [name, change] of cases) {
    test(`${name}: its first totals are no traffic`, async () => {
      const model = await changed(change);
      const kept = keptRecords();
      const sensing = createTrafficSensing(kept.records);
      sensing.fold(totals(1, 3, 4), door);
      const now = model.sensors.get("sensor_4")!;
      assert.deepEqual(sensing.fold(totals(2, 5_000, 5_100), now), []);
      assert.deepEqual(sensing.fold(totals(3, 5_001, 5_100), now).length, 1);
    });
  }

  test("when it was removed and returned", async () => {
    const kept = keptRecords();
    const sensing = createTrafficSensing(kept.records);
    sensing.fold(totals(1, 3, 4), door);
    sensing.follow(building);
    assert.deepEqual(kept.keys(), ["counter:sensor_4"]);
    sensing.follow(await changed((sensors) => sensors.splice(3, 1)));
    assert.deepEqual(kept.keys(), []);
    assert.deepEqual(sensing.fold(totals(2, 50, 51), door), []);
  });
});
