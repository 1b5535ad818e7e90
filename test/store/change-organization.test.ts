import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { BelfryError } from "../../src/errors.ts";
import { changeOrganization } from "../../src/store/change-organization.ts";
import type { AuditEntry } from "../../src/store/registry.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";

const entry = (object: string): AuditEntry => ({ at: 1, actor: "key", action: "test", object, detail: null });

async function open(): Promise<Store> {
  const store = await openSqliteInProcess({ directory: null, masterKey: new Uint8Array(32), clock: systemClock });
  await store.registry.ensureOrganization("org_1", "One", entry("org_1"));
  return store;
}

const revision = async ({ registry }: Store): Promise<number> =>
  (await registry.snapshot("org_1"))!.organization.revision;

test("many who change one organization at once all come through, each on what the one before it left", async () => {
  const store = await open();
  const before = await revision(store);
  const seen = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      changeOrganization(store.registry, "org_1", async ({ organization }) => {
        await store.registry.locate("building", "somewhere", null);
        return { audit: [entry(String(index))], result: organization.revision };
      }),
    ),
  );
  assert.deepEqual(
    seen,
    Array.from({ length: 50 }, (_, index) => before + index),
  );
  await store.close();
});

test("a decision is made anew when another process has come between", async () => {
  const store = await open();
  let decisions = 0;
  await changeOrganization(store.registry, "org_1", async ({ organization }) => {
    if (++decisions === 1) {
      const audit = [entry("foreign")];
      await store.registry.change({ organization: "org_1", revision: organization.revision, audit });
    }
    return { audit: [entry("ours")], result: null };
  });
  assert.equal(decisions, 2);
  await store.close();
});

test("a failure is its caller's alone, and a decision without an audit entry writes nothing", async () => {
  const store = await open();
  const before = await revision(store);
  const failing = changeOrganization(store.registry, "org_1", () => {
    throw new BelfryError("INVALID", "mine");
  });
  const idle = changeOrganization(store.registry, "org_1", () => ({ audit: [], result: "idle" }));
  await assert.rejects(failing, /mine/);
  assert.equal(await idle, "idle");
  assert.equal(await revision(store), before);
  await assert.rejects(
    changeOrganization(store.registry, "org_9", () => ({ audit: [], result: null })),
    { code: "NOT_FOUND" },
  );
  await store.close();
});
