// Alerts from what happens to what arrives: a real store and dispatcher, a steered clock, and receivers that do as they are told.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { AlertBody } from "../../src/alerts/body.ts";
import { toldLately } from "../../src/alerts/told.ts";
import { wrongNow, type WrongNowDeps } from "../../src/alerts/wrong-now.ts";
import type { HealthFact } from "../../src/model/fact.ts";
import { unheardSensor } from "../../src/model/sensor-health.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { failed } from "../delivery/network.ts";
import { type Belfry, startBelfry } from "./harness.ts";

const minute = 60_000;
const hour = 60 * minute;

async function belfryFor(t: TestContext): Promise<Belfry> {
  const belfry = await startBelfry();
  t.after(() => belfry.stop());
  return belfry;
}

const kindsOf = (heard: readonly AlertBody[]): readonly string[] => heard.map(({ kind }) => kind);

/** Its receiver is down, which the engine finds out at once. */
async function fail(belfry: Belfry, ...subscriptions: readonly Subscription[]): Promise<void> {
  for (const each of subscriptions) belfry.answer(each, 503);
  await belfry.ring(...subscriptions);
}

async function recover(belfry: Belfry, subscription: Subscription): Promise<void> {
  belfry.answer(subscription, null);
  belfry.dispatcher.openLane(subscription.number);
  await belfry.ring(subscription);
}

test("a receiver that fails is told once, and once more when it works again", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby", { name: "Lobby" });
  await fail(belfry, lobby);
  await belfry.pass(9_000);
  assert.deepEqual(belfry.heard(target), []);
  await belfry.pass(10_000);
  const [first] = belfry.heard(target);
  assert.equal(
    first?.text,
    "Subscription “Lobby” (webhook_lobby) of The org_1 fails: its receiver answers 503; check the receiver, Belfry keeps what" +
      " is owed and tries again by itself.",
  );
  await belfry.pass(hour);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["subscription.failing"]);
  belfry.answer(lobby, null);
  await belfry.pass(2 * hour);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["subscription.failing", "subscription.recovered"]);
});

test("a hiccup that is over before ten seconds is told to nobody", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby");
  await fail(belfry, lobby);
  belfry.answer(lobby, null);
  await belfry.pass(hour);
  assert.deepEqual(belfry.heard(target), []);
});

test("a receiver that comes and goes is told once in a window", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby");
  for (let round = 0; round < 7; round++) {
    await fail(belfry, lobby);
    await belfry.pass(minute);
    await recover(belfry, lobby);
    await belfry.pass(minute);
  }
  assert.deepEqual(kindsOf(belfry.heard(target)), ["subscription.failing", "subscription.recovered"]);
});

test("a receiver that stays down is told again after six hours, and says since when", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const began = belfry.clock.now();
  await fail(belfry, await belfry.subscribe("webhook_lobby"));
  await belfry.pass(6 * hour + minute);
  const heard = belfry.heard(target);
  assert.deepEqual(kindsOf(heard), ["subscription.failing", "subscription.failing"]);
  assert.deepEqual([heard[0]!.repeat, heard[1]!.repeat], [false, true]);
  assert.equal(new Date(began).toISOString(), "2026-01-05T08:00:00.000Z");
  assert.match(heard[1]!.text, /has failed since 2026-01-05 08:00 UTC: its receiver answers 503;/);
});

test("a subscription that its owner pauses is not told again, and one that is removed is forgotten", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const [paused, removed] = [await belfry.subscribe("webhook_paused"), await belfry.subscribe("webhook_removed")];
  await fail(belfry, paused, removed);
  await belfry.pass(minute);
  assert.equal(belfry.heard(target).length, 2);
  await belfry.change(paused, { paused: { at: belfry.clock.now(), by: "key" } });
  await belfry.remove(removed);
  await belfry.pass(7 * hour);
  assert.equal(belfry.heard(target).length, 2);
});

test("a receiver that is gone disables its subscription, which is told, and enabling it is not", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby");
  belfry.network.answer(lobby.endpoint.url, () => ({
    ...failed(410),
    code: "gone",
  }));
  await belfry.ring(lobby);
  await belfry.pass(minute);
  const [disabled] = belfry.heard(target);
  assert.match(disabled!.text, /is disabled and what it is owed is held: the receiver answered 410 Gone; repair/);
  belfry.answer(lobby, null);
  await belfry.change(lobby, { state: "active", disabledReason: null });
  await belfry.pass(25 * hour);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["subscription.disabled"]);
});

test("deliveries that fail for the last time are counted and told once in a window", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1", { kinds: ["delivery.exhausted"] });
  const lobby = await belfry.subscribe("webhook_lobby", { lane: { maxInFlight: null, retryDelays: [] } });
  belfry.answer(lobby, 404);
  await belfry.ring(lobby);
  await belfry.pass(minute);
  for (let more = 0; more < 3; more++) await belfry.ring(lobby);
  await belfry.pass(5 * minute);
  assert.equal(belfry.heard(target).length, 1);
  assert.match(
    belfry.heard(target)[0]!.text,
    /^A delivery to subscription “Name of webhook_lobby” .* failed at the last attempt/,
  );
  await belfry.pass(15 * minute);
  const heard = belfry.heard(target);
  assert.deepEqual(
    heard.map(({ about }) => about[0]!["deliveries"]),
    [1, 3],
  );
});

test("a storm of failing receivers is one alert, and one more for what follows in the window", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const many = [];
  for (let each = 0; each < 37; each++) many.push(await belfry.subscribe(`webhook_${each}`, { name: `Hook ${each}` }));
  await fail(belfry, ...many.slice(0, 30));
  await belfry.pass(minute);
  const [first, ...none] = belfry.heard(target);
  assert.deepEqual(none, []);
  assert.match(
    first!.text,
    /^30 subscriptions of The org_1 fail: “Hook 0”, “Hook 1”, “Hook 2” and 27 more; check their receivers/,
  );
  assert.equal(first!.about.length, 30);
  await fail(belfry, ...many.slice(30));
  await belfry.pass(10 * minute);
  assert.equal(belfry.heard(target).length, 1);
  await belfry.pass(5 * minute);
  assert.deepEqual(
    belfry.heard(target).map(({ count }) => count),
    [30, 7],
  );
});

test("what is over before its turn in a storm is told to nobody, neither its beginning nor its end", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const many = [];
  for (let each = 0; each < 10; each++) many.push(await belfry.subscribe(`webhook_${each}`));
  await fail(belfry, ...many.slice(0, 9));
  await belfry.pass(minute);
  await fail(belfry, many[9]!);
  await belfry.pass(minute);
  await recover(belfry, many[9]!);
  await belfry.pass(20 * minute);
  const heard = belfry.heard(target).filter(({ about }) => about.some(({ id }) => id === "webhook_9"));
  assert.deepEqual(heard, []);
});

test("each owner hears of its own: a tenant, a building, an organization, an operator", async (t) => {
  const belfry = await belfryFor(t);
  const scopes = {
    tenant: { kind: "tenant", id: "tenant_1" },
    building: { kind: "building", id: "building_1" },
    organization: { kind: "organization" },
  } as const;
  const targets = {
    tenant: await belfry.target("org_1", {}, { scope: scopes.tenant }),
    building: await belfry.target("org_1", {}, { scope: scopes.building }),
    organization: await belfry.target("org_1"),
    other: await belfry.target("org_2"),
    operator: await belfry.target(null),
  };
  const subscriptions = [];
  for (const [name, scope] of Object.entries(scopes)) {
    subscriptions.push(await belfry.subscribe(`hook_of_${name}`, { scope }));
  }
  subscriptions.push(await belfry.subscribe("hook_of_other", { organization: "org_2" }));
  await fail(belfry, ...subscriptions);
  await belfry.pass(minute);
  const heard = Object.entries(targets).map(([name, target]) => [
    name,
    belfry.heard(target).flatMap(({ about }) => about.map(({ id }) => id)),
  ]);
  assert.deepEqual(Object.fromEntries(heard), {
    tenant: ["hook_of_tenant"],
    // The model does not say that the tenant lives there.
    building: ["hook_of_building"],
    organization: ["hook_of_tenant", "hook_of_building", "hook_of_organization"],
    other: ["hook_of_other"],
    operator: ["hook_of_tenant", "hook_of_building", "hook_of_organization", "hook_of_other"],
  });
});

test("a target gets the kinds it asked for, and none while it is disabled", async (t) => {
  const belfry = await belfryFor(t);
  const asked = await belfry.target("org_1", { kinds: ["subscription.recovered"] });
  const disabled = await belfry.target("org_1", {}, { state: "disabled" });
  const lobby = await belfry.subscribe("webhook_lobby");
  await fail(belfry, lobby);
  await belfry.pass(minute);
  await recover(belfry, lobby);
  await belfry.pass(minute);
  assert.deepEqual(kindsOf(belfry.heard(asked)), ["subscription.recovered"]);
  // What was told meanwhile is not held for it either.
  await belfry.change(disabled, { state: "active" });
  await belfry.pass(minute);
  assert.deepEqual(belfry.heard(disabled), []);
});

test("a target of alerts that fails is logged, is told to nobody, and stops nothing", async (t) => {
  const belfry = await belfryFor(t);
  const [broken, target] = [await belfry.target("org_1"), await belfry.target("org_1")];
  belfry.answer(broken, 503);
  const lobby = await belfry.subscribe("webhook_lobby");
  await fail(belfry, lobby);
  await belfry.pass(6 * hour - minute);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["subscription.failing"]);
  assert.deepEqual(kindsOf(belfry.heard(broken)), ["subscription.failing"]);
  // It was tried again, and given up within four hours.
  const tries = belfry.network.calls.filter(({ url }) => url === broken.endpoint.url);
  assert.equal(tries.length, 8);
});

test("a test is sent at once to a target that backs off", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  belfry.network.answer(target.endpoint.url, () => failed(503, { retryAfterMs: hour }));
  await belfry.alerts.test(target);
  await belfry.pass(10_000);
  belfry.answer(target, null);
  await belfry.alerts.test(target);
  await belfry.pass(1_000);
  assert.equal(belfry.heard(target).length, 2);
});

test("an alert that was accepted is sent after a crash, and its end after another one", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby", { lane: { maxInFlight: null, retryDelays: [2 * hour] } });
  belfry.network.answer(target.endpoint.url, () => "hang");
  belfry.answer(lobby, 503);
  for (let each = 0; each < 6; each++) await belfry.ring(lobby);
  await belfry.pass(15_000);
  assert.equal(belfry.heard(target).length, 1);
  belfry.answer(target, null);
  await belfry.restart();
  await belfry.pass(hour);
  // The same alert again, since its attempt was cut off; and no second alert of what was told.
  const after = belfry.heard(target);
  assert.deepEqual([...new Set(after.map(({ id }) => id))], [after[0]!.id]);
  belfry.answer(lobby, null);
  await belfry.restart();
  await belfry.pass(3 * hour);
  assert.equal(belfry.heard(target).at(-1)!.kind, "subscription.recovered");
});

test("what is wrong already is told to the first who asks, and nobody heard costs nothing", async (t) => {
  const belfry = await belfryFor(t);
  const lobby = await belfry.subscribe("webhook_lobby", { lane: { maxInFlight: null, retryDelays: [2 * hour] } });
  belfry.answer(lobby, 503);
  for (let each = 0; each < 6; each++) await belfry.ring(lobby);
  await belfry.pass(hour);
  const before = (await belfry.store.history.totals()).events;
  assert.equal(before, 6);
  const target = await belfry.target("org_1");
  await belfry.pass(minute);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["subscription.failing"]);
});

const sensorFact = (sensor: string, health: object): HealthFact => ({
  kind: "health",
  type: "SENSOR_HEALTH",
  at: 0,
  revision: 0,
  sensor,
  health: { ...unheardSensor, ...health },
});

test("what is wrong now is known where nobody has alerts, of one organization or of all, and ends with the failure", async (t) => {
  const belfry = await belfryFor(t);
  const lobby = await belfry.subscribe("webhook_lobby", { name: "Lobby" });
  const other = await belfry.subscribe("webhook_other", { organization: "org_2", state: "disabled" });
  const paused = await belfry.subscribe("webhook_paused");
  await fail(belfry, lobby, paused);
  await belfry.change(paused, { paused: { at: belfry.clock.now(), by: "client_1" } });
  const ids = async (organization: string | null) => (await belfry.alerts.open(organization)).map(({ id }) => id);
  assert.deepEqual(await ids("org_1"), [lobby.id], "its owner has paused the other, and knows");
  assert.deepEqual(await ids(null), [lobby.id, other.id]);
  const [open] = await belfry.alerts.open("org_1");
  assert.equal(open!.kind, "subscription.failing");
  assert.match(open!.text, /^Subscription “Lobby” \(webhook_lobby\) of The org_1 fails: its receiver answers 503/);
  assert.ok(open!.since <= belfry.clock.now() && open!.since > belfry.clock.now() - minute);
  belfry.disk = { free: 2 * 1024 ** 3, size: 100 * 1024 ** 3 };
  assert.deepEqual(await ids(null), [lobby.id, other.id, "belfry"]);
  assert.deepEqual(await ids("org_1"), [lobby.id]);
  assert.equal((await belfry.store.history.totals()).events, 1, "asking tells nobody");
  await recover(belfry, lobby);
  assert.deepEqual(await ids("org_1"), []);
});

test("what alerts told is read back once, with everybody whom it went to, newest first", async (t) => {
  const belfry = await belfryFor(t);
  const targets = [await belfry.target("org_1"), await belfry.target("org_1", { form: "slack" })];
  const lobby = await belfry.subscribe("webhook_lobby", { name: "Lobby" });
  await fail(belfry, lobby);
  await belfry.pass(minute);
  await recover(belfry, lobby);
  await belfry.pass(minute);
  await belfry.alerts.test(targets[1]!);
  await belfry.pass(1_000);
  const told = await belfry.alerts.told(targets, 50);
  assert.deepEqual(
    told.map(({ kind, ends, deliveries }) => [kind, ends, deliveries.map(({ alert }) => alert).toSorted()]),
    [
      ["test", false, [targets[1]!.id]],
      ["subscription.recovered", true, targets.map(({ id }) => id)],
      ["subscription.failing", false, targets.map(({ id }) => id)],
    ],
  );
  assert.deepEqual(told[2]!.about, [{ type: "subscription", id: lobby.id, name: "Lobby" }]);
  assert.deepEqual(
    new Set(told.flatMap(({ deliveries }) => deliveries.map(({ state }) => state))),
    new Set(["delivered"]),
  );
  assert.deepEqual((await belfry.alerts.told(targets.slice(0, 1), 50)).length, 2);
});

test("of the alerts that were told no more events are read than are asked for, the newest of all targets first", async (t) => {
  const belfry = await belfryFor(t);
  const targets = [await belfry.target("org_1"), await belfry.target("org_1"), await belfry.target("org_2")];
  const sent: string[] = [];
  for (let count = 0; count < 12; count++) {
    sent.unshift((await belfry.alerts.test(targets[count % 3]!)).event);
    await belfry.pass(1_000);
  }
  const read: string[] = [];
  const { history } = belfry.store;
  const counted = {
    deliveries: history.deliveries,
    event(organization: string, event: string) {
      read.push(event);
      return history.event(organization, event);
    },
  };
  const told = await toldLately(counted, targets, 4);
  assert.deepEqual(
    told.map(({ id }) => id),
    sent.slice(0, 4),
  );
  assert.deepEqual(read, sent.slice(0, 4));
});

test("what is wrong with one organization is found without a look at any other", async (t) => {
  const belfry = await belfryFor(t);
  await fail(belfry, await belfry.subscribe("webhook_mine", { organization: "org_1" }));
  await fail(belfry, await belfry.subscribe("webhook_other", { organization: "org_2" }));
  const { organizations } = belfry.live;
  const looked: string[] = [];
  const lane = (number: number) => {
    looked.push(organizations.subscription(number)!.id);
    return belfry.dispatcher.lane(number);
  };
  const asked: (string | null)[] = [];
  const deps: WrongNowDeps = {
    clock: belfry.clock,
    known: { organization: organizations.get, subscription: organizations.subscription },
    subscriptions: () => assert.fail("all subscriptions are asked for"),
    subscriptionsOf: async (organization) => (await organizations.get(organization))!.subscriptions,
    lane,
    watching(organization) {
      asked.push(organization);
      return belfry.watching(organization);
    },
    disk: async () => belfry.disk,
    matters: () => [],
  };
  const open = await wrongNow(deps, "org_1");
  assert.deepEqual(
    open.map(({ id }) => id),
    ["webhook_mine"],
  );
  assert.deepEqual([looked, asked], [["webhook_mine"], ["org_1"]]);
});

test("a sensor that is not in the model is told to nobody", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  belfry.events.sensorChanged!("org_1", sensorFact("sensor_1", { online: false, lastHeartbeat: 5 }));
  await belfry.pass(hour);
  assert.deepEqual(belfry.heard(target), []);
});

test("a disk that fills up is told to operators alone, and when it has room again", async (t) => {
  const belfry = await belfryFor(t);
  const [target, other] = [await belfry.target(null), await belfry.target("org_1")];
  belfry.disk = { free: 2 * 1024 ** 3, size: 100 * 1024 ** 3 };
  await belfry.pass(2 * minute);
  // More than at first, and not yet enough.
  belfry.disk = { free: 6 * 1024 ** 3, size: 100 * 1024 ** 3 };
  await belfry.pass(10 * minute);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["disk.low"]);
  belfry.disk = { free: 8 * 1024 ** 3, size: 100 * 1024 ** 3 };
  await belfry.pass(2 * minute);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["disk.low", "disk.free"]);
  assert.deepEqual(belfry.heard(other), []);
});

test("nobody looks at the disk where no operator has alerts", async (t) => {
  const belfry = await belfryFor(t);
  await belfry.target("org_1");
  Object.defineProperty(belfry, "disk", { get: () => assert.fail("looked") });
  await belfry.pass(10 * minute);
  assert.ok(!belfry.lines.some(({ event }) => event === "alert.unwatched"));
});

test("a backlog that grows for ten minutes is told, and when half of it is gone", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target(null);
  for (let each = 0; each < 13; each++) {
    belfry.waiting = 1_000 + each * 200;
    await belfry.pass(minute);
  }
  assert.deepEqual(kindsOf(belfry.heard(target)), ["backlog.growing"]);
  belfry.waiting = 1_500;
  await belfry.pass(2 * minute);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["backlog.growing", "backlog.shrinking"]);
});

test("a certificate that ends within two weeks is told of each subscription that delivers there", async (t) => {
  const belfry = await belfryFor(t);
  const target = await belfry.target("org_1");
  const lobby = await belfry.subscribe("webhook_lobby");
  const host = `receiver-${lobby.number}.example:443`;
  const day = 24 * hour;
  belfry.alerts.certificateSeen("other.example:443", () => belfry.clock.now());
  belfry.alerts.certificateSeen(host, () => belfry.clock.now() + 15 * day);
  await belfry.pass(minute);
  assert.deepEqual(belfry.heard(target), []);
  belfry.alerts.certificateSeen(host, () => belfry.clock.now() + 13 * day);
  await belfry.pass(minute);
  belfry.alerts.certificateSeen(host, () => belfry.clock.now() + 90 * day);
  await belfry.pass(minute);
  assert.deepEqual(kindsOf(belfry.heard(target)), ["certificate.expiring", "certificate.renewed"]);
  assert.equal(belfry.heard(target)[0]!.about[0]!["host"], host);
});

test("the end of a certificate is not even read where nobody has alerts", async (t) => {
  const belfry = await belfryFor(t);
  belfry.alerts.certificateSeen("receiver-1.example:443", () => assert.fail("read"));
});
