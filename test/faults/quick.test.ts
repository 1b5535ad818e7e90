// The faults that take seconds, in short, with every run of the tests; `npm run faults` makes all of them.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import type { Fault } from "./fault.ts";
import { kill } from "./kill.ts";
import { closeAll } from "./rig/places.ts";
import { second } from "./second.ts";
import { stop } from "./stop.ts";

afterEach(closeAll);

const faultsOf = async (fault: Fault, rounds: number) =>
  (await fault.run({ rounds, events: 0, minutes: 0, seed: "1", say: () => undefined })).faults;

test("kill -9 under load loses nothing that was acknowledged and sends no more twice than there were slots", async () => {
  assert.deepEqual(await faultsOf(kill, 3), []);
});

test("SIGTERM under load ends in order and sends nothing twice", async () => {
  assert.deepEqual(await faultsOf(stop, 2), []);
});

test("a second server on the same directory is refused, and the first does not notice", async () => {
  assert.deepEqual(await faultsOf(second, 0), []);
});
