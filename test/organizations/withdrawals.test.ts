// Tenants who move or end while deliveries wait for them: over the real store, model, way in and dispatcher.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildingDocument, ModelDocument, TenantDocument } from "../../src/building/document.ts";
import type { Dispatcher } from "../../src/delivery/dispatcher-port.ts";
import { createDispatcher } from "../../src/delivery/dispatcher.ts";
import type { DeliveryRequest } from "../../src/delivery/attempt/request.ts";
import { createInactiveTenants } from "../../src/organizations/inactive-tenants.ts";
import { createModelChanges } from "../../src/organizations/replace-model.ts";
import { silentLog } from "../../src/log.ts";
import type { Outcome } from "../../src/model/attempt.ts";
import type { Principal } from "../../src/model/principal.ts";
import type { Scopes } from "../../src/model/event.ts";
import type { EraseCursor } from "../../src/store/removal.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import { event } from "../contract/samples.ts";
import { liveOrganizations } from "../fixtures/live-organizations.ts";
import { calm, createSteeredClock } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

const who: Principal = { key: "k_one", role: "organization", organization: "org_one", targets: [] };
type Edit = (building: { -readonly [Key in keyof BuildingDocument]: BuildingDocument[Key] }) => void;

function place(edit: Edit = () => {}): ModelDocument {
  const building = (id: string, tenants: readonly TenantDocument[]): BuildingDocument => ({
    id,
    name: id,
    access_points: [{ id: `door_${id}`, name: "Door" }],
    units: [
      { id: `1_${id}`, label: "1", butterflymx_id: id === "a" ? 11 : 21 },
      { id: `2_${id}`, label: "2", butterflymx_id: id === "a" ? 12 : 22 },
    ],
    tenants,
  });
  const a = building("a", [
    { id: "t", unit_id: "1_a" },
    { id: "mate", unit_id: "1_a" },
  ]);
  edit(a);
  const buildings = [a, building("b", [{ id: "other", unit_id: "1_b" }])];
  return { organization: { id: "org_one", name: "One" }, sites: [{ id: "s", name: "S", timezone: "UTC", buildings }] };
}

const tenant =
  (parts: Partial<TenantDocument>): Edit =>
  (building) => {
    building.tenants = building.tenants!.map((each) => (each.id === "t" ? { ...each, ...parts } : each));
  };

const delivered: Outcome = {
  code: "delivered",
  status: 200,
  detail: null,
  retryAfterMs: null,
  durationMs: 1,
  response: null,
  responseBytes: 0,
};

/** A server whose receiver answers nothing, until it is told to. */
async function begin() {
  const clock = createSteeredClock();
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32), clock });
  const { organizations, registry } = liveOrganizations(store.registry, clock);
  const models = createModelChanges({ registry, clock });
  const hanging: (() => void)[] = [];
  let answers = false;
  let before = (): Promise<void> => Promise.resolve();
  const calls: string[] = [];
  const send = async ({ body }: DeliveryRequest): Promise<Outcome> => {
    calls.push((JSON.parse(body) as { id: string }).id);
    if (!answers) await new Promise<void>((resolve) => hanging.push(resolve));
    return delivered;
  };
  const make = (): Dispatcher =>
    createDispatcher({
      ledger: {
        ...store.ledger,
        async withdraw(...given) {
          await before();
          return store.ledger.withdraw(...given);
        },
      },
      clock,
      random: { fraction: () => 0.5 },
      send,
      drop: () => {},
      subscriptions: { get: organizations.subscription, values: organizations.subscriptions },
      withdrawals: organizations.withdrawals,
      statesOf: () => ({}),
      disable: () => Promise.resolve(),
      version: "0",
      compose: (_, body) => body,
      authentication: () => [],
      log: silentLog,
      settings: { settleEveryMs: 0 },
    });
  let dispatcher = make();
  organizations.listen((organization, { removed, withdrawals }) => {
    dispatcher.withdraw(withdrawals);
    dispatcher.subscriptionsChanged(organization);
    for (const lane of removed) dispatcher.laneRemoved(lane);
  });
  const put = async (edit?: Edit) => {
    await models.replace(who, place(edit));
  };
  await put();
  const [lane, mates] = [await registry.allocate(1), await registry.allocate(1)];
  const subscribe = (number: number, id: string) =>
    registry.change({
      organization: "org_one",
      revision: null,
      put: [
        makeSubscription({
          number,
          id: String(number),
          organization: "org_one",
          dialect: "butterflymx",
          scope: { kind: "tenant", id },
          bindings: [{ type: "access_log.create", variant: 1, resource: null }],
        }),
      ],
      audit: [],
    });
  await subscribe(lane, "t");
  await subscribe(mates, "mate");
  await dispatcher.start();
  let made = 0;

  return {
    clock,
    store,
    calls,
    lane,
    mates,
    registry,
    organizations,
    put,
    dispatcher: () => dispatcher,
    /** Owes so many events with these scopes to the lane, as acceptance does. */
    async owe(to: number, count: number, scopes: Scopes) {
      const rows = Array.from({ length: count }, () => {
        const spilled = !dispatcher.reserve(to);
        const id = `event_${++made}`;
        const parts = { dialect: "butterflymx", type: "access_log.create", body: `{"id":"${id}"}` } as const;
        const deliveries = [{ lane: to, variant: 1, onChange: false, spilled }];
        return event(id, { ...parts, acceptedAt: clock.now(), scopes: JSON.stringify(scopes), deliveries });
      });
      const { revision } = (await organizations.get("org_one"))!;
      const result = await store.ledger.accept([{ organization: "org_one", revision, events: rows }], null);
      assert.ok(result.status === "done");
      for (const [index, receipt] of result.receipts.entries()) {
        assert.ok(receipt.status === "accepted");
        const row = rows[index]!;
        const shared = { lane: to, class: "live", variant: 1, attempts: 0, due: row.acceptedAt } as const;
        const whole = { ...row, number: receipt.number };
        if (row.deliveries[0]!.spilled) dispatcher.readLater(to, "live", row.acceptedAt);
        else {
          const [number, sequence] = [receipt.deliveries[0]!, receipt.sequences[0]!];
          dispatcher.enqueue({ ...shared, number, sequence, createdAt: row.acceptedAt, event: whole });
        }
      }
      await calm();
      return rows.map(({ id }) => id);
    },
    async answer() {
      answers = true;
      for (const go of hanging.splice(0)) go();
      for (let seen = -1; seen !== calls.length; ) {
        seen = calls.length;
        await clock.pass(100);
      }
    },
    /** What becomes of the next slices: they wait for this. */
    hold: (until: () => Promise<void>) => void (before = until),
    /** As a kill leaves it. */
    async restart() {
      before = () => Promise.resolve();
      const fresh = make();
      await organizations.reload("org_one");
      dispatcher = fresh;
      await dispatcher.start();
      await calm();
    },
    async states(of: number) {
      const query = { organization: null, state: null, since: null, limit: 1_000 };
      const counts: Record<string, number> = {};
      for (let before: number | null | undefined; before !== null; ) {
        const page = await store.history.deliveries({ ...query, subscription: String(of), before: before ?? null });
        for (const { state, last } of page.items) {
          const key = state === "cancelled" ? `cancelled: ${last?.detail}` : state;
          counts[key] = (counts[key] ?? 0) + 1;
        }
        before = page.before;
      }
      return counts;
    },
  };
}

const about = (selves: readonly string[], somebody = true): Scopes => ({
  building: "a",
  tenants: ["t", "mate"],
  ...(selves.length === 0 ? {} : { selves }),
  somebody,
});

test("a tenant removed while a thousand deliveries wait gets those on the wire alone; each is cancelled, and says why", async () => {
  const house = await begin();
  await house.owe(house.lane, 1_000, about(["t"]));
  const onTheWire = house.calls.length;
  assert.ok(onTheWire >= 1 && onTheWire <= 4);
  await house.put((building) => {
    building.tenants = building.tenants!.filter(({ id }) => id !== "t");
  });
  await house.answer();
  assert.equal(house.calls.length, onTheWire);
  const reason = "cancelled: Its building or tenant was removed from the model.";
  const { [reason]: cancelled, ...rest } = await house.states(house.lane);
  assert.ok(cancelled! >= 1_000 - onTheWire);
  assert.deepEqual(
    Object.keys(rest).filter((state) => state !== "delivered"),
    [],
  );
});

test("who moves gets what names them, and of what names the unit before only what is on the wire; who stays gets all", async () => {
  const house = await begin();
  await house.owe(house.lane, 4, about(["mate"]));
  const onTheWire = house.calls.length;
  const theirs = await house.owe(house.lane, 400, about(["t"]));
  await house.owe(house.lane, 500, about([], false));
  await house.owe(house.lane, 96, about(["mate"]));
  const kept = await house.owe(house.mates, 300, about([], false));
  // The same unit by its number.
  await house.put(tenant({ unit_id: "11" }));
  await house.put(tenant({ unit_id: "2_a" }));
  await calm();
  const after = await house.owe(house.lane, 3, { building: "a", tenants: ["t"], somebody: false });
  await house.answer();
  const got = new Set(house.calls.slice(onTheWire));
  for (const id of [...theirs, ...kept, ...after]) assert.ok(got.has(id), id);
  assert.equal(new Set(house.calls).size, onTheWire + theirs.length + kept.length + after.length);
  const reason = "cancelled: The tenant has moved to another unit since, and this is about the unit before.";
  assert.equal((await house.states(house.lane))[reason], 600);
  assert.deepEqual(await house.states(house.mates), { delivered: 300 });
});

test("a restart in the middle of it sends nothing that was taken away, and finishes", async () => {
  const house = await begin();
  await house.owe(house.lane, 1_000, about(["mate"]));
  const onTheWire = house.calls.length;
  house.hold(() => new Promise(() => {}));
  await house.put(tenant({ unit_id: "2_a" }));
  assert.equal(house.dispatcher().lane(house.lane)?.waitingFor, "withdrawing");
  await house.restart();
  await house.answer();
  assert.equal(house.calls.length, onTheWire);
  const reason = "cancelled: The tenant has moved to another unit since, and this is about the unit before.";
  assert.deepEqual(Object.keys(await house.states(house.lane)), [reason]);
  assert.deepEqual((await house.registry.snapshot("org_one"))!.withdrawals, []);
  const fresh = await house.owe(house.lane, 5, about(["t"]));
  await house.answer();
  assert.deepEqual(house.calls.slice(onTheWire), fresh);
});

test("nobody resends what was taken away, and everybody what was not", async () => {
  const house = await begin();
  await house.owe(house.lane, 5, about(["mate"]));
  await house.owe(house.lane, 1, about(["t"]));
  await house.put(tenant({ unit_id: "2_a" }));
  await calm();
  const query = { organization: null, subscription: null, state: null, since: null, limit: 10, before: null };
  const { items } = await house.store.history.deliveries(query);
  const [kept, gone] = items.map(({ number }) => number) as [number, number];
  await assert.rejects(house.store.ledger.resend(gone, house.clock.now()), {
    code: "CONFLICT",
    message: /^It goes there no more\. The tenant has moved/,
  });
  assert.notEqual(await house.store.ledger.resend(kept, house.clock.now()), null);
  const events = (
    await house.store.history.events({ organization: null, type: null, since: null, limit: 10, before: null })
  ).items;
  const again = [events[1]!, events[0]!].map(({ number }) => ({ event: number, lane: house.lane, variant: 1 }));
  const [taken, theirs] = await house.store.ledger.replay(again, house.clock.now());
  assert.equal(taken, 0);
  assert.notEqual(theirs, 0);
});

test("a building that narrows its scope leaves what provably names nobody", async () => {
  const house = await begin();
  await house.owe(house.lane, 4, about(["mate"]));
  await house.owe(house.lane, 10, about(["mate"]));
  const kept = [
    ...(await house.owe(house.lane, 10, about([], false))),
    ...(await house.owe(house.lane, 1, about(["t"]))),
  ];
  const onTheWire = house.calls.length;
  await house.put((building) => void (building.tenant_scope = "own"));
  await house.answer();
  assert.deepEqual(house.calls.slice(onTheWire), kept);
});

test("who ends by a change of the model, or by time alone, gets nothing more from that moment on", async () => {
  const house = await begin();
  const watch = createInactiveTenants({
    ...house,
    owes: (lane) => house.dispatcher().lane(lane)!.onDisk || house.dispatcher().lane(lane)!.inFlight > 0,
    log: silentLog,
  });
  await watch.start();
  const end = house.clock.now() + 90_000;
  await house.put(tenant({ inactive_after: new Date(end).toISOString() }));
  await house.owe(house.lane, 700, about(["t"]));
  const onTheWire = house.calls.length;
  await house.clock.pass(89_000);
  assert.ok((await house.states(house.lane))["pending"]! > 690);
  await house.clock.pass(1_000);
  const before = house.calls.length;
  await house.answer();
  assert.equal(house.calls.length, before);
  const states = await house.states(house.lane);
  assert.equal(states["pending"], undefined);
  assert.ok(states["cancelled: The tenant is no longer active."]! > 680, JSON.stringify(states));
  assert.ok(onTheWire <= before);
  // Back again, and over by the operator's word.
  await house.put();
  const [back] = await house.owe(house.lane, 1, about(["t"]));
  await house.answer();
  assert.equal(house.calls.at(-1), back);
  await watch.stop();
  assert.equal(house.clock.timers(), 0);
});

test("what is erased goes to nobody, not even from memory", async () => {
  const house = await begin();
  await house.owe(house.mates, 20, { building: "a", tenants: ["t"], selves: ["t"], somebody: false });
  const kept = await house.owe(house.mates, 5, { building: "a", tenants: ["mate"], selves: ["mate"], somebody: false });
  const onTheWire = house.calls.length;
  const person = { organization: "org_one", id: "t", name: "T", references: [], keychains: [], accessTools: [] };
  let cursor: EraseCursor | null = null;
  do cursor = await house.store.ledger.erasePerson(person, cursor);
  while (cursor !== null);
  house.dispatcher().readAgain("org_one");
  await house.answer();
  assert.deepEqual(house.calls.slice(onTheWire), kept);
});
