import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { BuildingModel } from "../../../src/building/building.ts";
import type { MotionFact } from "../../../src/model/fact.ts";
import { createMotionSensing } from "../../../src/sensing/motion/motion.ts";
import { campus, compiled } from "../../building/models.ts";
import { built, hall } from "../hall.ts";
import { keptRecords } from "../kept-records.ts";
import { frame, only, senses } from "../senses.ts";

type Change = (rooms: Record<string, unknown>[], sensors: Record<string, unknown>[]) => void;

/** Room 1 has sensors 1 and 2, room 2 sensor 3. */
async function campusWith(change: Change = () => {}): Promise<BuildingModel> {
  const document = campus();
  const [floor] = document.sites[0]!.buildings[0]!.floors!;
  change(floor!.rooms as Record<string, unknown>[], floor!.sensors as Record<string, unknown>[]);
  return compiled(document);
}

const building = await campusWith();
const s = 1_000;

/** Motion sensing, and everything it said so far as `room moves @seconds`. */
function motion(model = building, kept = keptRecords()) {
  const sensing = createMotionSensing(kept.records);
  sensing.follow(model);
  const told: string[] = [];
  const tell = (facts: readonly MotionFact[]): void => {
    for (const { room, motion: moves, at, revision } of facts) {
      told.push(`${room} ${moves ? "moves" : "rests"} @${at / s}${revision === 0 ? "" : ` r${revision}`}`);
    }
  };
  return {
    sensing,
    kept,
    report(sensor: string, at: number, value: boolean | number, now = model) {
      const observation = { kind: "motion", id: null, at: at * s, sensor } as const;
      const given = typeof value === "boolean" ? { motion: value } : { confidence: value };
      tell(sensing.fold({ ...observation, ...given }, now.sensors.get(sensor)!, now));
    },
    heard: (sensor: string, at: number) => sensing.heard(model.sensors.get(sensor)!, at * s),
    pass: (now: number, then = model) => tell(sensing.advance(now * s, then)),
    /** What was said since the last call. */
    told: () => told.splice(0),
  };
}

describe("motion of a room", () => {
  test("begins with the first report of motion, and again only after a rest", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 0, true);
    report("sensor_2", 1, true);
    report("sensor_1", 2, true);
    assert.deepEqual(told(), ["room_1 moves @0"]);
    pass(302);
    assert.deepEqual(told(), ["room_1 rests @302"]);
    report("sensor_2", 400, true);
    assert.deepEqual(told(), ["room_1 moves @400"]);
  });

  test("ends when none of its sensors has seen any for five minutes, at the end of that silence", () => {
    const { sensing, report, pass, told } = motion();
    assert.equal(sensing.nextDue(), Infinity);
    report("sensor_1", 0, true);
    report("sensor_2", 100, true);
    told();
    assert.equal(sensing.nextDue(), 400 * s);
    pass(399.999);
    assert.deepEqual(told(), []);
    pass(10_000);
    assert.deepEqual(told(), ["room_1 rests @400"]);
    assert.equal(sensing.nextDue(), Infinity);
    pass(20_000);
    assert.deepEqual(told(), []);
  });

  test("lasts up to the report that says that it is over", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 0, true);
    report("sensor_1", 60, false);
    told();
    pass(359.999);
    assert.deepEqual(told(), []);
    pass(360);
    assert.deepEqual(told(), ["room_1 rests @360"]);
  });

  test("takes the silence that its room wants", async () => {
    const { report, pass, told } = motion(
      await campusWith(([room]) => Object.assign(room!, { no_motion_after_s: 60 })),
    );
    report("sensor_1", 0, true);
    pass(60);
    assert.deepEqual(told(), ["room_1 moves @0", "room_1 rests @60"]);
  });

  test("never begins by reports of rest", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 1, false);
    report("sensor_1", 2, false);
    pass(1_000);
    assert.deepEqual(told(), []);
  });

  test("is a confidence of at least the room's threshold", () => {
    const { report, told } = motion();
    report("sensor_1", 1, 0.049);
    report("sensor_1", 2, 0.05);
    report("sensor_3", 3, 0.49);
    report("sensor_3", 4, 0.5);
    assert.deepEqual(told(), ["room_1 moves @2", "room_2 moves @4"]);
  });

  test("that was over before the next report is told of first, also when nobody asked meanwhile", () => {
    const { report, told } = motion();
    report("sensor_1", 0, true);
    report("sensor_2", 400, true);
    assert.deepEqual(told(), ["room_1 moves @0", "room_1 rests @300", "room_1 moves @400"]);
  });

  test("at the very end of the silence goes on", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 0, true);
    report("sensor_1", 300, true);
    pass(600);
    assert.deepEqual(told(), ["room_1 moves @0", "room_1 rests @600"]);
  });

  test("is that of the last report, also when other messages came between", () => {
    const { report, heard, pass, told } = motion();
    report("sensor_1", 0, true);
    for (const at of [10, 20, 25]) heard("sensor_1", at);
    report("sensor_1", 30, true);
    heard("sensor_1", 325);
    pass(330);
    assert.deepEqual(told(), ["room_1 moves @0", "room_1 rests @330"]);
  });

  test("is unknown of a sensor without a room", () => {
    const { report, told, kept } = motion();
    report("sensor_5", 1, true);
    assert.deepEqual(told(), []);
    assert.deepEqual(kept.keys(), []);
  });

  test("goes on after a restart, which finds the silence that ends", () => {
    const { report, kept } = motion();
    report("sensor_1", 0, true);
    const { sensing, pass, told } = motion(building, kept.restart());
    assert.equal(sensing.nextDue(), 300 * s);
    pass(300);
    assert.deepEqual(told(), ["room_1 rests @300"]);
  });
});

describe("late reports", () => {
  test("of motion prolong what lasts", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 100, true);
    report("sensor_2", 50, true);
    pass(400);
    assert.deepEqual(told(), ["room_1 moves @100", "room_1 rests @400"]);
  });

  test("of motion before the rest that was told take it back at its own time", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 0, true);
    pass(300);
    told();
    report("sensor_2", 200, true);
    assert.deepEqual(told(), ["room_1 moves @300 r1"]);
    pass(600);
    assert.deepEqual(told(), ["room_1 rests @500"]);
  });

  test("of motion older than what was seen since change nothing", () => {
    const { report, pass, told } = motion();
    report("sensor_1", 100, true);
    pass(400);
    told();
    report("sensor_2", 90, true);
    assert.deepEqual(told(), []);
  });
});

describe("a motion sensor that is not heard of", () => {
  /** Sensor 2 says every 60 s that nothing moves, the last time at 240 s. */
  const withRegular = () => {
    const found = motion();
    for (const at of [0, 60, 120, 180, 240]) found.report("sensor_2", at, false);
    return found;
  };

  test("for twice its usual gap leaves the room's motion unknown until it is heard of", () => {
    const { sensing, report, heard, pass, told } = withRegular();
    report("sensor_1", 230, true);
    told();
    pass(530);
    assert.deepEqual(told(), [], "silent since 240");
    assert.equal(sensing.nextDue(), Infinity);
    heard("sensor_2", 700);
    assert.equal(sensing.nextDue(), 700 * s);
    pass(700);
    assert.deepEqual(told(), ["room_1 rests @530"]);
  });

  test("no longer than that does not", () => {
    const { report, pass, told } = withRegular();
    report("sensor_1", 60, true);
    told();
    pass(360);
    assert.deepEqual(told(), ["room_1 rests @360"]);
  });

  test("and reports again sets the room free", () => {
    const { report, pass, told } = withRegular();
    report("sensor_1", 230, true);
    pass(600);
    told();
    report("sensor_2", 700, false);
    assert.deepEqual(told(), ["room_1 rests @530"]);
  });

  test("is heard of by any message: a heartbeat will do", () => {
    const { report, heard, pass, told } = withRegular();
    report("sensor_1", 230, true);
    for (const at of [300, 360, 420, 480]) heard("sensor_2", at);
    told();
    pass(530);
    assert.deepEqual(told(), ["room_1 rests @530"]);
  });

  test("and has left the model holds nothing up", async () => {
    const { sensing, report, pass, told } = withRegular();
    report("sensor_1", 230, true);
    pass(600);
    told();
    const smaller = await campusWith((_rooms, sensors) => sensors.splice(1, 1));
    sensing.follow(smaller);
    pass(601, smaller);
    assert.deepEqual(told(), ["room_1 rests @530"]);
  });

  test("holds nothing up when it never spoke but of change", () => {
    const { report, pass, told } = motion();
    for (const at of [0, 100, 200, 300]) {
      report("sensor_2", at, true);
      report("sensor_2", at + 1, true);
      report("sensor_2", at + 2, true);
      report("sensor_2", at + 5, false);
    }
    report("sensor_1", 5_000, true);
    told();
    pass(5_300);
    assert.deepEqual(told(), ["room_1 rests @5300"]);
  });

  test("is not missed for one long gap among short ones", () => {
    const { report, pass, told } = withRegular();
    report("sensor_2", 3_000, false);
    report("sensor_2", 3_060, false);
    report("sensor_1", 3_000, true);
    told();
    pass(3_300);
    assert.deepEqual(told(), [], "one outage of 46 minutes does not make 4 minutes usual");
  });

  test("is as unknown after a restart", () => {
    const { report, kept } = withRegular();
    report("sensor_1", 230, true);
    const { pass, told } = motion(building, kept.restart());
    pass(600);
    assert.deepEqual(told(), []);
  });
});

describe("a sensor of motion", () => {
  const away: readonly (readonly [string, Change])[] = [
    ["removed", (_rooms, sensors) => sensors.splice(0, 1)],
    ["moved to another room", (_rooms, sensors) => Object.assign(sensors[0]!, { room_id: "room_2", zone_ids: [] })],
    ["replaced", (_rooms, sensors) => Object.assign(sensors[0]!, { mac_address: "00-17-0d-00-00-cc-bb-99" })],
  ];
  for (const [name, change] of away) {
    test(`that was ${name} keeps no room moving, and its motion lasts no longer there`, async () => {
      const { sensing, report, pass, told } = motion();
      report("sensor_1", 0, true);
      report("sensor_1", 100, true);
      report("sensor_2", 0, false);
      told();
      const model = await campusWith(change);
      sensing.follow(model);
      assert.equal(sensing.nextDue(), 400 * s);
      pass(400, model);
      assert.deepEqual(told(), ["room_1 rests @400"]);
    });

    test(`that was ${name} before a restart keeps no room moving`, async () => {
      const { report, kept } = motion();
      report("sensor_1", 0, true);
      const { pass, told } = motion(await campusWith(change), kept.restart());
      pass(300);
      assert.deepEqual(told(), ["room_1 rests @300"]);
    });
  }

  test("that returns begins anew", async () => {
    const { sensing, report, pass, told, kept } = motion();
    report("sensor_1", 0, true);
    sensing.follow(await campusWith((_rooms, sensors) => sensors.splice(0, 1)));
    assert.deepEqual(kept.keys(), ["motion:room_1"]);
    sensing.follow(building);
    pass(300);
    report("sensor_1", 400, false);
    pass(1_000);
    assert.deepEqual(told(), ["room_1 moves @0", "room_1 rests @300"]);
  });

  test("of a room that is gone is forgotten with it", async () => {
    const { sensing, report, kept } = motion();
    report("sensor_3", 0, true);
    sensing.follow(
      await campusWith((rooms, sensors) => {
        rooms.splice(1, 1);
        sensors.splice(2, 2);
      }),
    );
    assert.deepEqual(kept.keys(), []);
  });
});

describe("absence for zeroing", () => {
  const zero =
    (more: Record<string, unknown> = {}): Change =>
    ([room]) =>
      Object.assign(room!, { pir_zero_enable: true, pir_zero_window: 100, ...more });
  const since = ({ sensing }: ReturnType<typeof motion>, at: number, model: BuildingModel) => {
    const found = sensing.absentSince(model.rooms.get("room_1")!, at * s, model);
    return found === null ? null : found / s;
  };

  test("begins with the last motion of any sensor, once it is as long as the room wants", async () => {
    const model = await campusWith(zero());
    const found = motion(model);
    found.report("sensor_1", 0, true);
    found.report("sensor_1", 10, false);
    found.report("sensor_2", 0, false);
    assert.equal(since(found, 109, model), null);
    assert.equal(since(found, 110, model), 10);
  });

  test("of the past is not changed by motion since", async () => {
    const model = await campusWith(zero());
    const found = motion(model);
    found.report("sensor_1", 0, false);
    found.report("sensor_1", 150, true);
    assert.equal(since(found, 149, model), 0);
    assert.equal(since(found, 150, model), null);
  });

  test("needs a sensor that was heard, and zeroing on", async () => {
    const model = await campusWith(zero());
    assert.equal(since(motion(model), 1_000, model), null);
    const off = motion();
    off.report("sensor_1", 0, false);
    assert.equal(since(off, 1_000, building), null);
  });

  test("is unknown where a sensor is", async () => {
    const model = await campusWith(zero());
    const found = motion(model);
    for (const at of [0, 10, 20, 30]) found.report("sensor_2", at, false);
    assert.equal(since(found, 45, model), null, "not long enough");
    found.report("sensor_1", 0, false);
    assert.equal(since(found, 500, model), null);
    found.heard("sensor_2", 500);
    assert.equal(since(found, 500, model), 0);
  });

  test("does not ask a sensor that may not zero", async () => {
    const model = await campusWith((rooms, sensors) => {
      zero()(rooms, sensors);
      Object.assign(sensors[0]!, { pir_zero_enable: false });
    });
    const found = motion(model);
    found.report("sensor_1", 190, true);
    found.report("sensor_2", 0, false);
    assert.equal(since(found, 200, model), 0);
  });
});

test("the edges of a room change sides, beginning with motion, and its time never goes back", () => {
  const acts = fc.array(
    fc.record({
      sensor: fc.constantFrom("sensor_1", "sensor_2"),
      at: fc.nat(2_000),
      value: fc.constantFrom(true, false, null),
      pass: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(acts, (all) => {
      const sensing = createMotionSensing(keptRecords().records);
      const facts = all.flatMap(({ sensor, at, value, pass }) => {
        const place = building.sensors.get(sensor)!;
        if (value === null) sensing.heard(place, at * s);
        const found =
          value === null
            ? []
            : sensing.fold({ kind: "motion", id: null, sensor, at: at * s, motion: value }, place, building);
        return pass ? [...found, ...sensing.advance(at * s, building)] : found;
      });
      facts.push(...sensing.advance(1e9, building));
      for (const [index, fact] of facts.entries()) {
        assert.equal(fact.motion, index % 2 === 0);
        const before = facts[index - 1];
        if (before === undefined) continue;
        assert.ok(fact.at > before.at || (fact.at === before.at && fact.revision === before.revision + 1));
      }
    }),
  );
});

test("a restart knows until when a motion sensor was heard, so that its room comes to rest as if there had been none", async () => {
  const hallModel = await built(hall());
  const t = Date.UTC(2026, 0, 5, 9);
  const edgesAfter = (isRestarted: boolean): unknown[] => {
    const all = senses(hallModel);
    const move = (at: number, value: boolean) =>
      ({ kind: "motion", id: null, sensor: "sensor_3", at, motion: value }) as const;
    const facts = all.sense(move(t, true), move(t + 1_000, false));
    for (let at = t + 2_000; at < t + 297_000; at += 1_000) facts.push(...all.sense(frame("sensor_3", at)));
    if (isRestarted) all.restart();
    facts.push(...all.pass(t + 400_000));
    return only(facts, "motion").map(({ motion, at }) => [motion, at - t]);
  };
  assert.deepEqual(edgesAfter(true), edgesAfter(false));
  assert.equal(edgesAfter(false).length, 2);
});
