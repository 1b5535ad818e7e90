// Sensors, hives and the owners of subscriptions, over a building model.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { HealthFact } from "../../src/model/fact.ts";
import { unheardHive, unheardSensor } from "../../src/model/sensor-health.ts";
import { createModelChanges } from "../../src/organizations/replace-model.ts";
import { type Belfry, startBelfry } from "./harness.ts";

const minute = 60_000;
const operator = { key: "key_1", role: "operator", organization: null, targets: [] } as const;

const model = {
  organization: { id: "org_1", name: "Birch & Vale" },
  sites: [
    {
      id: "site_1",
      name: "Site",
      timezone: "Europe/Berlin",
      buildings: [
        {
          id: "building_1",
          name: "North Tower",
          floors: [
            {
              id: "floor_1",
              name: "2",
              rooms: [{ id: "room_1", name: "Lounge" }],
              hives: [{ id: "hive_1", serialNumber: "H1" }],
              sensors: Array.from({ length: 9 }, (_, at) => ({
                id: `sensor_${at}`,
                mac_address: `00-17-0d-00-00-0${at}`,
                mode: "presence",
                room_id: "room_1",
                hive_id: "hive_1",
              })),
            },
          ],
          units: [{ id: "unit_1", label: "101" }],
          tenants: [{ id: "tenant_1", unit_id: "unit_1" }],
        },
      ],
    },
  ],
};

async function begin(t: TestContext): Promise<Belfry> {
  const belfry = await startBelfry();
  t.after(() => belfry.stop());
  await createModelChanges({ registry: belfry.live.registry, clock: belfry.clock }).replace(operator, model);
  return belfry;
}

const fact = { kind: "health", at: 0, revision: 0 } as const;
const sensor = (id: number, health: object): HealthFact => ({
  ...fact,
  type: "SENSOR_HEALTH",
  sensor: `sensor_${id}`,
  health: { ...unheardSensor, online: true, lastHeartbeat: Date.UTC(2026, 0, 5, 7, 30), ...health },
});
const hive = (online: boolean): HealthFact => ({
  ...fact,
  type: "HIVE_HEALTH",
  hive: "hive_1",
  health: { ...unheardHive, online, lastHeartbeat: Date.UTC(2026, 0, 5, 7, 30) },
});

test("a hive that fails takes its sensors along: two alerts with their place, and two when all are back", async (t) => {
  const belfry = await begin(t);
  const target = await belfry.target("org_1");
  const tell = belfry.events.sensorChanged!;
  tell("org_1", hive(false));
  for (let each = 0; each < 9; each++) tell("org_1", sensor(each, { online: false }));
  await belfry.pass(minute);
  tell("org_1", hive(true));
  for (let each = 0; each < 9; each++) tell("org_1", sensor(each, {}));
  await belfry.pass(minute);
  assert.deepEqual(
    belfry.heard(target).map(({ kind, count, text }) => [kind, count, text.split(":")[0]]),
    [
      [
        "hive.offline",
        1,
        "Hive “hive_1” (floor 2, North Tower) of Birch & Vale is offline, last heard at 2026-01-05 07",
      ],
      ["sensor.offline", 9, "9 sensors of Birch & Vale are offline"],
      ["hive.back", 1, "Hive “hive_1” (floor 2, North Tower) of Birch & Vale is back online"],
      ["sensor.back", 9, "9 sensors of Birch & Vale are back"],
    ],
  );
});

test("a sensor that is stuck is told with its room, and one that was never heard is not", async (t) => {
  const belfry = await begin(t);
  const [target, operators] = [await belfry.target("org_1"), await belfry.target(null)];
  belfry.events.sensorChanged!("org_1", sensor(1, { stuckSince: Date.UTC(2026, 0, 5, 6) }));
  belfry.events.sensorChanged!("org_1", sensor(2, { online: false, lastHeartbeat: null }));
  await belfry.pass(minute);
  const text =
    "Sensor “sensor_1” (Lounge, floor 2, North Tower) of Birch & Vale has sent one and the same frame since" +
    " 2026-01-05 06:00 UTC: restart it, until then its counts are wrong.";
  for (const each of [target, operators])
    assert.deepEqual(
      belfry.heard(each).map((body) => body.text),
      [text],
    );
});

test("what sensing finds at a start is told once over three starts, and its end once over three more", async (t) => {
  const belfry = await begin(t);
  const target = await belfry.target("org_1");
  let online = false;
  belfry.watching = async function* () {
    const found = await belfry.live.place.model("org_1");
    const lastHeartbeat = Date.UTC(2026, 0, 5, 7, 30);
    yield {
      model: found!,
      sensor: ({ id }) => ({ ...unheardSensor, lastHeartbeat, online: id !== "sensor_1" || online }),
      hive: () => ({ ...unheardHive, lastHeartbeat, online: true }),
    };
  };
  for (let start = 0; start < 3; start++) {
    await belfry.restart();
    await belfry.pass(minute);
  }
  online = true;
  for (let start = 0; start < 3; start++) {
    await belfry.restart();
    await belfry.pass(minute);
  }
  assert.deepEqual(
    belfry.heard(target).map(({ kind }) => kind),
    ["sensor.offline", "sensor.back"],
  );
});

test("a building hears of its tenants' subscriptions, and a tenant of its own alone", async (t) => {
  const belfry = await begin(t);
  const building = await belfry.target("org_1", {}, { scope: { kind: "building", id: "building_1" } });
  const tenant = await belfry.target("org_1", {}, { scope: { kind: "tenant", id: "tenant_1" } });
  const parts = { dialect: "butterflymx", lane: { maxInFlight: null, retryDelays: [] } } as const;
  const ofBuilding = await belfry.subscribe("11", { ...parts, scope: { kind: "building", id: "building_1" } });
  const ofTenant = await belfry.subscribe("12", { ...parts, scope: { kind: "tenant", id: "tenant_1" } });
  for (const each of [ofBuilding, ofTenant]) belfry.answer(each, 404);
  await belfry.ring(ofBuilding, ofTenant);
  await belfry.pass(minute);
  const heard = (target: typeof tenant) => belfry.heard(target).flatMap(({ about }) => about.map(({ id }) => id));
  assert.deepEqual([heard(building), heard(tenant)], [["11", "12"], ["12"]]);
  assert.match(
    belfry.heard(tenant)[0]!.text,
    /^A delivery to subscription “12” \(North Tower\) of Birch & Vale failed at the last attempt/,
  );
});

test("notices of the engine are told with what they say: long failing, and what is held and expires", async (t) => {
  const belfry = await begin(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby");
  const disabledAt = Date.UTC(2026, 0, 7, 8);
  belfry.events.failingLong!(lobby, { percent: 50, since: Date.UTC(2026, 0, 2, 8), attempts: 31, disabledAt });
  belfry.events.heldExpiring!(lobby, { deliveries: 2, expiresAt: Date.UTC(2026, 0, 6) });
  await belfry.pass(minute);
  const [failing, held] = belfry.heard(target).map(({ kind, text, about }) => ({ kind, text, about: about[0]! }));
  assert.match(
    failing!.text,
    /has taken nothing for 50 % of the time after which Belfry disables it, at 2026-01-07 08:00 UTC:/,
  );
  assert.deepEqual(
    [failing!.about["failed_attempts"], failing!.about["disabled_at"]],
    [31, "2026-01-07T08:00:00.000Z"],
  );
  assert.match(
    held!.text,
    /^2 deliveries held for subscription “Name of webhook_lobby” .* the first at 2026-01-06 00:00 UTC/,
  );
});
