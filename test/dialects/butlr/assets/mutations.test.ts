// The published mutations of the place, by the key of an organization, over a real store.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { FloorDocument, ModelDocument, SensorDocument } from "../../../../src/building/document.ts";
import { type Answer, type Door, openDoor } from "../api-harness.ts";

const base: ModelDocument = {
  organization: { id: "org_1", name: "Org" },
  sites: [
    {
      id: "site_1",
      name: "Site",
      timezone: "UTC",
      buildings: [
        {
          id: "building_1",
          name: "Building",
          floors: [
            {
              id: "space_1",
              name: "One",
              rooms: [
                { id: "room_1", name: "Lobby", capacity: { max: 4, mid: 2 }, tags: [{ id: "tag_1", name: "first" }] },
              ],
              zones: [{ id: "zone_1", name: "Desk" }],
              hives: [{ id: "hive_1", serialNumber: "1000" }],
              sensors: [
                { id: "sensor_1", mac_address: "00-17-0d-00-00-00-00-01", mode: "presence", room_id: "room_1" },
              ],
            },
            { id: "space_2", name: "Two" },
          ],
        },
      ],
    },
  ],
};

let door: Door;
beforeEach(async () => {
  door = await openDoor();
  await door.put(base);
});
afterEach(async () => {
  await door.close();
});

const ok = (answer: Answer): Record<string, unknown> => {
  assert.deepEqual(answer.errors, []);
  return answer.data!;
};
const stored = async (): Promise<ModelDocument> =>
  JSON.parse((await door.registry.snapshot("org_1"))!.model!.text!) as ModelDocument;
const floors = async (): Promise<readonly FloorDocument[]> => (await stored()).sites[0]!.buildings![0]!.floors!;
const sensorsOf = async (floor: number): Promise<readonly SensorDocument[]> => (await floors())[floor]!.sensors ?? [];
const refused = async (query: string, variables: object) => {
  const before = await door.registry.snapshot("org_1");
  const { data, errors } = await door.run("manager", query, variables);
  assert.deepEqual(Object.values(data ?? {}), [null]);
  assert.deepEqual(await door.registry.snapshot("org_1"), before, "nothing was written");
  return [errors[0]!.extensions.code, errors[0]!.message];
};

const createSensors = `mutation createSensor($sensors: [CreateSensorInput!]!) {
  createSensors(sensors: $sensors) { id sensor_id name mac_address mode floor_id room_id hive_id metadata { created_at } } }`;
const updateSensors = `mutation updateSensors($sensors: [UpdateSensorInput!]!) {
  updateSensors(sensors: $sensors) { id name mac_address floor_id room_id hive_id hive_serial height center note } }`;

describe("createSensors", () => {
  test("adds a sensor as the documents show it, beside what its room or hive says of its floor", async () => {
    const one = `mutation createSensor($sensor: CreateSensorInput!) {
      createSensors(sensors: [$sensor]) { sensor_id name mac_address } }`;
    const sensor = { name: "new_sensor_name", mac_address: "00:17:0D:00:00:00:00:02", room_id: "room_1" };
    const [made] = ok(await door.run("manager", one, { sensor }))["createSensors"] as { sensor_id: string }[];
    assert.match(made!.sensor_id, /^sensor_[0-9A-Za-z]{27}$/);
    const kept = (await sensorsOf(0))[1]!;
    assert.deepEqual(
      { ...kept, metadata: null },
      {
        id: made!.sensor_id,
        name: "new_sensor_name",
        mac_address: "00-17-0d-00-00-00-00-02",
        mode: "presence",
        room_id: "room_1",
        origin: "api",
        metadata: null,
      },
    );
    assert.equal(kept.metadata!.created_at, Math.floor(door.clock.now() / 1000));
  });

  test("adds many at once, on the floors that are named", async () => {
    const sensors = [
      { id: "sensor_a", mac_address: "00170d0000000002", floor_id: "space_2", mode: "traffic", is_entrance: true },
      { id: "sensor_b", mac_address: "00170d0000000003", hive_serial: "1000" },
      { id: "sensor_c", mac_address: "00170d0000000004", zone_ids: ["zone_1"] },
    ];
    const made = ok(await door.run("manager", createSensors, { sensors }))["createSensors"] as Record<
      string,
      unknown
    >[];
    assert.deepEqual(
      made.map(({ id, floor_id, hive_id, mode, name }) => [id, floor_id, hive_id, mode, name]),
      [
        ["sensor_a", "space_2", null, "traffic", "sensor_a"],
        ["sensor_b", "space_1", "hive_1", "presence", "sensor_b"],
        ["sensor_c", "space_1", null, "presence", "sensor_c"],
      ],
    );
  });

  test("adds none when one is wrong, and says which and why", async () => {
    const good = { mac_address: "00170d0000000002", floor_id: "space_1" };
    const wrong = async (sensor: object) =>
      refused(createSensors, { sensors: [good, { floor_id: "space_1", ...sensor }] });
    assert.deepEqual(await wrong({ mac_address: "placeholder_mac", id: "sensor_x" }), [
      "INVALID_MAC",
      "mac_address of sensor sensor_x must be a MAC address of 8 or 6 bytes, such as 00-17-0d-00-00-6a-3f-9e.",
    ]);
    assert.equal((await wrong({ mac_address: "00170d0000000001" }))[0], "DUPLICATE_MAC");
    assert.equal((await wrong({ mac_address: "00170d0000000002" }))[0], "DUPLICATE_MAC");
    assert.equal((await wrong({ mac_address: "00170d0000000005", id: "1" }))[0], "DUPLICATE_ID");
    assert.equal((await wrong({ mac_address: "00170d0000000005", mode: "both" }))[0], "WRONG_VALUE");
    assert.equal((await wrong({ mac_address: "00170d0000000005", center: [1] }))[0], "WRONG_TYPE");
    assert.equal((await wrong({ mac_address: "00170d0000000005", room_id: "room_9" }))[0], "UNKNOWN_REFERENCE");
    assert.equal((await wrong({ mac_address: "00170d0000000005", floor_id: "space_9" }))[0], "FLOOR_REQUIRED");
    const [code, message] = await wrong({ mac_address: "00170d0000000005", floor_id: null });
    assert.equal(code, "FLOOR_REQUIRED");
    assert.match(message!, /^sensors\[1\] needs a floor: give floor_id/);
    const many = Array.from({ length: 1_001 }, () => good);
    assert.equal((await refused(createSensors, { sensors: many }))[0], "INVALID");
  });
});

describe("updateSensors", () => {
  test("changes what is named, removes what is null, and names a sensor by id, sensor_id or MAC address", async () => {
    const change = async (sensor: object) =>
      (
        ok(await door.run("manager", updateSensors, { sensors: [sensor] }))["updateSensors"] as Record<
          string,
          unknown
        >[]
      )[0]!;
    const first = await change({
      id: "sensor_1",
      name: "Door",
      height: 2.5,
      center: [1, 2],
      note: "n",
      hive_serial: "1000",
    });
    assert.deepEqual(first, {
      id: "sensor_1",
      name: "Door",
      mac_address: "00-17-0d-00-00-00-00-01",
      floor_id: "space_1",
      room_id: "room_1",
      hive_id: "hive_1",
      hive_serial: "1000",
      height: 2.5,
      center: [1, 2],
      note: "n",
    });
    const second = await change({ sensor_id: "1", room_id: null, note: null, mac_address: null });
    assert.deepEqual(
      [second["room_id"], second["note"], second["mac_address"]],
      [null, null, "00-17-0d-00-00-00-00-01"],
    );
    assert.equal((await change({ mac_address: "00:17:0d:00:00:00:00:01", name: "By MAC" }))["name"], "By MAC");
    assert.deepEqual((await sensorsOf(0))[0]!.set_by_api!.toSorted(), [
      "center",
      "height",
      "hive_id",
      "mac_address",
      "name",
      "note",
      "room_id",
    ]);
  });

  test("moves a sensor to another floor without what was around it", async () => {
    const sensors = [{ id: "sensor_1", floor_id: "space_2" }];
    const [moved] = ok(await door.run("manager", updateSensors, { sensors }))["updateSensors"] as Record<
      string,
      unknown
    >[];
    assert.deepEqual([moved!["floor_id"], moved!["room_id"]], ["space_2", null]);
    assert.deepEqual([(await sensorsOf(0)).length, (await sensorsOf(1)).length], [0, 1]);
  });

  test("changes none when one is unknown or named twice", async () => {
    const update = async (...sensors: object[]) => (await refused(updateSensors, { sensors }))[0];
    assert.equal(await update({ id: "sensor_1", name: "x" }, { id: "sensor_9" }), "NOT_FOUND");
    assert.equal(await update({ id: "sensor_1", name: "x" }, { mac_address: "00170d0000000009" }), "NOT_FOUND");
    assert.equal(await update({ id: "sensor_1", name: "x" }, { id: "1", name: "y" }), "DUPLICATE_ID");
    assert.equal(await update({ id: "sensor_1", floor_id: "space_9" }), "NOT_FOUND");
    assert.equal(await update({}), "NOT_FOUND");
  });
});

describe("updates of places", () => {
  const info = (kind: string, fields: string) =>
    `mutation($input: Update${kind}InfoInput!) { update${kind}Info(input: $input) { ${kind.toLowerCase()} { ${fields} } } }`;

  test("change names, custom ids and capacities, and keep what is left out", async () => {
    const run = async (kind: string, fields: string, input: object) =>
      (ok(await door.run("manager", info(kind, fields), { input }))[`update${kind}Info`] as Record<string, unknown>)[
        kind.toLowerCase()
      ];
    const fields = "id name customID capacity { max mid }";
    assert.deepEqual(
      await run("Building", `${fields} address { country }`, {
        id: "building_1",
        name: "B",
        capacity: { max: 9 },
        address: { country: "DE" },
      }),
      {
        id: "building_1",
        name: "B",
        customID: null,
        capacity: { max: 9, mid: null },
        address: { country: "DE" },
      },
    );
    assert.deepEqual(await run("Floor", fields, { id: "space_1", customID: "F1", capacity: { max: 5, mid: 3 } }), {
      id: "space_1",
      name: "One",
      customID: "F1",
      capacity: { max: 5, mid: 3 },
    });
    assert.deepEqual(await run("Room", fields, { id: "room_1", capacity: { max: 8 }, name: null }), {
      id: "room_1",
      name: "Lobby",
      customID: null,
      capacity: { max: 8, mid: 2 },
    });
    assert.deepEqual(await run("Zone", fields, { id: "zone_1", name: "Chair", customID: "Z" }), {
      id: "zone_1",
      name: "Chair",
      customID: "Z",
      capacity: { max: null, mid: null },
    });
    assert.deepEqual(await run("Floor", fields, { id: "space_1", customID: null, capacity: { mid: null } }), {
      id: "space_1",
      name: "One",
      customID: null,
      capacity: { max: 5, mid: null },
    });
  });

  test("are refused where the place is unknown or the value is none", async () => {
    const update = async (kind: string, input: object) => (await refused(info(kind, "id"), { input }))[0];
    for (const kind of ["Building", "Floor", "Room", "Zone"]) {
      assert.equal(await update(kind, { id: "nothing", name: "x" }), "NOT_FOUND");
    }
    assert.equal(await update("Room", { id: "room_1", name: "  " }), "WRONG_TYPE");
    assert.equal(await update("Room", { id: "room_1", capacity: { max: -1 } }), "WRONG_VALUE");
    assert.equal(
      await update("Room", {
        id: "room_1",
        coordinates: [
          [0, 0],
          [1, 1],
        ],
      }),
      "TOO_FEW_CORNERS",
    );
  });
});

describe("tags", () => {
  const createTag =
    "mutation($name: String!) { createTag(input: { name: $name }) { id name organization_id rooms { id } } }";
  const tagging = (verb: string) =>
    `mutation($input: ${verb}TagInput!) { ${verb.toLowerCase()}Tag(input: $input) { id floors { id } rooms { id } zones { id } } }`;

  test("are made, given to places and taken from them", async () => {
    const made = ok(await door.run("manager", createTag, { name: "quiet" }))["createTag"] as { id: string };
    assert.match(made.id, /^tag_[0-9A-Za-z]{27}$/);
    assert.deepEqual(made, { id: made.id, name: "quiet", organization_id: "org_1", rooms: [] });
    const input = { ids: ["space_1", "room_1", "zone_1"], tag_id: made.id };
    const all = { id: made.id, floors: [{ id: "space_1" }], rooms: [{ id: "room_1" }], zones: [{ id: "zone_1" }] };
    for (let time = 0; time < 2; time++) {
      assert.deepEqual(ok(await door.run("manager", tagging("Associate"), { input }))["associateTag"], all);
    }
    const fewer = { ids: ["space_1", "zone_1"], tag_id: made.id };
    const left = ok(await door.run("manager", tagging("Disassociate"), { input: fewer }))["disassociateTag"];
    assert.deepEqual(left, { ...all, floors: [], zones: [] });
    const found = await door.run("viewer", `{ roomsByTag(tagIDs: ["${made.id}"]) { data { id } } tags { name } }`);
    assert.deepEqual(ok(found), {
      roomsByTag: { data: [{ id: "room_1" }] },
      tags: [{ name: "quiet" }, { name: "first" }],
    });
  });

  test("keep their name when the last place loses them", async () => {
    const input = { ids: ["room_1"], tag_id: "tag_1" };
    ok(await door.run("manager", tagging("Disassociate"), { input }));
    assert.deepEqual(ok(await door.run("viewer", "{ tags { id name rooms { id } } }")), {
      tags: [{ id: "tag_1", name: "first", rooms: [] }],
    });
    ok(await door.run("manager", tagging("Associate"), { input }));
    assert.deepEqual((await floors())[0]!.rooms![0]!.untagged_by_api, undefined);
  });

  test("have names of their own, and known ids", async () => {
    assert.equal((await refused(createTag, { name: "first" }))[0], "CONFLICT");
    assert.equal((await refused(createTag, { name: " " }))[0], "INVALID_NAME");
    const wrong = async (ids: readonly string[], tag_id: string) =>
      refused(tagging("Associate"), { input: { ids, tag_id } });
    assert.deepEqual(await wrong(["room_1"], "tag_9"), ["NOT_FOUND", 'input.tag_id is no tag: "tag_9".']);
    assert.equal((await wrong(["room_1", "room_9"], "tag_1"))[0], "NOT_FOUND");
    assert.equal((await wrong(["building_1"], "tag_1"))[0], "NOT_FOUND", "a building takes no tags");
  });
});

test("what was made and changed survives the operator's next model, which wins where it speaks", async () => {
  const sensors = [{ id: "sensor_a", mac_address: "00170d0000000002", room_id: "room_1" }];
  ok(await door.run("manager", createSensors, { sensors }));
  const rename = 'mutation { updateRoomInfo(input: { id: "room_1", name: "Set", customID: "R" }) { room { id } } }';
  ok(await door.run("manager", rename));
  const untag = 'mutation { disassociateTag(input: { ids: ["room_1"], tag_id: "tag_1" }) { id } }';
  ok(await door.run("manager", untag));
  await door.put(base);
  const after = await door.run("viewer", "{ rooms { data { name customID tags { id } sensors { id } } } }");
  assert.deepEqual(ok(after), {
    rooms: {
      data: [{ name: "Lobby", customID: "R", tags: [], sensors: [{ id: "sensor_1" }, { id: "sensor_a" }] }],
    },
  });
  const [first] = base.sites;
  await door.put({ ...base, sites: [{ ...first!, buildings: [] }] });
  assert.deepEqual(ok(await door.run("viewer", "{ sensors { data { id } } }")), { sensors: { data: [] } });
});

test("every mutation leaves one entry in the audit, and one that changes nothing leaves none", async () => {
  const audit = async () =>
    (await door.store.history.audit({ limit: 100, before: null })).items.map(({ actor, action, object }) => [
      actor,
      action,
      object,
    ]);
  const before = (await audit()).length;
  ok(await door.run("manager", updateSensors, { sensors: [{ id: "sensor_1", name: "x" }] }));
  ok(await door.run("manager", updateSensors, { sensors: [{ id: "sensor_1", name: "x" }] }));
  ok(await door.run("manager", updateSensors, { sensors: [] }));
  const entries = await audit();
  assert.deepEqual(entries.slice(0, entries.length - before), [["key_manager", "sensor.update", "sensor_1"]]);
});
