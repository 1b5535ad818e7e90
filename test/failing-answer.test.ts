// What a receiver for trying things out remembers of the deliveries that it fails.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnswer, deliveriesKept } from "../src/failing-answer.ts";
import { heldMemory } from "./fixtures/held-memory.ts";

test("however long the names of deliveries are, what is counted of them stays small, and the newest are counted", async () => {
  const longId = (number: number): string => Buffer.alloc(16_000, `${number} `).toString("latin1");
  const before = await heldMemory();
  const answer = createAnswer({ status: 204, delayMs: 0, failFirst: 1 });
  for (let number = 0; number < deliveriesKept + 100; number++) assert.equal(answer(longId(number)).status, 503);
  const after = await heldMemory();
  assert.ok(after.all - before.all < 1024 * 1024, `${after.all - before.all} bytes`);
  const again = (number: number) => answer(longId(number)).status;
  assert.deepEqual([again(deliveriesKept + 99), again(100), again(0)], [204, 204, 503]);
});
