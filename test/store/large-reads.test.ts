// The threads of the store have heaps of a fixed size: what is asked of them at one moment must not fill one.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock as clock } from "../../src/clock.ts";
import { openSqlite } from "../../src/store/sqlite/open.ts";
import { accept, addOrganization, event } from "../contract/samples.ts";

test("however many ask for a large event at once, the store stays", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "belfry-reads-"));
  t.after(() => rm(directory, { recursive: true }));
  const store = await openSqlite({ directory, masterKey: new Uint8Array(32), clock });
  await addOrganization(store.registry);
  const body = JSON.stringify("x".repeat(4_000_000));
  await accept(store, [event("a", { body })]);
  const all = await Promise.all(Array.from({ length: 60 }, () => store.history.event(null, "a")));
  assert.ok(all.every((each) => each?.body.length === body.length));
  await store.close();
});
