// What the operator API tells beside the rows of the store: figures of a subscription, the request of a delivery, and why an event
// went to nobody.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accept, event, owed } from "../contract/samples.ts";
import { addDelivery, addSubscription, ask, type House, keyFor, openHouse } from "./fixture.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import type { DeliveryQuery } from "../../src/store/history.ts";

let house: House;
let key: string;
let hook: Subscription;
let delivery: string;

before(async () => {
  house = await openHouse();
  hook = await addSubscription(house, "org_a", { id: "webhook_hook", createdAt: 0 });
  delivery = `delivery_${await addDelivery(house, hook, "event_a")}`;
  key = await keyFor(house, "organization", "org_a");
});
after(() => house.close());

test("figures stand beside subscriptions where somebody asks for them", async () => {
  const plain = (await ask(house, "GET /v1/subscriptions", { key })).body.data[0];
  assert.equal(plain.figures, undefined);
  const { figures } = (await ask(house, "GET /v1/subscriptions?figures=true", { key })).body.data[0];
  assert.deepEqual([figures.attempts, figures.delivered, figures.is_sample], [1, 0, false]);
  assert.deepEqual(
    figures.hours.map(({ codes }: { codes: object }) => codes),
    [{ http_error: 1 }],
  );
  assert.equal(figures.last.code, "http_error");
  assert.deepEqual([figures.backlog, figures.is_backlog_whole, figures.sequence], [1, true, 1]);
  const one = (await ask(house, `GET /v1/subscriptions/${hook.id}?figures=true`, { key })).body;
  assert.deepEqual(one.figures, figures);
});

test("a delivery shows its request without what lets Belfry in, and a viewer no more of the URL than its host", async () => {
  const { request } = (await ask(house, `GET /v1/deliveries/${delivery}`, { key })).body;
  assert.equal(request.method, "POST");
  assert.equal(request.url, hook.endpoint.url);
  assert.ok(request.body.length > 0);
  const viewer = await keyFor(house, "viewer", "org_a");
  const { text, body } = await ask(house, `GET /v1/deliveries/${delivery}`, { key: viewer });
  assert.equal(body.request.url, "https://hooks.example.test/…");
  assert.ok(!text.includes("canary"));
});

test("an event tells to whom it went, and to whom not and why", async () => {
  await addSubscription(house, "org_a", { id: "webhook_rooms", createdAt: 0, bindings: rooms });
  const only = { createdAt: 0, bindings: rooms, filters: { room_ids: ["room_2"] } };
  await addSubscription(house, "org_a", { id: "webhook_other_room", ...only });
  await addSubscription(house, "org_a", {
    id: "webhook_on_change",
    createdAt: 0,
    bindings: rooms,
    sendOnValueChange: true,
  });
  await addSubscription(house, "org_a", { id: "webhook_young", createdAt: house.clock.now() + 1, bindings: rooms });
  const paused = { at: 1, by: "x" };
  const held = await addSubscription(house, "org_a", { id: "webhook_paused", createdAt: 0, bindings: rooms, paused });
  const at = house.clock.now();
  const made = event("event_b", {
    acceptedAt: at,
    scopes: JSON.stringify({ room: "room_1" }),
    deliveries: [owed(held.number)],
  });
  await accept(house.store, [made], "org_a");
  const { body, text } = await ask(house, "GET /v1/events/event_b/subscriptions", { key });
  const told = Object.fromEntries(
    body.data.map(
      (each: { subscription: string; reason: string | null; filter: string | null; delivery: string | null }) => [
        each.subscription,
        each.delivery === null ? [each.reason, each.filter] : "sent",
      ],
    ),
  );
  assert.deepEqual(
    told,
    {
      webhook_hook: ["type", null],
      webhook_rooms: ["changed", null],
      webhook_other_room: ["filter", "room_ids"],
      webhook_on_change: ["unchanged", null],
      webhook_young: ["younger", null],
      webhook_paused: "sent",
    },
    text,
  );
});

test("an event tells of all its deliveries, however early the pages of them end", async (t) => {
  const { history } = house.store;
  const read = history.deliveries;
  t.after(() => Object.assign(history, { deliveries: read }));
  Object.assign(history, { deliveries: (query: DeliveryQuery) => read({ ...query, limit: 1 }) });
  const lanes = [];
  for (let n = 0; n < 3; n++) lanes.push((await addSubscription(house, "org_a", { createdAt: 0 })).number);
  const acceptedAt = house.clock.now();
  const made = event("event_of_three", { acceptedAt, deliveries: lanes.map((lane) => owed(lane)) });
  await accept(house.store, [made], "org_a");
  const { data } = (await ask(house, "GET /v1/events/event_of_three/subscriptions", { key })).body;
  const sent = data.filter(({ delivery }: { delivery: string | null }) => delivery !== null);
  assert.deepEqual(
    sent.map(({ subscription }: { subscription: string }) => subscription),
    lanes.map((lane) => `webhook_${lane}`),
  );
});

const rooms = [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }];

test("a delivery in order shows the one about its subject that goes before it", async () => {
  const ordered = await addSubscription(house, "org_a", { id: "webhook_ordered", createdAt: 0, order: "subject" });
  const [first, second] = [await addDelivery(house, ordered, "event_1"), await addDelivery(house, ordered, "event_2")];
  const { epoch } = await house.store.ledger.acquire(house.clock.now(), 0);
  const retries = { lane: ordered.number, class: "retry", limit: 9, inOrder: true } as const;
  await house.store.ledger.readDue(epoch, house.clock.now() + 86_400_000, [retries]);
  const shown = async (number: number) => (await ask(house, `GET /v1/deliveries/delivery_${number}`, { key })).body;
  assert.equal((await shown(first)).waits_behind, null);
  const { id, last_attempt: last } = (await shown(second)).waits_behind;
  assert.deepEqual([id, last.code], [`delivery_${first}`, "http_error"]);
});
