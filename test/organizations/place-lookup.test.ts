// Whose a sensor or a door is, asked by keys that may look into one organization only, and after it has moved.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildingModel } from "../../src/building/building.ts";
import { createPlaceLookup } from "../../src/organizations/place-lookup.ts";
import type { Organizations } from "../../src/organizations/organizations.ts";
import type { Registry } from "../../src/store/registry.ts";

/** `holders`: the organization that has the building of this id. */
function lookup(holders: Map<string, string>) {
  const asked: string[] = [];
  const has = (organization: string) => ({
    get: (id: string) => (holders.get(id) === organization ? { id, building: { id } } : undefined),
  });
  const modelOf = (id: string) =>
    ({
      organization: { id },
      buildings: has(id),
      accessPoints: has(id),
      devices: has(id),
      sensors: has(id),
    }) as unknown as BuildingModel;
  const get = async (id: string) => ({ id, model: modelOf(id) });
  const organizations = { get, at: get } as unknown as Organizations;
  const registry = {
    async locate(kind: string, id: string) {
      asked.push(`${kind} ${id}`);
      const organization = holders.get(id);
      return organization === undefined ? null : { kind, id, number: null, organization };
    },
  } as unknown as Registry;
  return { places: createPlaceLookup(registry, organizations), asked };
}

const owner = (model: BuildingModel | null) => model?.organization.id ?? null;

test("a key of one organization finds nothing of another, also when an operator has found it there before", async () => {
  const { places, asked } = lookup(new Map([["b", "org_1"]]));
  assert.equal(owner(await places.building("b", "org_2")), null);
  assert.deepEqual(asked, [], "nothing is looked for elsewhere");
  assert.equal(owner(await places.building("b", null)), "org_1");
  assert.equal(owner(await places.building("b", "org_2")), null);
  assert.equal(owner(await places.building("b", "org_1")), "org_1");
});

test("what has moved to another organization is found there", async () => {
  const holders = new Map([["b", "org_1"]]);
  const { places, asked } = lookup(holders);
  assert.equal(owner(await places.building("b", null)), "org_1");
  assert.equal(owner(await places.building("b", null)), "org_1");
  assert.deepEqual(asked, ["building b"], "it was remembered");
  holders.set("b", "org_2");
  assert.equal(owner(await places.building("b", null)), "org_2");
  holders.delete("b");
  assert.equal(owner(await places.building("b", null)), null);
});

test("records of different kinds with one id are not taken for each other", async () => {
  const { places, asked } = lookup(new Map([["x", "org_1"]]));
  await places.building("x", null);
  await places.accessPoint("x", null);
  await places.device("x", null);
  assert.deepEqual(asked, ["building x", "access_point x", "device x"]);
});
