import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AccessLog, CallLog } from "../../src/model/fact.ts";
import { campus, compiled } from "../building/models.ts";
import { only, senses } from "./senses.ts";

const building = await compiled(campus());
const at = Date.parse("2026-06-17T10:12:19Z");

const required = {
  logged_at: "2026-06-17T10:12:19Z",
  access_point: "ap_front",
  release_status: "Unlocked",
};

/** Senders leave out what they do not know. */
const access = (data: Partial<AccessLog>) =>
  only(senses(building).sense({ kind: "access", id: null, at, data: { ...required, ...data } as AccessLog }), "access");

const call = (data: Partial<CallLog>) => {
  const record = {
    guid: "e2934b71",
    logged_at: "2026-06-14T15:12:19Z",
    notification_type: "visitor",
    recipient: { id: null, type: "Attendant" },
    ...data,
  };
  return only(senses(building).sense({ kind: "call", id: null, at, data: record as CallLog }), "call");
};

describe("an access log entry", () => {
  test("names everything that the model knows by its number, and keeps the rest as it was given", () => {
    const [fact] = access({
      name: "Duncan Idaho",
      release_type: "Visitor",
      unit: "unit_b",
      tenant_id: "tenant_duncan",
      entry_method: { keychain: "254331397" },
      image_url: "https://example.com/1.png",
    });
    assert.deepEqual(fact, {
      kind: "access",
      at,
      revision: 0,
      building: "building_1",
      sourceId: null,
      data: {
        id: 1_000_000_001,
        ...required,
        access_point: 22177636,
        name: "Duncan Idaho",
        release_type: "Visitor",
        unit: 843107216,
        tenant_id: 377389742,
        entry_method: { keychain: 254331397 },
        image_url: "https://example.com/1.png",
      },
    });
  });

  test("says null for what it was not told", () => {
    const absent = { name: null, release_type: null, unit: null, tenant_id: null, entry_method: null, image_url: null };
    assert.deepEqual(access({})[0]?.data, { id: 1_000_000_001, ...required, access_point: 22177636, ...absent });
  });

  test("keeps references that the model does not know", () => {
    const data = access({ unit: 5, tenant_id: "somebody", entry_method: { access_tool: "x" } })[0]?.data;
    assert.deepEqual([data?.unit, data?.tenant_id, data?.entry_method], [5, "somebody", { access_tool: "x" }]);
    assert.equal(access({ entry_method: "Swipe to open" })[0]?.data.entry_method, "Swipe to open");
  });

  for (const [what, data, home] of [
    ["its access point", { access_point: "ap_annex" }, "building_2"],
    ["its unit where the door is unknown", { access_point: 1, unit: "unit_x" }, "building_2"],
    ["its tenant where the door is unknown", { access_point: 1, tenant_id: 377389742 }, "building_1"],
    ["its keychain where the door is unknown", { access_point: 1, entry_method: { keychain: "kc_x" } }, "building_2"],
    [
      "its access tool where the door is unknown",
      { access_point: 1, entry_method: { access_tool: "fob" } },
      "building_1",
    ],
  ] as const) {
    test(`belongs to the building of ${what}`, () => assert.equal(access(data)[0]?.building, home));
  }

  test("of nowhere gives nothing", () => assert.deepEqual(access({ access_point: 1, unit: 2, tenant_id: 3 }), []));
});

describe("a call", () => {
  test("names everything that the model knows by its number", () => {
    const data = {
      building_id: "building_1",
      recipient: { id: "tenant_duncan", type: "Tenant" },
      unit: { id: "unit_b" },
      device: { id: "708353660", name: "Panel" },
      status: "initializing",
    };
    const [fact] = call(data);
    assert.equal(fact?.building, "building_1");
    assert.deepEqual(fact?.data, {
      id: 1_000_000_001,
      guid: "e2934b71",
      building_id: building.buildings.get("building_1")!.number,
      logged_at: "2026-06-14T15:12:19Z",
      notification_type: "visitor",
      recipient: { id: 377389742, type: "Tenant" },
      unit: { id: 843107216 },
      device: { id: 708353660, name: "Panel" },
      status: "initializing",
      image_url: null,
      provider: null,
    });
  });

  test("is found by its device, unit or tenant, and then says which building it is", () => {
    const number = building.buildings.get("building_1")!.number;
    for (const data of [
      { device: { id: 708353660 } as CallLog["device"] },
      { unit: { id: "unit_b" } },
      { recipient: { id: "tenant_duncan", type: "Tenant" } },
    ]) {
      assert.deepEqual(
        call(data).map((fact) => [fact.building, fact.data.building_id]),
        [["building_1", number]],
      );
    }
    assert.equal(call({ device: { id: 708353660 } as CallLog["device"] })[0]?.data.device?.name, "Main Entrance");
  });

  test("says null for what it was not told, and keeps what the model does not know", () => {
    const data = call({ building_id: "building_2", recipient: { id: 5, type: "Tenant" } })[0]?.data;
    assert.deepEqual([data?.unit, data?.device, data?.status, data?.image_url], [null, null, "initializing", null]);
    assert.deepEqual(data?.recipient, { id: 5, type: "Tenant" });
  });

  test("of nowhere gives nothing", () => assert.deepEqual(call({ building_id: 5 }), []));
});
