// What is noted of the engine while somebody watches is bounded by the names that there are, however much happens.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildingModel } from "../../src/building/building.ts";
import { createChanges } from "../../src/live/changes.ts";
import type { EngineEvents } from "../../src/model/engine-events.ts";

test("a space that is lost again and again is looked for once, and each level by itself", async () => {
  let engine: EngineEvents = {};
  const looked: string[] = [];
  const spaces = (level: string) => ({
    get(id: string) {
      looked.push(`${level} ${id}`);
      return { building: { id: "building_1" }, floor: { building: { id: "building_1" } } };
    },
  });
  const model = { floors: spaces("floor"), rooms: spaces("room"), zones: spaces("zone") } as unknown as BuildingModel;
  const changes = createChanges({
    listen: (listener) => {
      engine = listener;
      return () => {};
    },
    organizations: { subscription: () => undefined, listen: () => {} },
    model: async () => model,
  });
  changes.begin();
  for (let count = 0; count < 1_000; count++) {
    engine.spaceLost?.("org_1", "floor", "a");
    engine.spaceLost?.("org_1", "room", "a");
  }
  const taken = (await changes.take()).get("org_1")!;
  assert.deepEqual([...taken.occupancy], ["building_1"]);
  assert.deepEqual(looked, ["floor a", "room a"]);
  assert.equal((await changes.take()).size, 0);
});
