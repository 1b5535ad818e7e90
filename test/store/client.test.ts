import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../../src/store/sqlite/thread/client.ts";

test("a close is over also when the last calls could not be handed over", async () => {
  const flushes: (() => void)[] = [];
  const client = createClient<{ write(value: unknown): void }>(
    () => {
      throw new Error("cannot cross");
    },
    (flush) => void flushes.push(flush),
  );
  const call = client.call("write", 1);
  const refused = assert.rejects(call, /cannot cross/);
  let drained = false;
  const draining = client.drain().then(() => (drained = true));
  for (const flush of flushes) flush();
  await refused;
  await new Promise<void>((resolve) => void setImmediate(resolve));
  assert.equal(drained, true);
  await draining;
});
