// Dispatchers of one process share its slots, each over what it owns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSharedSlots } from "../../src/delivery/lane/shared-slots.ts";
import { deliveryDefaults } from "../../src/delivery/settings.ts";
import { createTower, type Tower } from "./harness.ts";
import { ok } from "./network.ts";

/** So many dispatchers with a lane each at a host of its own, or all at one. Their receivers answer one request at a time, when told. */
async function begin(count: number, overall: number, { hostCap = 64, isOneHost = false } = {}) {
  const shared = createSharedSlots({ hostCap, several: true });
  const settings = { caps: { ...deliveryDefaults.caps, overall }, slowShare: 1 };
  const open: (() => void)[] = [];
  const towers: Tower[] = [];
  for (let each = 0; each < count; each++) {
    const tower = await createTower({ settings, shared });
    const url = `https://receiver-${isOneHost ? 0 : each}.example/hook`;
    tower.network.answer(url, () => new Promise((resolve) => open.push(() => resolve(ok))));
    await tower.subscribe({ number: 1, endpoint: { url, timeoutMs: 15_000, apiKey: null, basicAuth: null } });
    await tower.dispatcher.start();
    towers.push(tower);
  }
  const quiet = async () => {
    for (const tower of towers) await tower.quiet();
  };
  return { towers, open, quiet, inFlight: () => towers.map(({ network }) => network.inFlight()) };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

for (const [what, overall, options] of [
  ["slots in all", 3, {}],
  ["slots of a host", 64, { hostCap: 3, isOneHost: true }],
] as const) {
  test(`three dispatchers together take no more than the ${what}, and go on with each that one of them frees`, async () => {
    const { towers, open, quiet, inFlight } = await begin(3, overall, options);
    for (const tower of towers) await tower.ringMany(1, 4);
    await quiet();
    for (let left = 12; left > 0; left--) {
      assert.equal(sum(inFlight()), Math.min(left, 3));
      open.shift()!();
      await quiet();
    }
    assert.deepEqual(
      towers.map(({ network }) => network.calls.length),
      [4, 4, 4],
    );
  });
}
