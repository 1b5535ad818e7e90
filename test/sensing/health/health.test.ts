import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { BuildingModel } from "../../../src/building/building.ts";
import type { HealthFact, Point } from "../../../src/model/fact.ts";
import type { HeartbeatObservation, LoggedObservation, SensorObservation } from "../../../src/model/observation.ts";
import { createHealthSensing } from "../../../src/sensing/health/health.ts";
import { campus, compiled } from "../../building/models.ts";
import { keptRecords } from "../kept-records.ts";

type Change = (floor: { sensors: Record<string, unknown>[]; hives: Record<string, unknown>[] }) => void;

/** Sensor 1 is at hive 1, sensor 2 at none; sensor 4 counts a door. */
async function campusWith(change: Change = () => {}): Promise<BuildingModel> {
  const document = campus();
  change(document.sites[0]!.buildings[0]!.floors![0]! as unknown as Parameters<Change>[0]);
  return compiled(document);
}

const building = await campusWith();
const oneHive = await campusWith(({ sensors }) => Object.assign(sensors[1]!, { hive_id: "hive_1" }));
const begin = Date.UTC(2026, 0, 5, 8);
const s = 1_000;

type Said = SensorObservation | HeartbeatObservation;

/** Health sensing, with times in seconds, and what it told as `sensor_1 online ok @0`. */
function health(model = building, kept = keptRecords(), before: readonly LoggedObservation[] = []) {
  const sensing = createHealthSensing(kept.records);
  sensing.follow(model);
  const told: string[] = [];
  const tell = (facts: readonly HealthFact[]): void => {
    for (const fact of facts) {
      const words = [fact.health.online ? "online" : "offline"];
      if (fact.health.silentSince !== null) words.push("silent");
      if (fact.type === "SENSOR_HEALTH" && fact.health.stuckSince !== null) words.push("stuck");
      if (fact.type === "SENSOR_HEALTH") words.push(fact.health.clock);
      told.push(
        `${fact.type === "SENSOR_HEALTH" ? fact.sensor : fact.hive} ${words.join(" ")} @${(fact.at - begin) / s}`,
      );
    }
  };
  const log: LoggedObservation[] = [...before];
  const hear = (observation: Said, at: number): void => {
    const logged = { position: log.length + 1, organization: "org_1", acceptedAt: begin + at * s, observation };
    log.push(logged);
    tell(sensing.heard(observation, logged.acceptedAt, logged.position, model));
  };
  const common = (at: number) => ({ id: null, at: begin + at * s });
  return {
    sensing,
    kept,
    log,
    beat: (who: { sensor?: string; hive?: string }, at: number) =>
      hear({ kind: "heartbeat", ...common(at), ...who }, at),
    frame: (world: readonly Point[], at: number, sensor = "sensor_2", sensed = at) =>
      hear({ kind: "detections", ...common(sensed), sensor, world }, at),
    motion: (motion: boolean, at: number) => hear({ kind: "motion", ...common(at), sensor: "sensor_2", motion }, at),
    traffic: (entered: number, at: number) =>
      hear({ kind: "traffic", ...common(at), sensor: "sensor_4", in: entered, out: 0 }, at),
    advance: (now: number) => tell(sensing.advance(begin + now * s, model)),
    rejected: (fault: "ahead" | "wrong", now: number, sensor = "sensor_2") =>
      tell(sensing.rejected(model.sensors.get(sensor)!, fault, begin + now * s)),
    of: (sensor = "sensor_2") => sensing.of(model.sensors.get(sensor)!),
    hive: () => sensing.ofHive(model.hives.get("hive_1")!),
    told: () => told.splice(0),
    due: () => (sensing.nextDue() - begin) / s,
  };
}

/** A process that begins then on what was written and logged, of which it reads the last 150 s again. */
function restarted({ kept, log }: ReturnType<typeof health>, now: number, model = building): ReturnType<typeof health> {
  const next = health(model, kept.restart(), log);
  const last = log.at(-1)?.acceptedAt ?? -Infinity;
  for (const { observation, acceptedAt, position } of log) {
    if (acceptedAt > last - 150 * s) next.sensing.reread(observation as Said, acceptedAt, position, model);
  }
  next.sensing.resume(last, begin + now * s);
  return next;
}

/** It speaks every `every` seconds up to `until`. */
const speaks = ({ beat }: ReturnType<typeof health>, every: number, until: number, sensor = "sensor_2"): void => {
  for (let at = 0; at <= until; at += every) beat({ sensor }, at);
};

describe("a sensor", () => {
  test("is offline until it speaks", () => {
    const { of, beat, told, due } = health();
    assert.deepEqual(of(), {
      online: false,
      lastHeartbeat: null,
      silentSince: null,
      usualGapMs: null,
      lastMessage: { detections: null, traffic: null, motion: null, heartbeat: null },
      stuckSince: null,
      clock: "ok",
    });
    assert.equal(due(), Infinity);
    beat({ sensor: "sensor_2" }, 0);
    beat({ sensor: "sensor_2" }, 1);
    assert.deepEqual(told(), ["sensor_2 online ok @0"]);
  });

  test("shows its last message of each kind, and of any", () => {
    const { of, beat, frame, motion } = health();
    frame([], 1);
    motion(true, 2);
    beat({ sensor: "sensor_2" }, 3);
    frame([], 4);
    const { lastHeartbeat, lastMessage } = of();
    assert.equal(lastHeartbeat, begin + 4 * s);
    assert.deepEqual(lastMessage, {
      detections: begin + 4 * s,
      traffic: null,
      motion: begin + 2 * s,
      heartbeat: begin + 3 * s,
    });
  });

  test("is silent after twice its usual gap and offline after three times, and online again when it speaks", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    assert.equal(found.of().usualGapMs, 60 * s);
    assert.equal(found.due(), 720.001);
    found.advance(720);
    assert.deepEqual(found.told(), [], "a message may come in this very millisecond");
    found.advance(723);
    assert.deepEqual(found.told(), ["sensor_2 online silent ok @720"]);
    assert.equal(found.of().silentSince, begin + 600 * s);
    assert.equal(found.due(), 780.001);
    found.advance(781);
    assert.deepEqual(found.told(), ["sensor_2 offline silent ok @780"]);
    assert.equal(found.due(), Infinity);
    found.beat({ sensor: "sensor_2" }, 900);
    assert.deepEqual(found.told(), ["sensor_2 online ok @900"]);
  });

  test("that speaks fast is not silent within 30 seconds, nor offline within two minutes", () => {
    const found = health();
    speaks(found, 1, 10);
    found.told();
    for (let now = 11; now < 200; now++) found.advance(now);
    assert.deepEqual(found.told(), ["sensor_2 online silent ok @40", "sensor_2 offline silent ok @130"]);
  });

  test("that speaks only of people has no usual gap, and is offline after a day", () => {
    const found = health();
    for (const at of [0, 10, 20, 500, 510]) found.traffic(1, at);
    assert.equal(found.of("sensor_4").usualGapMs, null);
    found.told();
    found.advance(510 + 86_399);
    assert.deepEqual(found.told(), []);
    found.advance(511 + 86_400);
    assert.deepEqual(found.told(), [`sensor_4 offline ok @${510 + 86_400}`]);
  });

  test("that tells of rest again, or of nobody, speaks of itself", () => {
    const found = health();
    for (const at of [0, 30, 60, 90]) found.motion(false, at);
    for (const at of [0, 60, 120]) found.traffic(0, at);
    assert.equal(found.of().usualGapMs, 30 * s);
    assert.equal(found.of("sensor_4").usualGapMs, 60 * s);
  });

  test("is stuck when it sends the same people for two hours, and free with the next other frame", () => {
    const { frame, told, of } = health();
    const hour = 3_600;
    for (let at = 0; at <= 2 * hour; at += 600)
      frame(
        [
          [1, 2],
          [3, 4],
        ],
        at,
      );
    assert.deepEqual(told(), ["sensor_2 online ok @0", `sensor_2 online stuck ok @${2 * hour}`]);
    assert.equal(of().stuckSince, begin);
    frame(
      [
        [1, 2],
        [3, 4.001],
      ],
      2 * hour + 1,
    );
    assert.deepEqual(told(), [`sensor_2 online ok @${2 * hour + 1}`]);
    for (let at = 600; at <= 3 * hour; at += 600) frame([], 2 * hour + at);
    assert.deepEqual(told(), [], "an empty room looks the same for days");
  });
});

describe("the clock of a sensor", () => {
  test("is wrong or ahead while its observations are rejected for it, and trusted ten minutes later", () => {
    const found = health();
    found.beat({ sensor: "sensor_2" }, 0);
    found.told();
    found.rejected("wrong", 5);
    assert.equal(found.of().clock, "wrong");
    assert.deepEqual(found.told(), ["sensor_2 online wrong @5"]);
    found.rejected("ahead", 6);
    found.beat({ sensor: "sensor_2" }, 100);
    assert.deepEqual(found.told(), ["sensor_2 online ahead @6"]);
    found.beat({ sensor: "sensor_2" }, 606);
    assert.deepEqual(found.told(), ["sensor_2 online ok @606"]);
  });

  test("is told a millisecond later where something else of it was told in the same one", () => {
    const found = health();
    found.beat({ sensor: "sensor_2" }, 0);
    found.rejected("ahead", 0);
    assert.deepEqual(found.told(), ["sensor_2 online ok @0", "sensor_2 online ahead @0.001"]);
  });

  test("is shown of one that never said anything right, and that makes it no more online", () => {
    const found = health();
    found.rejected("wrong", 0);
    assert.deepEqual(found.told(), ["sensor_2 offline wrong @0"]);
    assert.equal(found.of().lastHeartbeat, null);
    assert.equal(found.due(), Infinity);
  });

  test("is behind when all it said in an hour was five minutes old, and not when a gateway sends what it kept", () => {
    const found = health();
    for (let at = 0; at <= 3_600; at += 60) found.frame([], at, "sensor_2", at - 301);
    assert.deepEqual(found.told(), ["sensor_2 online ok @0", "sensor_2 online behind @3600"]);
    found.frame([], 3_660);
    assert.deepEqual(found.told(), ["sensor_2 online ok @3660"]);
    for (let at = 3_720; at <= 10_920; at += 60) found.frame([], at, "sensor_2", at % 600 === 0 ? at : at - 5_000);
    assert.deepEqual(found.told(), []);
  });
});

describe("a hive", () => {
  test("is heard by its own heartbeats and by every message of its sensors", () => {
    const found = health();
    assert.deepEqual(found.hive(), { online: false, lastHeartbeat: null, silentSince: null, usualGapMs: null });
    found.beat({ hive: "hive_1" }, 0);
    found.frame([], 60, "sensor_1");
    found.frame([], 70);
    assert.equal(found.hive().lastHeartbeat, begin + 60 * s);
    assert.deepEqual(found.told(), ["hive_1 online @0", "sensor_1 online ok @60", "sensor_2 online ok @70"]);
  });

  test("falls silent and goes offline as a sensor does", () => {
    const found = health();
    for (const at of [0, 60, 120, 180]) found.beat({ hive: "hive_1" }, at);
    found.advance(301);
    found.advance(361);
    assert.deepEqual(found.told(), ["hive_1 online @0", "hive_1 online silent @300", "hive_1 offline silent @360"]);
  });
});

describe("over a restart", () => {
  test("health is as it was, and nothing is told twice", () => {
    const found = health();
    speaks(found, 60, 600, "sensor_1");
    const before = [found.of("sensor_1"), found.hive()];
    const after = health(building, found.kept.restart());
    assert.deepEqual([after.of("sensor_1"), after.hive()], before);
    after.beat({ sensor: "sensor_1" }, 660);
    assert.deepEqual(after.told(), []);
  });

  test("who does not speak again is silent with the moment of that, said once the server has listened as long", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    const after = restarted(found, 5_000);
    assert.ok(after.due() <= 5_000);
    after.advance(5_000);
    after.advance(5_120);
    assert.deepEqual(after.told(), [], "while nobody listened it may have spoken");
    after.advance(5_121);
    assert.deepEqual(after.told(), ["sensor_2 online silent ok @720"]);
    after.advance(5_181);
    assert.deepEqual(after.told(), ["sensor_2 offline silent ok @780"]);
    assert.equal(after.of().silentSince, begin + 600 * s);
  });

  test("who speaks soon after the server was away was never silent, and another restart does not change that", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    const again = restarted(found, 5_000);
    again.advance(5_000);
    const after = restarted(again, 5_060);
    after.advance(5_119);
    after.beat({ sensor: "sensor_2" }, 5_119);
    assert.deepEqual(after.told(), []);
  });

  test("a restart within seconds changes nothing of since when the server listens", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    const again = restarted(found, 5_000);
    again.advance(5_000);
    again.frame([], 5_050, "sensor_1");
    const after = restarted(again, 5_055);
    after.advance(5_119);
    assert.deepEqual(after.told(), []);
    after.advance(5_121);
    assert.deepEqual(after.told(), ["sensor_2 online silent ok @720"]);
    assert.deepEqual(restarted(after, 5_122).of(), after.of());
  });

  test("what the earlier process logged and did not fold is no sign that the server listened ever since", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    const after = restarted(found, 50_000);
    after.frame([], 601);
    after.frame([], 700, "sensor_1");
    after.advance(50_000);
    assert.deepEqual(after.told(), ["sensor_1 online ok @700", "hive_1 online @700"]);
  });

  test("a silence that the earlier process heard to its end and did not fold is told, however long the server was away since", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    const after = restarted(found, 50_000);
    for (let at = 609; at < 730; at += 9) after.traffic(0, at);
    after.beat({ sensor: "sensor_2" }, 730);
    assert.deepEqual(after.told(), [
      "sensor_4 online ok @609",
      "sensor_2 online silent ok @720",
      "sensor_2 online ok @730",
    ]);
    after.advance(50_000);
    assert.deepEqual(after.told(), []);
  });

  test("what was heard and not written yet is known, and a clock that was wrong still is", () => {
    const found = health();
    for (let at = 0; at < 100; at += 10) found.motion(false, at);
    found.rejected("ahead", 80);
    found.rejected("ahead", 90);
    found.told();
    const after = restarted(found, 95);
    assert.deepEqual(after.of(), found.of());
    after.beat({ sensor: "sensor_2" }, 100);
    assert.deepEqual(after.told(), []);
    after.beat({ sensor: "sensor_2" }, 689);
    after.beat({ sensor: "sensor_2" }, 690);
    assert.deepEqual(after.told(), [
      "sensor_2 online silent ahead @130",
      "sensor_2 offline silent ahead @220",
      "sensor_2 online ahead @689",
      "sensor_2 online ok @690",
    ]);
  });

  test("who is silent stays so, with their hive, though what they said last is read again", () => {
    const found = health();
    speaks(found, 10, 100, "sensor_1");
    found.advance(131);
    found.frame([], 132);
    found.told();
    const after = restarted(found, 135);
    assert.deepEqual([after.of("sensor_1"), after.hive()], [found.of("sensor_1"), found.hive()]);
    assert.equal(after.of("sensor_1").silentSince, begin + 100 * s);
    assert.equal(after.hive().silentSince, begin + 100 * s);
  });

  test("who was heard last long before the end of the log is remembered, too", () => {
    const found = health();
    speaks(found, 50, 500);
    for (let at = 505; at < 590; at += 5) {
      found.advance(at);
      found.frame([], at, "sensor_1");
    }
    found.beat({ sensor: "sensor_2" }, 520);
    for (let at = 590; at < 1_500; at += 5) {
      found.advance(at);
      found.frame([], at, "sensor_1");
    }
    const after = restarted(found, 1_500);
    assert.equal(after.of().lastHeartbeat, begin + 520 * s);
  });

  /** A minute here and there without a word, the same people for hours, rest told again, wrong clocks, heartbeats of the hive. */
  const steps = fc.array(
    fc.record({
      wait: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 1, max: 20 }) }, fc.integer({ min: 21, max: 4_000 })),
      what: fc.constantFrom("frame", "same", "rest", "moves", "beat", "hive", "late", "wrong", "ahead"),
      who: fc.constantFrom("sensor_1", "sensor_2"),
      looks: fc.boolean(),
      early: fc.integer({ min: 0, max: 20 }),
      ends: fc.integer({ min: 0, max: 6 }),
    }),
    { minLength: 5, maxLength: 120 },
  );
  type Step = (typeof steps extends fc.Arbitrary<readonly (infer Each)[]> ? Each : never) & object;

  function play(given: readonly Step[], restarts: boolean): string[] {
    let house = health(oneHive);
    let at = 0;
    let lookedAt = 0;
    const told: string[] = [];
    for (const [index, { wait, what, who, looks, early, ends }] of given.entries()) {
      if (looks) house.advance(at + wait / 2);
      at += wait;
      // The log processor looks at least every 30 s of its log.
      if (looks || at >= lookedAt + 30) house.advance((lookedAt = at - Math.min(early, wait)));
      if (what === "frame") house.frame([[index, 1]], at, who);
      else if (what === "same") house.frame([[1, 1]], at, who);
      else if (what === "late") house.frame([[1, 1]], at, who, at - 400);
      else if (what === "beat") house.beat({ sensor: who }, at);
      else if (what === "hive") house.beat({ hive: "hive_1" }, at);
      else if (what === "rest" || what === "moves") house.motion(what === "moves", at);
      else house.rejected(what, at, who);
      told.push(...house.told());
      // A kill right after the write, and a start within seconds.
      if (restarts && ends === 0 && at - lastHeard(house) <= 5) house = restarted(house, at + 4, oneHive);
    }
    house.advance(at + 200_000);
    // Who is silent first is told first, whether or not somebody looked meanwhile.
    return [...told, ...house.told()].toSorted();
  }
  const lastHeard = ({ log }: ReturnType<typeof health>): number => ((log.at(-1)?.acceptedAt ?? begin) - begin) / s;

  test("kills at any moment change nothing of what is told, nor does who looks when", () => {
    fc.assert(
      fc.property(steps, (given) => {
        const undisturbed = play(given, false);
        assert.deepEqual(play(given, true), undisturbed);
        assert.deepEqual(
          play(
            given.map((step) => ({ ...step, looks: true, early: 0 })),
            false,
          ),
          undisturbed,
        );
        assert.equal(new Set(undisturbed.map((line) => line.replace(/ .* @/, " @"))).size, undisturbed.length);
      }),
      { numRuns: 60 },
    );
  });
});

test("a thousand sensors that fall silent together are told in slices, each with its own moment", async () => {
  const count = 1_000;
  const model = await campusWith(({ sensors }) => {
    for (let index = 0; index < count; index++) {
      const mac = `00-17-0d-00-${index
        .toString(16)
        .padStart(4, "0")
        .replace(/(..)(..)/, "$1-$2")}-00-01`;
      sensors.push({ id: `many_${index}`, mac_address: mac, mode: "presence" });
    }
  });
  const found = health(model);
  for (let at = 0; at <= 60; at += 20)
    for (let index = 0; index < count; index++) found.beat({ sensor: `many_${index}` }, at);
  found.told();
  const slices: number[] = [];
  const told: string[] = [];
  while (found.due() <= 101) {
    found.advance(101);
    const slice = found.told();
    slices.push(slice.length);
    told.push(...slice);
  }
  assert.equal(Math.max(...slices), 200);
  assert.deepEqual(
    told.toSorted(),
    Array.from({ length: count }, (_, index) => `many_${index} online silent ok @100`).toSorted(),
  );
});

describe("health begins anew", () => {
  const changes: readonly (readonly [string, Change])[] = [
    [
      "a sensor that was replaced",
      ({ sensors }) => Object.assign(sensors[0]!, { mac_address: "00-17-0d-00-00-cc-bb-99" }),
    ],
    ["a sensor that was moved", ({ sensors }) => Object.assign(sensors[0]!, { room_id: "room_2", zone_ids: [] })],
    ["a hive that was replaced", ({ hives }) => Object.assign(hives[0]!, { serialNumber: "another" })],
  ];
  for (const [name, change] of changes) {
    test(`of ${name}, before and after a restart`, async () => {
      const model = await campusWith(change);
      const found = health();
      speaks(found, 60, 600, "sensor_1");
      const ofIt = ({ sensing }: ReturnType<typeof health>) =>
        name.includes("hive") ? sensing.ofHive(model.hives.get("hive_1")!) : sensing.of(model.sensors.get("sensor_1")!);
      assert.equal(ofIt(found).lastHeartbeat, null);
      found.sensing.follow(model);
      assert.equal(ofIt(found).lastHeartbeat, null);
      assert.equal(ofIt(health(model, found.kept.restart())).lastHeartbeat, null);
    });
  }

  test("of a sensor that was removed and returned", async () => {
    const found = health();
    speaks(found, 60, 600, "sensor_1");
    found.sensing.follow(await campusWith(({ sensors, hives }) => void [sensors.splice(0, 1), hives.splice(0, 1)]));
    assert.deepEqual(found.kept.keys(), []);
    found.sensing.follow(building);
    assert.equal(found.of("sensor_1").lastHeartbeat, null);
    assert.equal(found.hive().lastHeartbeat, null);
  });
});
