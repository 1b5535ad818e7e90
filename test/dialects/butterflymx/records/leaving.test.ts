// Tenants who are over, and tenants who move.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantDocument } from "../../../../src/building/document.ts";
import { createModelChanges } from "../../../../src/organizations/replace-model.ts";
import { openHouse, principals } from "../fixture.ts";
import { northDocument } from "../place.ts";

const integration = {
  data: {
    type: "integrations",
    attributes: {
      integrator: "webhook",
      configuration: { url: "https://a.example/in", method: "post" },
      bindings: [{ resource_type: "call", actions: ["create"] }],
    },
  },
};

/** A house where Alia has an integration, and then is as told. */
async function afterwards(alia: Partial<TenantDocument>) {
  const house = await openHouse();
  const made = await house.call("POST", "/v4/tenants/alia/integrations", { as: "alia", body: integration });
  assert.equal(made.status, 200, made.text);
  const document = structuredClone(northDocument);
  const { tenants } = document.sites[0]!.buildings![0]!;
  Object.assign(tenants!.find(({ id }) => id === "alia")!, alia);
  const clock = { now: () => 1_750_000_000_000, monotonic: () => 0, after: () => () => {} };
  const { removed } = await createModelChanges({ registry: house.registry, clock }).replace(
    principals["north"]!,
    document,
  );
  const get = async (url: string) => {
    const { status, body } = await house.call("GET", url, { as: "alia" });
    return status === 200 ? body.data : status;
  };
  return { house, removed, get };
}

test("who is inactive reads nothing and opens nothing from that moment on; their integrations stay until they are removed", async () => {
  const { house, removed, get } = await afterwards({ inactive_after: new Date(1_750_000_000_000).toISOString() });
  for (const list of ["buildings", "units", "tenants", "access_points", "devices", "access_tools", "keychains"]) {
    assert.deepEqual(await get(`/v4/${list}`), [], list);
  }
  for (const list of ["access_logs", "calls"]) assert.equal(await get(`/v4/buildings/577696272/${list}`), 404);
  assert.deepEqual(await get("/v3/me/calls"), []);
  const door_release_request = { tenant_id: 37112193, access_point_id: 22177636 };
  const asked = await house.call("POST", "/v4/door_release_requests", { as: "alia", body: { door_release_request } });
  assert.equal(asked.status, 422);
  assert.deepEqual(removed, []);
  assert.equal((await get("/v4/tenants/alia/integrations")).length, 1);
  await house.close();
});

test("until that moment they read all", async () => {
  const { house, get } = await afterwards({ inactive_after: new Date(1_750_000_000_001).toISOString() });
  assert.equal((await get("/v4/buildings")).length, 1);
  await house.close();
});

test("who moves keeps their integrations, and reads of their new unit", async () => {
  const { house, removed, get } = await afterwards({ unit_id: "unit_5a" });
  assert.deepEqual(removed, []);
  assert.equal((await get("/v4/tenants/alia/integrations")).length, 1);
  assert.deepEqual(
    (await get("/v4/units")).map(({ id }: { id: number }) => id),
    [474917539],
  );
  await house.close();
});
