import assert from "node:assert/strict";
import { test } from "node:test";
import { createSensorStatus } from "../../src/numbers/sensor-status.ts";
import { built, groundFloor, hall } from "../sensing/hall.ts";
import { frame, senses } from "../sensing/senses.ts";

const t = Date.UTC(2026, 0, 5, 8);

test("a vendor's API sees when sensors and hives were last heard, of each kind, and nothing of those that never were", async () => {
  const model = hall();
  const floor = groundFloor(model);
  Object.assign(floor, {
    hives: [
      { id: "hive_1", serialNumber: "H1" },
      { id: "hive_2", serialNumber: "H2" },
    ],
  });
  Object.assign(floor.sensors[2]!, { hive_id: "hive_1" });
  const door = { id: "door_1", mac_address: "00-17-0d-00-00-00-00-77", mode: "traffic", room_id: "room_2" };
  floor.sensors.push(door);
  const { sense, pass, sensing } = senses(await built(model));
  sense(
    frame("sensor_3", t, [5, 2]),
    { kind: "motion", id: null, at: t + 1_000, sensor: "sensor_3", motion: true },
    { kind: "heartbeat", id: null, at: t + 2_000, sensor: "sensor_3" },
    { kind: "heartbeat", id: null, at: t + 3_000, sensor: "sensor_4" },
    { kind: "traffic", id: null, at: t + 4_000, sensor: "door_1", in: 1, out: 0 },
  );
  const status = createSensorStatus((organization) => (organization === "org_1" ? sensing() : undefined));
  assert.deepEqual(status.sensor("org_1", "sensor_3"), {
    online: true,
    streaming: true,
    heartbeat: t + 2_000,
    observation: t + 1_000,
    occupancy: t,
    detection: t,
  });
  const nothing = { observation: null, occupancy: null, detection: null };
  assert.deepEqual(status.sensor("org_1", "sensor_4"), {
    online: true,
    streaming: false,
    heartbeat: t + 3_000,
    ...nothing,
  });
  const passed = { heartbeat: t + 4_000, observation: t + 4_000, occupancy: t + 4_000, detection: null };
  assert.deepEqual(status.sensor("org_1", "door_1"), { online: true, streaming: true, ...passed });
  assert.deepEqual(status.hive("org_1", "hive_1"), { online: true, streaming: true, heartbeat: t + 2_000 });
  for (const id of ["sensor_1", "nowhere"]) assert.equal(status.sensor("org_1", id), null);
  for (const id of ["hive_2", "nowhere"]) assert.equal(status.hive("org_1", id), null);
  assert.equal(status.sensor("org_none", "sensor_3"), null);
  pass(t + 25 * 3_600_000);
  assert.deepEqual(
    [status.sensor("org_1", "sensor_3")?.online, status.sensor("org_1", "sensor_3")?.streaming],
    [false, false],
  );
});
