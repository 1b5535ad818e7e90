import assert from "node:assert/strict";
import { test } from "node:test";
import { sensorStates, spaceStates } from "../../src/numbers/census.ts";
import { built, hall } from "../sensing/hall.ts";
import { frame, senses } from "../sensing/senses.ts";

const t = Date.UTC(2026, 0, 5, 8);

test("spaces and sensors are counted by what is known of them, over organizations with and without a model", async () => {
  const model = await built(hall());
  const { sense, pass, sensing } = senses(model);
  let breaths = 0;
  const deps = (isSensed: boolean) => ({
    organizations: () => ["org_1", "org_empty"],
    model: async (id: string) => (id === "org_1" ? model : null),
    sensing: () => (isSensed ? sensing() : undefined),
    breathe: async () => void breaths++,
  });
  // The floor, two rooms with sensors, a lounge that a sensor only looks into, a zone that sensors only look into.
  assert.deepEqual(await spaceStates(deps(false)), { known: 0, unknown: 3, unwatched: 2 });
  assert.deepEqual(await sensorStates(deps(false)), { online: 0, offline: 0, unheard: 5 });
  sense(frame("sensor_3", t, [5, 2]));
  assert.deepEqual(await spaceStates(deps(true)), { known: 2, unknown: 3, unwatched: 0 });
  assert.deepEqual(await sensorStates(deps(true)), { online: 1, offline: 0, unheard: 4 });
  pass(t + 25 * 3_600_000);
  assert.deepEqual(await spaceStates(deps(true)), { known: 0, unknown: 5, unwatched: 0 });
  assert.deepEqual(await sensorStates(deps(true)), { online: 0, offline: 1, unheard: 4 });
  assert.equal(breaths, 0);
});

test("a census of many organizations lets others work in between", async () => {
  let breaths = 0;
  await sensorStates({
    organizations: () => Array.from({ length: 250 }, (_, index) => `org_${index}`),
    model: async () => null,
    sensing: () => undefined,
    breathe: async () => void breaths++,
  });
  assert.equal(breaths, 2);
});
