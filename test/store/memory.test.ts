// What the store keeps in memory of what it has read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock as clock } from "../../src/clock.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { addOrganization } from "../contract/samples.ts";
import { heldMemory, usePool } from "../fixtures/held-memory.ts";

test("the key of an organization keeps nothing of the memory that small buffers share", async () => {
  const { registry, close } = await openSqliteInProcess({ directory: null, masterKey: new Uint8Array(32), clock });
  const ids = Array.from({ length: 60 }, (_, number) => `org_${number}`);
  for (const id of ids) await addOrganization(registry, id);
  await registry.snapshot(ids[0]!);
  const { buffers } = await heldMemory();
  for (const id of ids) {
    usePool();
    await registry.snapshot(id);
  }
  const each = ((await heldMemory()).buffers - buffers) / ids.length;
  await close();
  assert.ok(each < Buffer.poolSize / 4, `${each} bytes each`);
});
