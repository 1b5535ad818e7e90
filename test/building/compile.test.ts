import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileBuilding } from "../../src/building/compile.ts";
import { campus, checked, compiled } from "./models.ts";

const building = await compiled(campus());

describe("a compiled model", () => {
  test("finds a sensor by its id with or without the prefix, and by its MAC address in any spelling", () => {
    const sensor = building.sensors.get("sensor_1");
    for (const name of ["1", "00-17-0d-00-00-cc-bb-01", "00:17:0D:00:00:CC:BB:01", "00170d0000ccbb01", 1]) {
      assert.equal(building.sensors.get(name), sensor, String(name));
    }
    assert.equal(sensor?.id, "sensor_1");
    for (const name of ["sensor_9", "", "00-17-0d-00-00-cc-bb-99"]) assert.equal(building.sensors.get(name), undefined);
  });

  test("finds by id or by number, as number or digits", () => {
    const front = building.accessPoints.get("ap_front");
    assert.equal(front?.number, 22177636);
    assert.equal(building.accessPoints.get(22177636), front);
    assert.equal(building.accessPoints.get("22177636"), front);
    assert.equal(building.accessPoints.get(842395203)?.name, "Lobby");
    assert.equal(building.accessPoints.get(5), undefined);
  });

  test("links sensors to floor, room, zones and hive", () => {
    const sensor = building.sensors.get("sensor_1")!;
    assert.equal(sensor.floor, building.floors.get("space_1"));
    assert.equal(sensor.room, building.rooms.get("room_1"));
    assert.deepEqual(sensor.zones, [building.zones.get("zone_1")]);
    assert.equal(sensor.zones[0]?.room, sensor.room);
    assert.deepEqual(sensor.hive, { id: "hive_1", serial: "21312f639defabc0", model: "2.0", version: "2.4.4" });
    assert.equal(sensor.floor.building.site.timezone, "America/Los_Angeles");
    assert.deepEqual(
      building.sensorsOfRoom("room_1").map(({ id }) => id),
      ["sensor_1", "sensor_2"],
    );
    assert.equal(building.sensorsOfFloor("space_1").length, 5);
    assert.deepEqual(building.sensorsOfRoom("room_9"), []);
    assert.deepEqual(building.sensorsOfFloor("space_2"), []);
  });

  test("knows how a sensor hangs where the model says so", () => {
    const { footprint } = building.sensors.get("sensor_1")!;
    assert.deepEqual(footprint?.centre, [2, 2]);
    assert.equal(footprint?.orientation, 90);
    assert.equal(footprint?.yDown, true);
    assert.deepEqual(
      footprint?.size.map((side) => side.toFixed(6)),
      ["3.464102", "3.464102"],
    );
    assert.equal(building.sensors.get("sensor_2")!.footprint, null);
  });

  test("prefers the footprint that is given to the one from height and field of view", async () => {
    const model = campus();
    Object.assign(model.sites[0]!.buildings[0]!.floors![0]!.sensors![0]!, { footprint: [8, 6], y_down: false });
    const { footprint } = (await compiled(model)).sensors.get("sensor_1")!;
    assert.deepEqual(footprint, { centre: [2, 2], size: [8, 6], orientation: 90, yDown: false });
  });

  test("links doors, units, tenants and credentials", () => {
    assert.equal(building.accessPoints.get("ap_front")?.devices[0], building.devices.get(708353660));
    const duncan = building.tenants.get("tenant_duncan")!;
    assert.equal(duncan.unit, building.units.get("474917539"));
    assert.deepEqual(
      building.tenantsOfUnit("474917539").map(({ name }) => name),
      ["Duncan Idaho", "Jessica"],
    );
    assert.equal(building.tenants.get("tenant_alia")?.name, "alia@example.com");
    assert.equal(building.tenants.get("tenant_x")?.name, "tenant_x");
    assert.equal(building.keychains.get(254331397)?.tenant, duncan);
    assert.equal(building.keychains.get("kc_unit")?.unit, building.units.get("unit_b"));
    assert.equal(building.accessTools.get("fob")?.tenant?.name, "Jessica");
  });

  test("fills in what the model may leave out", () => {
    assert.equal(building.rooms.get("room_1")?.pirThreshold, 0.05);
    assert.equal(building.rooms.get("room_2")?.pirThreshold, 0.5);
    assert.equal(building.rooms.get("room_2")?.outline, null);
    assert.equal(building.buildings.get("building_1")?.tenantScope, "unit");
    assert.equal(building.buildings.get("building_2")?.tenantScope, "own");
    assert.equal(building.floors.get("space_1")?.customId, "L1");
    assert.equal(building.floors.get("space_2")?.customId, null);
  });

  test("counts and lists what it holds, in the order of the model", () => {
    assert.equal(building.rooms.size, 3);
    assert.deepEqual(
      [...building.rooms].map(({ id }) => id),
      ["room_1", "room_2", "room_3"],
    );
    assert.equal([...building.sensors].length, building.sensors.size);
  });

  test("is not made from a model without numbers", () => {
    assert.throws(() => compileBuilding(checked(campus())), /butterflymx_id/);
  });
});
