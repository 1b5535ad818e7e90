// Whose a sensor or a door is, asked by keys that may look into one organization only, by operators, and after a change.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildingModel } from "../../src/building/building.ts";
import { createPlaceLookup, type Home } from "../../src/organizations/place-lookup.ts";
import type { ChangeListener, Organizations } from "../../src/organizations/organizations.ts";
import type { Registry } from "../../src/store/registry.ts";

/** `holders`: by id, the organizations that have the building of that id. */
function lookup(holders: Map<string, readonly string[]>) {
  const asked: string[] = [];
  const listeners: ChangeListener[] = [];
  const has = (organization: string) => ({
    get: (id: string) => (holders.get(id)?.includes(organization) ? { id, building: { id } } : undefined),
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
  const listen = (listener: ChangeListener) => void listeners.push(listener);
  const organizations = { get, at: get, listen } as unknown as Organizations;
  const registry = {
    async locate(kind: string, id: string) {
      asked.push(`${kind} ${id}`);
      return (holders.get(id) ?? []).map((organization) => ({ kind, id, number: null, organization }));
    },
  } as unknown as Registry;
  /** A model was put. */
  const change = (isNewModel = true) =>
    listeners.forEach((listener) =>
      listener("org_1", { subscriptions: [], before: [], removed: [], withdrawals: [], isNewModel, isGone: false }),
    );
  return { places: createPlaceLookup(registry, organizations), asked, change };
}

const owner = (home: Home) => (home === "several" ? home : (home?.organization.id ?? null));

test("a key of one organization finds nothing of another, also when an operator has found it there before", async () => {
  const { places, asked } = lookup(new Map([["b", ["org_1"]]]));
  assert.equal(owner(await places.building("b", "org_2")), null);
  assert.deepEqual(asked, [], "nothing is looked for elsewhere");
  assert.equal(owner(await places.building("b", null)), "org_1");
  assert.equal(owner(await places.building("b", "org_2")), null);
  assert.equal(owner(await places.building("b", "org_1")), "org_1");
});

test("what several organizations have is found in the one that is named, and is several where none is", async () => {
  const { places } = lookup(new Map([["b", ["org_1", "org_2"]]]));
  assert.equal(owner(await places.building("b", "org_1")), "org_1");
  assert.equal(owner(await places.building("b", "org_2")), "org_2");
  assert.equal(owner(await places.building("b", null)), "several");
  assert.equal(await places.buildingOf({ building: "b" }, null), "several");
  const found = await places.buildingOf({ accessPoint: "b" }, "org_2");
  assert.equal(found !== "several" && found?.building.organization.id, "org_2");
});

test("a place is remembered until a model changes: then it may be elsewhere, in several, or nowhere", async () => {
  const holders = new Map([["b", ["org_1"]]]);
  const { places, asked, change } = lookup(holders);
  assert.equal(owner(await places.building("b", null)), "org_1");
  change(false);
  assert.equal(owner(await places.building("b", null)), "org_1");
  assert.deepEqual(asked, ["building b"], "it was remembered");
  holders.set("b", ["org_1", "org_2"]);
  change();
  assert.equal(owner(await places.building("b", null)), "several");
  holders.set("b", ["org_2"]);
  change();
  assert.equal(owner(await places.building("b", null)), "org_2");
  holders.delete("b");
  change();
  assert.equal(owner(await places.building("b", null)), null);
});

test("a look-up that a change of a model overtakes is not remembered", async () => {
  const { places, asked, change } = lookup(new Map([["b", ["org_1"]]]));
  const underWay = places.building("b", null);
  change();
  await underWay;
  await places.building("b", null);
  assert.deepEqual(asked, ["building b", "building b"]);
});

test("records of different kinds with one id are not taken for each other", async () => {
  const { places, asked } = lookup(new Map([["x", ["org_1"]]]));
  await places.building("x", null);
  await places.accessPoint("x", null);
  await places.device("x", null);
  assert.deepEqual(asked, ["building x", "access_point x", "device x"]);
});
