import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../../../src/dialects/butlr/sample.ts";
import { eventTypeNames } from "../../../src/dialects/butlr/types.ts";
import type { BuildingModel } from "../../../src/building/building.ts";
import { bindingFor, type Filters, type OccupancyFilter } from "../../../src/model/subscription.ts";
import { subscription } from "../../contract/samples.ts";
import { faultsOf, unknownKeys } from "./asyncapi/validator.ts";
import { buildingOf, floor, presence, room, traffic, zone } from "./place.ts";

const at = Date.UTC(2026, 5, 17, 10, 0, 30);
const mac = "00-17-0d-00-00-cc-bb-bb";
const model = buildingOf({
  floors: [floor, { ...floor, id: "space_other" }],
  rooms: [room, { ...room, id: "room_other" }],
  zones: [zone],
  hives: [presence.hive!],
  sensors: [presence, { ...traffic, id: "sensor_door", mac }],
});

const context = (of: BuildingModel | null) => ({ model: of, at, newId: () => "event_new", newGuid: () => "guid" });
const taking = (filters: Filters | null) => subscription(1, { filters, bindings: [] });
const sampleOf = (type: string, filters: Filters | null = null, of: BuildingModel | null = model) =>
  sample(type, taking(filters), context(of))!.event;

for (const type of eventTypeNames) {
  for (const [where, of] of [
    ["the model", model],
    ["an empty model", buildingOf({})],
    ["no model", null],
  ] as const) {
    test(`a sample of ${type} over ${where} is a payload as documented, made now and under an id of its own`, () => {
      const event = sampleOf(type, null, of);
      const payload = JSON.parse(event.body) as Record<string, unknown>;
      assert.equal(faultsOf(type, payload), "");
      assert.deepEqual(unknownKeys(type, payload), []);
      assert.deepEqual([event.type, event.id, payload["id"], payload["type"]], [type, "event_new", "event_new", type]);
      const age = at - Number(payload["timestamp"]);
      assert.ok(age >= 0 && age < 120_000, `${age}`);
      const { org_id: organization } = payload["metadata"] as { org_id: string };
      if (of !== null) assert.ok(organization === model.organization.id);
    });
  }
}

test("it is about a place that the filters of the subscription let pass, where there is one", () => {
  assert.equal(sampleOf("ROOM_OCCUPANCY", { room_ids: ["room_other"] }).subject, "room_other");
  assert.equal(sampleOf("FLOOR_OCCUPANCY_1MIN", { floor_ids: ["space_other"] }).subject, "space_other");
  assert.equal(sampleOf("TRAFFIC", { mac_addresses: [mac] }).subject, "sensor_door");
  assert.equal(sampleOf("ROOM_OCCUPANCY", { room_ids: ["room_gone"] }).subject, room.id);
});

test("it counts so many people that the filter on occupancy lets it pass", () => {
  for (const comparison of ["gt", "gte", "lt", "lte", "eq", "ne"] as const) {
    for (const value of [0.5, 1, 2, 3, 40]) {
      const occupancy: OccupancyFilter = { comparison, value };
      const bound = subscription(1, { filters: { occupancy } });
      const { event } = sample("ROOM_OCCUPANCY", bound, context(model))!;
      const isPossible = comparison !== "eq" || Number.isInteger(value);
      if (isPossible) assert.ok(bindingFor(bound, event) !== null, `${comparison} ${value}: ${event.value}`);
    }
  }
});

test("the older names of types mean the same, and another name none", () => {
  assert.equal(sampleOf("ROOM_OCCUPANCY_1M").type, "ROOM_OCCUPANCY_1MIN");
  for (const name of ["", "ROOM", "access_log.create", "__proto__"]) {
    assert.equal(sample(name, taking(null), context(model)), null, name);
  }
});
