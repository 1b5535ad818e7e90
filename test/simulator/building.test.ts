import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { checkModel } from "../../src/building/check.ts";
import type { ModelDocument } from "../../src/building/document.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import { readPlace } from "../../src/simulator/place.ts";
import { cornersOf, desksOf, middleOf, planOf, tilesOf, within } from "../../src/simulator/plan.ts";

const seeds = fc.integer({ min: 0, max: 1_000_000 });
const house = (model: ModelDocument) => model.sites[0]!.buildings![0]!;

test("the same seed gives the same building to the last byte, another seed another one", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      assert.equal(JSON.stringify(createBuilding(seed)), JSON.stringify(createBuilding(seed)));
      assert.notEqual(createBuilding(seed).organization.id, createBuilding(seed + 1).organization.id);
    }),
    { numRuns: 20 },
  );
});

test("every id, number and MAC address is there once, in the vendors' forms", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const model = createBuilding(seed);
      const {
        floors = [],
        access_points = [],
        devices = [],
        units = [],
        tenants = [],
        keychains = [],
        access_tools = [],
      } = house(model);
      const spaces = floors.flatMap((floor) => [
        floor,
        ...floor.rooms!,
        ...floor.zones!,
        ...floor.hives!,
        ...floor.sensors!,
      ]);
      const numbered = [
        house(model),
        ...access_points,
        ...devices,
        ...units,
        ...tenants,
        ...keychains,
        ...access_tools,
      ];
      const ids = [model.organization, ...model.sites, ...spaces, ...numbered].map(({ id }) => id);
      for (const id of ids) assert.match(id, /^[a-z]+_[0-9A-Za-z]{27}$/);
      assert.equal(new Set(ids).size, ids.length);
      const numbers = numbered.map(({ butterflymx_id }) => butterflymx_id!);
      assert.equal(new Set(numbers).size, numbers.length);
      const macs = floors.flatMap((floor) => floor.sensors!.map((sensor) => sensor.mac_address));
      for (const mac of macs) assert.match(mac, /^00-17-0d(-[0-9a-f]{2}){5}$/);
      assert.equal(new Set(macs).size, macs.length);
    }),
    { numRuns: 20 },
  );
});

test("it has two floors, twelve rooms, sixteen desks for sixteen tenants, and sensors of every kind", () => {
  const { floors = [], units, tenants, access_tools, keychains, access_points, devices } = house(createBuilding(1));
  assert.equal(floors.length, 2);
  assert.equal(floors.flatMap((floor) => floor.rooms!).length, 12);
  assert.equal(floors.flatMap((floor) => floor.zones!).length, 16);
  const sensors = floors.flatMap((floor) => floor.sensors!);
  assert.equal(sensors.filter(({ mode }) => mode === "traffic").length, 3);
  assert.equal(sensors.filter(({ counting_line }) => counting_line !== undefined).length, 2);
  assert.equal(sensors.filter(({ mode, footprint }) => mode === "presence" && footprint === undefined).length, 4);
  assert.deepEqual(
    [units, tenants, access_tools, keychains, access_points, devices].map((list) => list!.length),
    [4, 16, 16, 4, 2, 3],
  );
});

test("every reference in it leads somewhere", () => {
  const {
    floors = [],
    access_points = [],
    devices = [],
    units = [],
    tenants = [],
    keychains = [],
    access_tools = [],
  } = house(createBuilding(5));
  const has = (list: readonly { id: string }[], id: string | undefined): boolean => list.some((one) => one.id === id);
  for (const floor of floors) {
    for (const zone of floor.zones!) assert.ok(has(floor.rooms!, zone.room_id));
    for (const sensor of floor.sensors!) {
      assert.ok(has(floor.hives!, sensor.hive_id));
      assert.ok(sensor.room_id === undefined || has(floor.rooms!, sensor.room_id));
    }
  }
  for (const door of access_points) for (const id of door.device_ids!) assert.ok(has(devices, id));
  for (const tenant of tenants) assert.ok(has(units, tenant.unit_id));
  for (const credential of [...keychains, ...access_tools]) {
    assert.ok(has(tenants, credential.tenant_id));
    assert.ok(has(units, credential.unit_id));
  }
});

test("rooms tile each floor, and the sensors' tiles each room, without a gap or an overlap", () => {
  const metres = fc.record({
    x: fc.double({ min: 0, max: 23.999, noNaN: true }),
    y: fc.double({ min: 0, max: 14.999, noNaN: true }),
  });
  fc.assert(
    fc.property(metres, ({ x, y }) => {
      for (const rooms of planOf(3)) {
        const around = rooms.filter((room) => within(room.box, [x, y]));
        assert.equal(around.length, 1);
        assert.equal(tilesOf(around[0]!).filter((tile) => within(tile, [x, y])).length, 1);
      }
    }),
  );
});

test("desks stand in their room and not over each other", () => {
  for (const room of planOf(3).flat()) {
    const desks = desksOf(room);
    for (const desk of desks) for (const corner of cornersOf(desk)) assert.ok(within(room.box, corner));
    for (const desk of desks) assert.equal(desks.filter((other) => within(other, middleOf(desk))).length, 1);
  }
});

test("a building of ten floors has sixty rooms and eighty tenants, each of another name", () => {
  const { floors = [], tenants = [], units = [] } = house(createBuilding(3, { floors: 10 }));
  assert.equal(floors.flatMap((floor) => floor.rooms!).length, 60);
  assert.equal(tenants.length, 80);
  assert.equal(new Set(tenants.map((tenant) => tenant.full_name)).size, 80);
  assert.equal(new Set(units.map((unit) => unit.label)).size, 20);
  assert.deepEqual(
    floors.slice(0, 4).map((floor) => floor.name),
    ["1st Floor", "2nd Floor", "3rd Floor", "4th Floor"],
  );
  assert.throws(() => createBuilding(3, { floors: 1 }), /at least 2 floors/);
});

test("the server takes the building as it is, whatever the seed, the floors and the overlap", () => {
  const options = fc.record({
    floors: fc.integer({ min: 2, max: 4 }),
    overlap: fc.double({ min: 0, max: 3, noNaN: true }),
  });
  fc.assert(
    fc.property(seeds, options, (seed, given) => {
      const checked = checkModel(createBuilding(seed, given));
      assert.deepEqual("problems" in checked ? checked.problems : [], []);
    }),
    { numRuns: 10 },
  );
});

test("each sensor sees its tile however it is hung, and with an overlap as much more as its room has", () => {
  const eyes = (overlap: number) => readPlace(createBuilding(9, { overlap })).presence;
  const tiles = planOf(2).flatMap((rooms) => rooms.flatMap((room) => tilesOf(room)));
  for (const [index, { box }] of eyes(0).entries()) assert.deepEqual(box, tiles[index]);
  const cafe = eyes(1).filter(({ level, box }) => level === 0 && box.y0 === 0 && box.x0 >= 8 && box.x1 <= 16);
  assert.deepEqual(
    cafe.map(({ box }) => [box.x0, box.x1]),
    [
      [8, 13],
      [11, 16],
    ],
  );
});
