import assert from "node:assert/strict";
import { test } from "node:test";
import { reportSensing } from "../../../src/ingest/derive/report-sensing.ts";
import type { HealthFact } from "../../../src/model/fact.ts";
import { type Line, notingLog } from "../../fixtures/noted-log.ts";

const at = Date.UTC(2026, 0, 5, 8);
const health = { online: false, lastHeartbeat: at, silentSince: at, usualGapMs: 1_000 };

test("a changed sensor, a changed hive and a lost space are a line each, by their ids", () => {
  const lines: Line[] = [];
  const events = reportSensing(notingLog((line) => lines.push(line)));
  const sensor = { ...health, lastMessage: { detections: at, traffic: null, motion: null, heartbeat: null } };
  const change = { kind: "health", at, revision: 0 } as const;
  events.sensorChanged!("org_1", {
    ...change,
    type: "SENSOR_HEALTH",
    sensor: "sensor_1",
    health: { ...sensor, stuckSince: null, clock: "ahead" },
  } satisfies HealthFact);
  events.sensorChanged!("org_1", { ...change, type: "HIVE_HEALTH", hive: "hive_1", health } satisfies HealthFact);
  events.spaceLost!("org_1", "room", "room_1");
  const silent = { organization: "org_1", online: false, silent_since: "2026-01-05T08:00:00.000Z" };
  assert.deepEqual(
    lines.map(({ level, event, facts }) => [level, event, facts]),
    [
      ["info", "sensor.changed", { ...silent, sensor: "sensor_1", stuck_since: null, clock: "ahead" }],
      ["info", "hive.changed", { ...silent, hive: "hive_1" }],
      ["info", "space.lost", { organization: "org_1", level: "room", space: "room_1" }],
    ],
  );
});

test("of ten thousand changes in one turn the first ten have a line each and the others one, by kind and organization", async () => {
  const lines: Line[] = [];
  const events = reportSensing(notingLog((line) => lines.push(line)));
  for (let count = 0; count < 10_000; count++) events.spaceLost!("org_1", "room", `room_${count}`);
  for (let count = 0; count < 10; count++) events.spaceLost!("org_2", "room", `room_${count}`);
  await Promise.resolve();
  const summary = { organization: "org_1", of: "space.lost", changes: 10_000, not_shown: 9_990 };
  assert.equal(lines.length, 21);
  assert.deepEqual(lines.at(-1)!.facts, summary);
  assert.equal(lines.at(-1)!.event, "sensing.many_changed");
  for (let count = 0; count < 3; count++) events.spaceLost!("org_1", "room", `room_${count}`);
  await Promise.resolve();
  assert.equal(lines.length, 24);
});
