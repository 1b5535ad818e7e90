import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { BuildingModel } from "../../../src/building/building.ts";
import type { HealthFact, Point } from "../../../src/model/fact.ts";
import type { HeartbeatObservation, SensorObservation } from "../../../src/model/observation.ts";
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
const begin = Date.UTC(2026, 0, 5, 8);
const s = 1_000;

type Said = SensorObservation | HeartbeatObservation;

/** Health sensing, with times in seconds, and what it told as `sensor_1 online ok @0`. */
function health(model = building, kept = keptRecords()) {
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
  const hear = (observation: Said, at: number): void => tell(sensing.heard(observation, begin + at * s, model));
  const common = (at: number) => ({ id: null, at: begin + at * s });
  return {
    sensing,
    kept,
    beat: (who: { sensor?: string; hive?: string }, at: number) =>
      hear({ kind: "heartbeat", ...common(at), ...who }, at),
    frame: (world: readonly Point[], at: number, sensor = "sensor_2", sensed = at) =>
      hear({ kind: "detections", ...common(sensed), sensor, world }, at),
    motion: (motion: boolean, at: number) => hear({ kind: "motion", ...common(at), sensor: "sensor_2", motion }, at),
    traffic: (entered: number, at: number) =>
      hear({ kind: "traffic", ...common(at), sensor: "sensor_4", in: entered, out: 0 }, at),
    advance: (now: number) => tell(sensing.advance(begin + now * s, model)),
    of: (sensor = "sensor_2") => sensing.of(model.sensors.get(sensor)!),
    hive: () => sensing.ofHive(model.hives.get("hive_1")!),
    told: () => told.splice(0),
    due: () => (sensing.nextDue() - begin) / s,
  };
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
    assert.equal(found.due(), 720);
    found.advance(719);
    assert.deepEqual(found.told(), []);
    found.advance(720);
    assert.deepEqual(found.told(), ["sensor_2 online silent ok @720"]);
    assert.equal(found.of().silentSince, begin + 600 * s);
    assert.equal(found.due(), 780);
    found.advance(780);
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
    found.advance(510 + 86_400);
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
    for (let at = 0; at <= 3 * hour; at += 600) frame([], 3 * hour + at);
    assert.deepEqual(told(), [], "an empty room looks the same for days");
  });
});

describe("the clock of a sensor", () => {
  test("is wrong or ahead while its observations are rejected for it, and trusted ten minutes later", () => {
    const found = health();
    const sensor = building.sensors.get("sensor_2")!;
    found.beat({ sensor: "sensor_2" }, 0);
    found.told();
    found.sensing.rejected(sensor, "wrong", begin + 5 * s);
    assert.equal(found.of().clock, "wrong");
    assert.equal(found.due(), 5);
    found.advance(5);
    assert.deepEqual(found.told(), ["sensor_2 online wrong @5"]);
    found.sensing.rejected(sensor, "ahead", begin + 6 * s);
    found.advance(6);
    found.beat({ sensor: "sensor_2" }, 100);
    assert.deepEqual(found.told(), ["sensor_2 online ahead @6"]);
    found.beat({ sensor: "sensor_2" }, 606);
    assert.deepEqual(found.told(), ["sensor_2 online ok @606"]);
  });

  test("is shown of one that never said anything right, and that makes it no more online", () => {
    const found = health();
    found.sensing.rejected(building.sensors.get("sensor_2")!, "wrong", begin);
    found.advance(0);
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
    found.advance(300);
    found.advance(360);
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

  test("who does not speak again goes offline, but only as long after the start as they may be silent", () => {
    const found = health();
    speaks(found, 60, 600);
    found.told();
    const after = health(building, found.kept.restart());
    assert.ok(after.due() <= 5_000);
    after.advance(5_000);
    assert.deepEqual(after.told(), []);
    assert.equal(after.due(), 5_120);
    after.advance(5_180);
    assert.deepEqual(after.told(), ["sensor_2 offline silent ok @5180"]);
    assert.equal(after.of().silentSince, begin + 600 * s);
  });
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
