import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { checkModel } from "../../src/building/check.ts";
import type { FloorDocument, ModelDocument, RoomDocument, SensorDocument } from "../../src/building/document.ts";
import { mergeModel } from "../../src/building/merge-model.ts";

const model = (floor: Partial<FloorDocument>, rest: Partial<ModelDocument> = {}): ModelDocument => ({
  organization: { id: "org", name: "Org" },
  ...rest,
  sites: [
    {
      id: "site",
      name: "Site",
      timezone: "UTC",
      buildings: [{ id: "building", name: "Building", floors: [{ id: "floor", name: "Floor", ...floor }] }],
    },
  ],
});

const room = (id: string, rest: Partial<RoomDocument> = {}): RoomDocument => ({ id, name: `Room ${id}`, ...rest });
const sensor = (id: string, rest: Partial<SensorDocument> = {}): SensorDocument => ({
  id,
  mac_address: `00-17-0d-00-00-00-00-${id.slice(-2).padStart(2, "0")}`,
  mode: "presence",
  ...rest,
});

const floorOf = (document: ModelDocument): FloorDocument => document.sites[0]!.buildings![0]!.floors![0]!;

describe("a model that is put over another", () => {
  test("leaves alone what other records have under the name of a space's tags", () => {
    const fields = { tags: "east wing" };
    const put = {
      ...model({ sensors: [{ ...sensor("01"), ...fields }], rooms: [room("r1")] }),
      tags: [{ id: "t1", name: "quiet" }],
    };
    const checked = checkModel(put);
    assert.ok("document" in checked);
    assert.deepEqual(mergeModel(checked.document, checked.document), checked.document);
    const touched = model({ rooms: [room("r1", { tags: [{ id: "t1", origin: "api" }] })] });
    const merged = floorOf(mergeModel(touched, checked.document));
    assert.deepEqual(merged.sensors, floorOf(checked.document).sensors);
    assert.deepEqual(merged.rooms, [room("r1", { tags: [{ id: "t1", origin: "api" }] })]);
  });

  test("replaces it where no vendor's API has done anything", () => {
    const before = model({ rooms: [room("r1", { note: "old" }), room("r2")] });
    const put = model({ rooms: [room("r1")] });
    assert.deepEqual(mergeModel(before, put), put);
  });

  test("keeps what an API made, behind what it names", () => {
    const before = model({ rooms: [room("r1")], sensors: [sensor("s1"), sensor("s9", { origin: "api" })] });
    const put = model({ sensors: [sensor("s2")] });
    assert.deepEqual(
      floorOf(mergeModel(before, put)).sensors!.map(({ id }) => id),
      ["s2", "s9"],
    );
    assert.deepEqual(
      floorOf(mergeModel(before, model({}))).sensors!.map(({ id }) => id),
      ["s9"],
    );
  });

  test("wins with the fields that it names, and keeps the others that an API set", () => {
    const before = model({
      rooms: [
        room("r1", { name: "Set", capacity: { max: 4 }, note: "old", set_by_api: ["name", "capacity", "customID"] }),
      ],
    });
    const merged = floorOf(mergeModel(before, model({ rooms: [room("r1", { name: "Named" })] }))).rooms![0];
    assert.deepEqual(merged, { id: "r1", name: "Named", capacity: { max: 4 }, set_by_api: ["capacity", "customID"] });
    const again = model({ rooms: [room("r1", { capacity: { max: 9 }, customID: "c" })] });
    const taken = floorOf(mergeModel(before, again)).rooms![0];
    assert.deepEqual(taken, room("r1", { capacity: { max: 9 }, customID: "c" }));
  });

  test("lets go what hung on a place that it no longer has", () => {
    const before = model({
      rooms: [room("r1")],
      zones: [{ id: "z1", name: "Z" }],
      sensors: [
        sensor("s1", { room_id: "r1", set_by_api: ["room_id"] }),
        sensor("s9", { origin: "api", room_id: "r1", zone_ids: ["z1"], hive_id: "h1" }),
      ],
      hives: [{ id: "h1", serialNumber: "1" }],
    });
    const merged = floorOf(mergeModel(before, model({ sensors: [sensor("s1")] }))).sensors!;
    assert.deepEqual(merged, [
      { ...sensor("s1"), set_by_api: ["room_id"] },
      { ...sensor("s9"), origin: "api", zone_ids: [] },
    ]);
    const gone = mergeModel(before, { ...model({}), sites: [] });
    assert.deepEqual(gone.sites, []);
  });

  test("takes over a device that an API made, by its id or its MAC address", () => {
    const before = model({ sensors: [sensor("s1", { origin: "api" }), sensor("sensor_s2", { origin: "api" })] });
    const put = model({
      sensors: [
        sensor("other", { mac_address: sensor("s1").mac_address }),
        sensor("s2", { mac_address: "00-00-00-00-00-00-00-07" }),
      ],
    });
    const merged = floorOf(mergeModel(before, put)).sensors!;
    assert.deepEqual(
      merged.map(({ id, origin }) => [id, origin]),
      [
        ["other", undefined],
        ["s2", undefined],
      ],
    );
  });

  test("does not bring back what an API deleted, unless it is told to", () => {
    const before = model({}, { deleted_by_api: [{ kind: "sensor", id: "s1" }] });
    const put = model({ sensors: [sensor("s1"), sensor("s2")] });
    const merged = mergeModel(before, put);
    assert.deepEqual(
      floorOf(merged).sensors!.map(({ id }) => id),
      ["s2"],
    );
    assert.deepEqual(merged.deleted_by_api, [{ kind: "sensor", id: "s1" }]);
    assert.deepEqual(floorOf(mergeModel(merged, put)).sensors!.length, 1, "nor with the next one");
    assert.deepEqual(mergeModel(before, put, true), put);
  });

  test("keeps the tags that an API made and gave, and not those that it took away", () => {
    const before = model(
      {
        rooms: [
          room("r1", {
            tags: [
              { id: "t1", name: "one" },
              { id: "t9", origin: "api" },
            ],
            untagged_by_api: ["t2"],
          }),
        ],
      },
      { tags: [{ id: "t9", name: "nine", origin: "api" }] },
    );
    const put = model({
      rooms: [
        room("r1", {
          tags: [
            { id: "t2", name: "two" },
            { id: "t3", name: "three" },
          ],
        }),
      ],
    });
    const merged = mergeModel(before, put);
    assert.deepEqual(merged.tags, before.tags);
    assert.deepEqual(floorOf(merged).rooms![0]!.tags, [
      { id: "t3", name: "three" },
      { id: "t9", origin: "api" },
    ]);
    const restored = floorOf(mergeModel(before, put, true)).rooms![0]!;
    assert.deepEqual(
      restored.tags!.map(({ id }) => id),
      ["t2", "t3", "t9"],
    );
    assert.equal(restored.untagged_by_api, undefined);
  });

  test("drops a tag from a space when nothing names the tag any longer", () => {
    const before = model({
      rooms: [room("r1", { tags: [{ id: "t1", name: "one" }] }), room("r2", { tags: [{ id: "t1", origin: "api" }] })],
    });
    const merged = floorOf(mergeModel(before, model({ rooms: [room("r1"), room("r2")] })));
    assert.deepEqual(merged.rooms![1]!.tags, []);
  });

  test("drops a pass that an API made with the tenant it was for", () => {
    const building = (rest: object): ModelDocument => ({
      organization: { id: "org", name: "Org" },
      sites: [{ id: "s", name: "S", timezone: "UTC", buildings: [{ id: "b", name: "B", ...rest }] }],
    });
    const before = building({
      units: [{ id: "u", label: "1" }],
      tenants: [
        { id: "t", unit_id: "u" },
        { id: "api", unit_id: "u", origin: "api" },
      ],
      keychains: [
        { id: "k", tenant_id: "t", origin: "api" },
        { id: "k2", tenant_id: "api", origin: "api" },
      ],
    });
    const kept = mergeModel(before, building({ units: [{ id: "u", label: "1" }], tenants: [] })).sites[0]!
      .buildings![0]!;
    assert.deepEqual([kept.tenants!.map(({ id }) => id), kept.keychains!.map(({ id }) => id)], [["api"], ["k2"]]);
    const gone = mergeModel(before, building({})).sites[0]!.buildings![0]!;
    assert.deepEqual([gone.tenants, gone.keychains], [[], []]);
  });
});

describe("whatever was stored and is put", () => {
  const ids = ["1", "2", "3", "4"];
  const fields = fc.record(
    { name: fc.constantFrom("A", "B"), note: fc.constantFrom("n1", "n2"), roomType: fc.constantFrom("x", "y") },
    { requiredKeys: ["name"] },
  );
  const operators = fc.dictionary(fc.constantFrom(...ids), fields, { maxKeys: 4 });
  const change = fc.oneof(
    fc.record({
      act: fc.constant("set" as const),
      id: fc.constantFrom(...ids),
      field: fc.constantFrom("note", "roomType"),
      value: fc.constantFrom("a", "b"),
    }),
    fc.record({ act: fc.constant("make" as const), id: fc.constantFrom("8", "9") }),
    fc.record({ act: fc.constant("delete" as const), id: fc.constantFrom(...ids) }),
  );
  type Rooms = Record<string, Record<string, unknown>>;
  const asModel = (rooms: Rooms, rest: Partial<ModelDocument> = {}) =>
    model({ rooms: Object.entries(rooms).map(([id, each]) => ({ id, ...each }) as unknown as RoomDocument) }, rest);

  test("named fields win, set ones stay, made rooms stay, deleted ones stay away", () => {
    fc.assert(
      fc.property(
        operators,
        fc.array(change, { maxLength: 6 }),
        operators,
        fc.boolean(),
        (first, changes, second, restore) => {
          // What an API does to the stored model, and beside it the plain statement of what must come of it.
          const rooms: Rooms = structuredClone(first);
          const set = new Map<string, Record<string, string>>();
          const made = new Set<string>();
          const deleted = new Set<string>();
          for (const each of changes) {
            const known = rooms[each.id];
            if (each.act === "make") {
              rooms[each.id] = { name: "made", origin: "api" };
              made.add(each.id);
            } else if (each.act === "delete" && known !== undefined) {
              delete rooms[each.id];
              deleted.add(each.id);
            } else if (each.act === "set" && known !== undefined) {
              known[each.field] = each.value;
              known["set_by_api"] = [...new Set([...((known["set_by_api"] as string[]) ?? []), each.field])];
              set.set(each.id, { ...set.get(each.id), [each.field]: each.value });
            }
          }
          const tombs = [...deleted].map((id) => ({ kind: "room", id }));
          const stored = asModel(rooms, tombs.length > 0 ? { deleted_by_api: tombs } : {});
          const merged = mergeModel(stored, asModel(second), restore);

          const expected: Rooms = {};
          for (const [id, named] of Object.entries(second)) {
            if (deleted.has(id) && !restore) continue;
            expected[id] = deleted.has(id) ? { ...named } : { ...set.get(id), ...named };
          }
          for (const id of made) expected[id] = { name: "made", origin: "api" };
          const got: Rooms = {};
          for (const { id, ...room } of floorOf(merged).rooms ?? []) {
            const fields: Record<string, unknown> = { ...room };
            delete fields["set_by_api"];
            got[id] = fields;
          }
          assert.deepEqual(got, expected);
          assert.ok("document" in checkModel(merged));
          assert.deepEqual(
            mergeModel(merged, asModel(second), restore),
            merged,
            "putting the same again changes nothing",
          );
        },
      ),
    );
  });
});
