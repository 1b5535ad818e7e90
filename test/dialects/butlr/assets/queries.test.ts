// Every asset query with all its fields at once, by a viewer's key, on a model of two sites, four floors, sixty rooms and two
// hundred sensors.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { GraphQLObjectType } from "graphql";
import type { SensorStatus } from "../../../../src/dialects/sensor-status.ts";
import { createSchema } from "../../../../src/dialects/butlr/graphql/schema.ts";
import { type Answer, type Door, openDoor } from "../api-harness.ts";
import { everyField } from "./every-field.ts";
import { generatedModel } from "./generated-model.ts";

type Row = Record<string, unknown> & { readonly id: string };

const schema = createSchema();
const all = (type: string) => everyField(schema.getType(type) as GraphQLObjectType, 0);

const status: SensorStatus = {
  sensor: (organization, id) =>
    organization === "org_1" && id === "sensor_1"
      ? { online: true, streaming: true, heartbeat: 5_999, observation: 4_000, occupancy: 3_000, detection: 2_000 }
      : null,
  hive: (_, id) => (id === "hive_0" ? { online: true, streaming: false, heartbeat: 9_000 } : null),
};

let door: Door;
before(async () => {
  door = await openDoor(undefined, { status });
  await door.put(generatedModel("org_1"));
});
after(async () => {
  await door.close();
});

const ask = async (query: string, variables?: object): Promise<Record<string, unknown>> => {
  const answer: Answer = await door.run("viewer", query, variables);
  assert.deepEqual([answer.status, answer.errors], [200, []], answer.text.slice(0, 500));
  return answer.data!;
};
const rows = async (field: string, type: string): Promise<Row[]> => {
  const data = await ask(`{ ${field} { data ${all(type)} } }`);
  return (data[field.replace(/\(.*/, "")] as { data: Row[] }).data;
};
const byId = (list: readonly Row[], id: string): Row => list.find((row) => row.id === id)!;

describe("the lists", () => {
  test("have every record once, with every field", async () => {
    const counts: Record<string, number> = {};
    for (const [field, type] of [
      ["sites", "Site"],
      ["buildings", "Building"],
      ["floors", "Floor"],
      ["rooms", "Room"],
      ["zones", "Zone"],
      ["sensors", "Sensor"],
      ["hives", "Hive"],
    ] as const) {
      const list = await rows(field, type);
      assert.equal(new Set(list.map(({ id }) => id)).size, list.length);
      counts[field] = list.length;
    }
    assert.deepEqual(counts, { sites: 2, buildings: 2, floors: 4, rooms: 60, zones: 30, sensors: 200, hives: 8 });
    const { tags } = await ask(`{ tags ${all("Tag")} }`);
    assert.deepEqual(
      (tags as Row[]).map(({ id, name, rooms }) => [id, name, (rooms as unknown[]).length]),
      [
        ["tag_unused", "unused", 0],
        ["tag_quiet", "quiet", 10],
        ["tag_office", "office", 20],
      ],
    );
  });

  test("of sites and buildings", async () => {
    const sites = await rows("sites", "Site");
    assert.deepEqual(sites[0], {
      id: "site_0",
      name: "Site 0",
      timezone: "Europe/Berlin",
      siteNumber: 7,
      customID: "S-0",
      org_id: "org_1",
      butlrCode: "code",
      buildings: [{ id: "building_0", name: "Building 0" }],
    });
    assert.deepEqual([sites[1]!["siteNumber"], sites[1]!["customID"], sites[1]!["butlrCode"]], [null, null, ""]);
    const buildings = await rows("buildings", "Building");
    assert.deepEqual(buildings[0], {
      id: "building_0",
      name: "Building 0",
      site_id: "site_0",
      site: { id: "site_0", name: "Site 0" },
      building_number: 3,
      buildingNumber: 3,
      butlr_code: "",
      butlrCode: "",
      customID: "B-0",
      // The sum of the floors 0 and 2, both of which say something.
      capacity: { max: 202, mid: 100 },
      address: { lines: ["Main Street 1", "Berlin"], country: "DE" },
      floors: [
        { id: "space_0", name: "Floor 0" },
        { id: "space_2", name: "Floor 2" },
      ],
    });
    assert.deepEqual(buildings[1]!["capacity"], { max: null, mid: null });
    assert.equal(buildings[1]!["address"], null);
  });

  test("of floors", async () => {
    const floors = await rows("floors", "Floor");
    const { rooms, zones, sensors, hives, ...full } = byId(floors, "space_2");
    assert.deepEqual(full, {
      id: "space_2",
      floor_id: "space_2",
      name: "Floor 2",
      building_id: "building_0",
      buildingId: "building_0",
      building: { id: "building_0", name: "Building 0" },
      client_id: "org_1",
      floorNumber: 2,
      timezone: "Europe/Berlin",
      installation_date: 1_700_000_002,
      installation_status: "INSTALLED",
      customID: "F-2",
      capacity: { max: 102, mid: 50 },
      area: { value: 1_000.5, unit: "sqft" },
      metadata: { created_at: 1_600_000_000, updated_at: 1_600_000_001, deleted_at: null },
      service_status: "ACTIVE",
      butlrCode: "",
      last_battery_change_date: "2026-01-02T00:00:00Z",
      next_battery_change_date: "2028-01-02",
      floor_plans: [{ floor_plan_id: "plan_2", name: "Plan", url: "https://example.com/p.png", coordinates: [[0, 0]] }],
      tags: [{ id: "tag_quiet", name: "quiet" }],
    });
    assert.deepEqual(
      [rooms, zones, sensors, hives].map((list) => (list as unknown[]).length),
      [15, 0, 50, 2],
    );
    const bare = byId(floors, "space_1");
    assert.deepEqual(
      [
        bare["installation_date"],
        bare["floorNumber"],
        bare["capacity"],
        bare["area"],
        bare["tags"],
        bare["floor_plans"],
      ],
      [0, null, { max: null, mid: null }, { value: null, unit: null }, [], []],
    );
  });

  test("of rooms and zones", async () => {
    const list = await rows("rooms", "Room");
    const { sensors, ...full } = byId(list, "room_12");
    assert.deepEqual(full, {
      id: "room_12",
      room_id: "room_12",
      name: "Room 12",
      floor_id: "space_0",
      floorID: "space_0",
      floor: { id: "space_0", name: "Floor 0" },
      client_id: "org_1",
      roomType: "office",
      customID: "R-12",
      capacity: { max: 8, mid: 4 },
      area: { value: 12, unit: "m2" },
      coordinates: [
        [12, 0],
        [16, 0],
        [16, 3],
        [12, 3],
      ],
      rotation: 45.5,
      note: "by the window",
      metadata: { created_at: 1_600_000_000, updated_at: null, deleted_at: null },
      pir_zero_enable: true,
      pir_zero_threshold: 0.1,
      pir_zero_window: 120,
      tags: [
        { id: "tag_office", name: "office" },
        { id: "tag_quiet", name: "quiet" },
      ],
    });
    assert.deepEqual(
      (sensors as Row[]).map(({ id }) => id),
      ["sensor_12", "sensor_72", "sensor_132", "sensor_192"],
    );
    const bare = byId(list, "room_1");
    assert.deepEqual(
      [bare["customID"], bare["roomType"], bare["pir_zero_enable"], bare["pir_zero_threshold"], bare["note"]],
      [null, null, false, null, null],
    );
    const zones = await rows("zones", "Zone");
    const zone = byId(zones, "zone_12");
    assert.deepEqual(
      [zone["room_id"], zone["roomID"], zone["floor_id"], zone["floorID"]],
      ["room_12", "room_12", "space_0", "space_0"],
    );
    assert.deepEqual([zone["customID"], zone["area"], zone["note"]], ["Z-12", { value: 2, unit: null }, null]);
    assert.deepEqual((zone["sensors"] as Row[]).length, 4);
    const free = byId(zones, "zone_1");
    assert.deepEqual([free["room_id"], free["tags"]], [null, []]);
  });

  test("of sensors", async () => {
    const list = await rows("sensors", "Sensor");
    assert.deepEqual(byId(list, "sensor_1"), {
      id: "sensor_1",
      sensor_id: "sensor_1",
      client_id: "org_1",
      name: "Sensor 1",
      mac_address: "00-17-0d-00-00-00-00-01",
      sensor_serial: "S1",
      mode: "presence",
      model: "Heatic 2+",
      floor_id: "space_1",
      floorID: "space_1",
      floor: { id: "space_1", name: "Floor 1" },
      room_id: "room_1",
      roomID: "room_1",
      room: { id: "room_1", name: "Room 1" },
      hive_id: "hive_1",
      hiveID: "hive_1",
      hive: { id: "hive_1", name: "Hive 1" },
      hive_serial: "21311",
      zones: [{ id: "zone_1", name: "Desk 1" }],
      zone_ids: ["zone_1"],
      height: 2.75,
      center: [1, 1.5],
      orientation: [0, 0, 90],
      field_of_view: 60,
      effective_field_of_view: 60,
      door_line: 0.5,
      in_direction: 1,
      is_entrance: false,
      parallel_to_door: true,
      sensitivity: 0.7,
      is_online: true,
      is_streaming: true,
      last_heartbeat: 5,
      last_raw_message: 4,
      last_occupancy_message: 3,
      last_detection_message: 2,
      power_type: "Battery",
      last_battery_change_date: "2026-01-02T00:00:00Z",
      next_battery_change_date: "2028-01-02T00:00:00Z",
      battery_change_by_date: "2028-02-02T00:00:00Z",
      installation_status: "INSTALLED",
      note: "on the ceiling",
      metadata: { created_at: 1_600_000_000, updated_at: 1_600_000_001, deleted_at: null },
      pir_zero_enable: true,
    });
    const bare = byId(list, "sensor_9");
    const { floor: _, floor_id: __, floorID: ___, metadata: ____, ...rest } = bare;
    assert.deepEqual(rest, {
      id: "sensor_9",
      sensor_id: "sensor_9",
      client_id: "org_1",
      name: "sensor_9",
      mac_address: "00-17-0d-00-00-00-00-09",
      sensor_serial: null,
      mode: "presence",
      model: "unknown",
      room_id: null,
      roomID: null,
      room: null,
      hive_id: null,
      hiveID: null,
      hive: null,
      hive_serial: "",
      zones: [],
      zone_ids: [],
      height: 0,
      center: [],
      orientation: [0, 0, 0],
      field_of_view: 60,
      effective_field_of_view: 60,
      door_line: 0,
      in_direction: 0,
      is_entrance: false,
      parallel_to_door: false,
      sensitivity: 0,
      is_online: false,
      is_streaming: false,
      last_heartbeat: null,
      last_raw_message: null,
      last_occupancy_message: null,
      last_detection_message: null,
      power_type: null,
      last_battery_change_date: null,
      next_battery_change_date: null,
      battery_change_by_date: null,
      installation_status: null,
      note: null,
      pir_zero_enable: true,
    });
    assert.equal(byId(list, "sensor_5")["is_entrance"], true);
  });

  test("of hives", async () => {
    const list = await rows("hives", "Hive");
    const { sensors, ...full } = byId(list, "hive_0");
    assert.deepEqual(full, {
      id: "hive_0",
      name: "Hive 0",
      serialNumber: "21310",
      floor_id: "space_0",
      floorID: "space_0",
      floor: { id: "space_0", name: "Floor 0" },
      room_id: "room_0",
      roomID: "room_0",
      room: { id: "room_0", name: "Room 0" },
      coordinates: [1, 2],
      isOnline: true,
      is_online: true,
      isStreaming: false,
      hiveVersion: "2.4.4",
      hiveType: "2.0",
      note: "above the door",
      lastHeartbeat: 9,
      netPathStability: 0.99,
      installed: true,
      metadata: { created_at: null, updated_at: null, deleted_at: null },
    });
    assert.equal((sensors as unknown[]).length, 50);
    const bare = byId(list, "hive_bare_0");
    assert.deepEqual(
      [
        bare["name"],
        bare["room_id"],
        bare["coordinates"],
        bare["hiveType"],
        bare["isOnline"],
        bare["netPathStability"],
      ],
      ["hive_bare_0", null, [], "unknown", false, 0],
    );
  });
});

describe("single records", () => {
  test("are found by id or the customer's id, and null where there is none", async () => {
    for (const [field, id, customID] of [
      ["site", "site_0", "S-0"],
      ["building", "building_0", "B-0"],
      ["floor", "space_2", "F-2"],
      ["room", "room_12", "R-12"],
      ["zone", "zone_12", "Z-12"],
    ] as const) {
      const query = (args: string) => `{ ${field}(${args}) { id } }`;
      assert.deepEqual(await ask(query(`id: "${id}"`)), { [field]: { id } });
      assert.deepEqual(await ask(query(`customID: "${customID}"`)), { [field]: { id } });
      assert.deepEqual(await ask(query(`id: null, customID: "${customID}"`)), { [field]: { id } });
      assert.deepEqual(await ask(query('id: "nothing"')), { [field]: null });
      assert.deepEqual(await ask(query(`id: "nothing", customID: "${customID}"`)), { [field]: null });
      assert.deepEqual(await ask(query('customID: "nothing"')), { [field]: null });
      const nameless = await door.run("viewer", `{ ${field} { id } }`);
      assert.equal(nameless.errors[0]?.extensions.code, "INVALID");
    }
  });
});

describe("the arguments of lists", () => {
  const ids = async (query: string, variables: Record<string, readonly string[] | null> = {}): Promise<string[]> => {
    const declared = Object.keys(variables).map((name) => `$${name}: [String!]`);
    const head = declared.length === 0 ? "query" : `query(${declared.join(", ")})`;
    const data = await ask(`${head} { ${query} }`, variables);
    return (Object.values(data)[0] as { data: { id: string }[] }).data.map(({ id }) => id);
  };

  test("ids leave out what is unknown, keep the order of the place and count once", async () => {
    for (const [field, two] of [
      ["floors", ["space_0", "space_1"]],
      ["rooms", ["room_0", "room_4"]],
      ["zones", ["zone_0", "zone_4"]],
      ["sensors", ["sensor_0", "sensor_4"]],
      ["hives", ["hive_0", "hive_1"]],
    ] as const) {
      const query = `${field}(ids: $list) { data { id } }`;
      assert.deepEqual(await ids(query, { list: [two[1], "nothing", two[0], two[1]] }), two);
      assert.deepEqual(await ids(query, { list: [] }), []);
      assert.ok((await ids(query, { list: null })).length > 2);
      assert.ok((await ids(`${field} { data { id } }`)).length > 2);
    }
    assert.deepEqual(await ask('{ tags(ids: ["tag_quiet", "nothing"]) { id } }'), { tags: [{ id: "tag_quiet" }] });
    assert.deepEqual(await ask("{ tags(ids: []) { id } }"), { tags: [] });
  });

  test("sensors are found by MAC address, floor, room, hive and serial, and by all of them at once", async () => {
    const by = (argument: string, list: readonly string[]) =>
      ids(`sensors(${argument}: $list) { data { id } }`, { list });
    assert.deepEqual(await by("mac_addresses", ["00:17:0D:00:00:00:00:01", "00170d0000000002"]), [
      "sensor_2",
      "sensor_1",
    ]);
    assert.deepEqual(await by("ids", ["1"]), ["sensor_1"], "as payloads name it");
    assert.equal((await by("floor_ids", ["space_0"])).length, 50);
    assert.deepEqual(await by("room_ids", ["room_12", "nothing"]), [
      "sensor_12",
      "sensor_72",
      "sensor_132",
      "sensor_192",
    ]);
    assert.equal((await by("hive_ids", ["hive_0"])).length, 50);
    assert.equal((await by("hive_serials", ["21310", "21311"])).length, 90);
    assert.deepEqual(await by("room_ids", []), []);
    const both = "sensors(room_ids: $list, hive_serials: $other) { data { id } }";
    assert.equal((await ids(both, { list: ["room_12"], other: ["21310"] })).length, 4);
    assert.deepEqual(await ids(both, { list: ["room_12"], other: ["21311"] }), []);
  });

  test("hives are found by serial number, with or without placeholders", async () => {
    const query = "hives(serial_numbers: $list, returnPlaceholders: true) { data { id } }";
    assert.deepEqual(await ids(query, { list: ["21311", "nothing"] }), ["hive_1"]);
  });

  test("lists within a floor, a room and a hive are narrowed by ids", async () => {
    const data = await ask(`{
      floor(id: "space_0") { rooms(ids: ["room_12", "room_1"]) { id } zones(ids: []) { id } }
      room(id: "room_12") { sensors(ids: ["sensor_72"]) { id } }
      hives(ids: ["hive_0"]) { data { sensors(ids: ["sensor_72", "nothing"]) { id } } }
    }`);
    assert.deepEqual(data, {
      floor: { rooms: [{ id: "room_12" }], zones: [] },
      room: { sensors: [{ id: "sensor_72" }] },
      hives: { data: [{ sensors: [{ id: "sensor_72" }] }] },
    });
  });

  test("tags by id: all of them, or one of them with useOR", async () => {
    const tagged = (field: string, list: readonly string[], or: boolean) =>
      ids(`${field}(tagIDs: $list, useOR: ${or}) { data { id } }`, { list });
    const both = ["tag_office", "tag_quiet"];
    assert.equal((await tagged("roomsByTag", both, false)).length, 10);
    assert.equal((await tagged("roomsByTag", both, true)).length, 20);
    assert.deepEqual(await tagged("floorsByTag", both, true), ["space_0", "space_2"]);
    assert.deepEqual(await tagged("floorsByTag", both, false), []);
    assert.equal((await tagged("zonesByTag", ["tag_office"], false)).length, 15);
    assert.deepEqual(await tagged("roomsByTag", ["quiet"], true), [], "a name is no id");
    assert.deepEqual(await tagged("roomsByTag", [], true), []);
    assert.deepEqual(await tagged("roomsByTag", ["tag_office", "nothing"], false), []);
    assert.deepEqual(await ids("roomsByTag { data { id } }"), []);
  });
});

test("an organization without a model has empty lists and no records", async () => {
  const empty = await openDoor();
  const answer = await empty.run(
    "viewer",
    `{ sites { data { id } } sensors { data { id } } hives { data { id } } roomsByTag(tagIDs: ["t"]) { data { id } }
       tags { id } room(id: "room_1") { id } }`,
  );
  await empty.close();
  assert.deepEqual(
    [answer.errors, answer.data],
    [
      [],
      {
        sites: { data: [] },
        sensors: { data: [] },
        hives: { data: [] },
        roomsByTag: { data: [] },
        tags: [],
        room: null,
      },
    ],
  );
});

test("a change of the model shows in the next query", async () => {
  const changing = await openDoor();
  const names = async () =>
    ((await changing.run("viewer", "{ rooms { data { name } } }")).data!["rooms"] as { data: { name: string }[] }).data
      .length;
  await changing.put(generatedModel("org_1", { sites: 1, floors: 1, rooms: 2, sensors: 0 }));
  assert.equal(await names(), 2);
  await changing.put(generatedModel("org_1", { sites: 1, floors: 1, rooms: 3, sensors: 0 }));
  assert.equal(await names(), 3);
  await changing.close();
});
