// The edges of pages, of the retention and of repeated events, where one off by one would lose or repeat something.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  noon,
  observation,
  owe,
  owed,
  progress,
  settlement,
  keepAll,
} from "../contract/samples.ts";

let store: Store;

beforeEach(async () => {
  store = await openSqliteInProcess({ directory: null, masterKey: new Uint8Array(32), clock: systemClock });
  await addOrganization(store.registry);
});
afterEach(() => store.close());

test("a page that holds all there is says that nothing follows", async () => {
  const { registry, history } = store;
  for (const action of ["b", "c"]) await registry.audit(audit(action));
  const whole = await history.audit({ limit: 3, before: null });
  assert.deepEqual([whole.items.length, whole.before], [3, null]);
  const first = await history.audit({ limit: 2, before: null });
  const rest = await history.audit({ limit: 2, before: first.before });
  assert.deepEqual([...first.items, ...rest.items], whole.items);
  assert.equal(rest.before, null);
});

test("what was accepted at the moment up to which the store forgets stays, a millisecond before it goes", async () => {
  const { ledger, history } = store;
  const { epoch } = await ledger.acquire(noon, 0);
  const day = 86_400_000;
  const midnight = Math.floor(noon / day) * day;
  for (const [name, at] of [
    ["old", midnight - 1],
    ["young", midnight],
  ] as const) {
    await accept(store, [event(name, { acceptedAt: at, idempotencyKey: { id: name, hash: "h" } })]);
    await ledger.appendObservations([observation({ acceptedAt: at })]);
  }
  await ledger.accept([], progress(epoch, 2));
  const before = { ...keepAll, events: midnight, observations: midnight, idempotencyKeys: midnight, minutes: midnight };
  const pruned = await ledger.prune(epoch, before, noon, Infinity);
  assert.deepEqual([pruned.events, pruned.observations, pruned.idempotencyKeys], [1, 1, 1]);
  const { items } = await history.events({ limit: 9, before: null, organization: null, type: null, since: null });
  assert.deepEqual(
    items.map(({ id }) => id),
    ["young"],
  );
});

test("an event that repeats a derived one does not use up the id it came with", async () => {
  const id = (hash: string) => ({ idempotencyKey: { id: "same", hash } });
  const statuses = [];
  for (const each of [
    event("first", { key: "minute 1" }),
    event("again", { key: "minute 1", ...id("a") }),
    event("other", { key: "minute 2", ...id("b") }),
  ]) {
    statuses.push((await accept(store, [each]))[0]?.status);
  }
  assert.deepEqual(statuses, ["accepted", "duplicate", "accepted"]);
});

test("an outcome that is written a second time changes nothing", async () => {
  const { ledger, history } = store;
  const { epoch } = await ledger.acquire(noon, 0);
  const [number] = await owe(store, "event_a", [owed(1)]);
  for (let time = 0; time < 2; time++) await ledger.settle(epoch, [settlement(number!, 1)]);
  assert.equal((await history.attempts(number!)).length, 1);
  assert.equal((await history.delivery(number!))?.state, "delivered");
});
