import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toWorld } from "../../src/building/geometry.ts";
import type { Point } from "../../src/model/fact.ts";
import { compileBuilding } from "../../src/building/compile.ts";
import { assignNumbers } from "../../src/building/assign-numbers.ts";
import { campus, checked, compiled, counter } from "./models.ts";

const square = (side: number) => [
  [0, 0],
  [side, 0],
  [side, side],
  [0, side],
];

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
    const { floor } = sensor;
    assert.deepEqual(sensor.hive, { id: "hive_1", serial: "21312f639defabc0", model: "2.0", version: "2.4.4", floor });
    assert.equal(building.hives.get("hive_1"), sensor.hive);
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

  test("places the people of the vendor's documented frame where the vendor does, from height or footprint", async () => {
    const local: Point[] = [
      [0.5625, 0.125],
      [0.75, 0.5625],
    ];
    const world: Point[] = [
      [85.694195, 27.829299],
      [87.439295, 28.577199],
    ];
    const places = [
      { footprint: [3.9888, 3.9888] },
      { height: 3.454402 },
      { height: 4.954402, detection_plane_height: 1.5 },
    ];
    for (const place of places) {
      const model = campus();
      const sensor = model.sites[0]!.buildings[0]!.floors![0]!.sensors![1]!;
      Object.assign(sensor, { center: [87.189995, 27.579999], orientation: [0, 0, 90], ...place });
      const { footprint } = (await compiled(model)).sensors.get("sensor_2")!;
      for (const [index, point] of local.entries()) {
        const [x, y] = toWorld(footprint!, point);
        assert.ok(Math.abs(x - world[index]![0]) <= 1.000001e-6, `${x} of ${JSON.stringify(place)}`);
        assert.ok(Math.abs(y - world[index]![1]) <= 1.000001e-6, `${y} of ${JSON.stringify(place)}`);
      }
    }
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
    assert.equal(building.rooms.get("room_1")?.pirZero.threshold, 0.05);
    assert.equal(building.rooms.get("room_2")?.pirZero.threshold, 0.5);
    assert.equal(building.rooms.get("room_2")?.outline, null);
    assert.equal(building.buildings.get("building_1")?.tenantScope, "unit");
    assert.equal(building.buildings.get("building_2")?.tenantScope, "own");
    assert.equal(building.floors.get("space_1")?.customId, "L1");
    assert.equal(building.floors.get("space_2")?.customId, null);
  });

  test("fills in how its places count and when its day begins", () => {
    const floor = building.floors.get("space_1")!;
    assert.equal(floor.building.site.occupancyReset, 240);
    assert.deepEqual([floor.outline, floor.overlap, floor.masks], [null, "merge", []]);
    const room = building.rooms.get("room_2")!;
    assert.equal(room.overlap, "merge");
    assert.equal(room.noMotionAfterMs, 300_000);
    assert.deepEqual(room.pirZero, { enabled: false, threshold: 0.5, windowMs: 300_000 });
    const sensor = building.sensors.get("sensor_1")!;
    assert.deepEqual(
      [sensor.masks, sensor.isEntrance, sensor.countingLine, sensor.pirZeroEnabled],
      [[], false, null, true],
    );
  });

  test("has how its places count where the model says so; a room counts as its floor unless it says otherwise", async () => {
    const model = campus();
    const [outline, mask] = [square(30), square(1)];
    const floor = model.sites[0]!.buildings[0]!.floors![0]!;
    Object.assign(model.sites[0]!, { occupancy_reset: "23:59" });
    Object.assign(floor, { coordinates: outline, overlap: "sum", masks: [mask] });
    Object.assign(floor.rooms[0]!, {
      overlap: "merge",
      no_motion_after_s: 60,
      pir_zero_enable: true,
      pir_zero_window: 86_400,
    });
    const line = [
      [0, 0],
      [0, 3],
    ];
    Object.assign(floor.sensors![0]!, {
      masks: [mask, outline],
      is_entrance: true,
      counting_line: { line },
      pir_zero_enable: false,
      detection_plane_height: 1.5,
    });
    const changed = await compiled(model);
    const { building: of, ...space } = changed.floors.get("space_1")!;
    assert.equal(of.site.occupancyReset, 23 * 60 + 59);
    assert.deepEqual([space.outline, space.overlap, space.masks], [outline, "sum", [mask]]);
    assert.equal(changed.rooms.get("room_1")!.overlap, "merge");
    assert.equal(changed.rooms.get("room_2")!.overlap, "sum");
    assert.equal(changed.rooms.get("room_3")!.overlap, "merge");
    assert.equal(changed.rooms.get("room_1")!.noMotionAfterMs, 60_000);
    assert.deepEqual(changed.rooms.get("room_1")!.pirZero, { enabled: true, threshold: 0.05, windowMs: 86_400_000 });
    const sensor = changed.sensors.get("sensor_1")!;
    assert.deepEqual(sensor.masks, [mask, outline]);
    assert.deepEqual([sensor.isEntrance, sensor.countingLine, sensor.pirZeroEnabled], [true, line, false]);
    assert.deepEqual(
      sensor.footprint?.size.map((side) => side.toFixed(6)),
      ["1.732051", "1.732051"],
    );
  });

  test("has each corner of an outline once, however often the model repeats it", async () => {
    const model = campus();
    const [from, ...others] = square(3);
    const repeated = [...Array.from({ length: 200_000 }, () => from), ...others, from];
    const floor = model.sites[0]!.buildings[0]!.floors![0]!;
    Object.assign(floor, { coordinates: repeated, masks: [repeated] });
    Object.assign(floor.rooms[0]!, { coordinates: repeated });
    const changed = await compiled(model);
    for (const outline of [
      changed.floors.get("space_1")!.outline,
      changed.floors.get("space_1")!.masks[0],
      changed.rooms.get("room_1")!.outline,
    ]) {
      assert.equal(outline?.length, 4);
    }
    assert.equal(changed.planOf("space_1").roomsAt(2, 2).length, 1);
  });

  test("has no outline of a floor from a model that was stored before floors had one", async () => {
    const model = await assignNumbers(checked(campus()), null, counter(1));
    Object.assign(model.sites[0]!.buildings![0]!.floors![0]!, { coordinates: [] });
    assert.equal(compileBuilding(model).floors.get("space_1")!.outline, null);
  });

  test("keeps of each record the fields that Belfry knows, whatever else the model says of it", async () => {
    const model = await assignNumbers(checked(campus()), null, counter(1));
    const spread = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(spread);
      if (typeof value !== "object" || value === null) return value;
      const inner = Object.entries(value).map(([field, each]) => [field, spread(each)] as const);
      return "id" in value ? { ...Object.fromEntries(inner), colour: "red" } : Object.fromEntries(inner);
    };
    const coloured = spread(model) as typeof model;
    const { tenants, keychains, access_tools: tools } = coloured.sites[0]!.buildings![0]!;
    for (const list of [tenants, keychains, tools]) assert.ok(list!.length > 0 && "colour" in list![0]!);
    assert.deepEqual(compileBuilding(coloured).document, compileBuilding(model).document);
    assert.doesNotMatch(JSON.stringify(compileBuilding(coloured).document), /colour/);
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
