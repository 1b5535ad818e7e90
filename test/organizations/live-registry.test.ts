import assert from "node:assert/strict";
import { test } from "node:test";
import { BelfryError } from "../../src/errors.ts";
import { createOrganizations } from "../../src/organizations/organizations.ts";
import { createLiveRegistry } from "../../src/organizations/live-registry.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import { calm, createSteeredClock } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

test("a change that was written and could not be read at once is known as soon as the store can be read", async () => {
  const clock = createSteeredClock();
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32), clock });
  let failures = 0;
  const snapshot: typeof store.registry.snapshot = (id) =>
    failures-- > 0 ? Promise.reject(new BelfryError("UNAVAILABLE", "The disk is full.")) : store.registry.snapshot(id);
  const organizations = createOrganizations({ ...store.registry, snapshot }, () => {
    throw new Error("there is no model");
  });
  const registry = createLiveRegistry(store.registry, organizations, clock);
  const audit = { at: 0, actor: "system", action: "test", object: "org_1", detail: null };
  const { revision } = await registry.ensureOrganization("org_1", "One", audit);
  const active = makeSubscription();
  await registry.change({ organization: "org_1", revision, put: [active], audit: [audit] });
  assert.equal(organizations.subscription(1)?.state, "active");
  failures = 2;
  const disabled = makeSubscription({ state: "disabled", disabledReason: "asked" });
  const change = { organization: "org_1", revision: revision + 1, put: [disabled], audit: [audit] };
  await assert.rejects(registry.change(change), /disk is full/);
  assert.equal(organizations.subscription(1)?.state, "active", "not known yet");
  await clock.pass(2_000);
  await calm();
  assert.equal(organizations.subscription(1)?.state, "disabled");
  assert.equal(clock.timers(), 0);
  await store.close();
});
