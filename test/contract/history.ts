// Contract of the history: newest first, pages that meet without gap or overlap, and states as they are now.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Epoch } from "../../src/store/shards.ts";
import type { DeliveryQuery, EventQuery, Page, PageRequest } from "../../src/store/history.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  noon,
  owe,
  owed,
  put,
  refusal,
  settlement,
  subscription,
} from "./samples.ts";

const anyEvent: EventQuery = { organization: null, type: null, since: null, limit: 100, before: null };
const anyDelivery: DeliveryQuery = {
  organization: null,
  subscription: null,
  state: null,
  since: null,
  limit: 100,
  before: null,
};

/** All items, two at a time. */
async function pages<Item>(read: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let before: number | null = null;
  do {
    const page: Page<Item> = await read({ limit: 2, before });
    assert.ok(page.items.length <= 2);
    items.push(...page.items);
    before = page.before;
  } while (before !== null);
  return items;
}

export function testHistory(open: Open): void {
  describe("history", () => {
    test("events are listed newest first and by organization, type and time", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      await accept(store, [event("a"), event("b", { type: "MOTION" }), event("c", { acceptedAt: noon + 9 })]);
      await accept(store, [event("d"), event("e", { acceptedAt: noon + 9 })], "org_two");
      const ids = async (query: Partial<EventQuery>) =>
        (await pages((page) => store.history.events({ ...anyEvent, ...query, ...page }))).map(({ id }) => id).join("");
      assert.equal(await ids({}), "edcba");
      assert.equal(await ids({ organization: "org_one" }), "cba");
      assert.equal(await ids({ organization: "org_none" }), "");
      assert.equal(await ids({ type: "MOTION" }), "b");
      assert.equal(await ids({ since: noon + 1 }), "ec");
      assert.equal(await ids({ until: noon + 9 }), "dba");
      assert.equal(await ids({ subject: "room_1", until: noon + 1, type: "MOTION" }), "b");
      assert.equal(await ids({ subject: "room_none" }), "");
      assert.equal(await ids({ since: noon + 1, organization: "org_two" }), "e");
    });

    test("a page of events with large bodies is short, and the next one goes on behind it", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const body = JSON.stringify("x".repeat(400_000));
      for (const id of "abcdefg") await accept(store, [event(id, { body })]);
      const read = async (before: number | null) => {
        const page = await store.history.events({ ...anyEvent, before });
        return [page.items.map(({ id }) => id).join(""), page.before] as const;
      };
      const [first, before] = await read(null);
      const [second, further] = await read(before);
      assert.deepEqual([first, second], ["gfe", "dcb"]);
      assert.deepEqual(await read(further), ["a", null]);
    });

    test("one event is shown as it was accepted, and only to its organization", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await addOrganization(store.registry, "org_two");
      const body = '{"id":"a","value":1.0,"big":12345678901234567890}';
      await accept(store, [event("a", { body, revision: 2, previous: "4", at: noon - 5 })]);
      const view = await store.history.event("org_one", "a");
      assert.deepEqual(view, {
        number: view?.number,
        id: "a",
        organization: "org_one",
        dialect: "butlr",
        type: "ROOM_OCCUPANCY",
        subject: "room_1",
        at: noon - 5,
        acceptedAt: noon,
        revision: 2,
        body,
      });
      assert.deepEqual(await store.history.event(null, "a"), view);
      assert.equal(await store.history.event("org_two", "a"), null);
      assert.equal(await store.history.event(null, "none"), null);
    });

    const withLanes = async (): Promise<Store & { one: number; two: number; epoch: Epoch }> => {
      const store = await open();
      await addOrganization(store.registry);
      const one = await store.registry.allocate(2);
      await put(store.registry, "org_one", subscription(one), subscription(one + 1));
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, one, two: one + 1, epoch };
    };

    test("until finds what has ended also where the newest alone is still owed", async () => {
      const store = await open();
      await addOrganization(store.registry);
      await put(store.registry, "org_one", subscription(100_000_001));
      const { epoch } = await store.ledger.acquire(noon, 0);
      const events = Array.from({ length: 700 }, (_, n) =>
        event(`event_${n}`, { acceptedAt: noon + n * 60_000, deliveries: [owed(100_000_001)] }),
      );
      const numbers = (await accept(store, events)).flatMap((each) =>
        each.status === "accepted" ? each.deliveries : [],
      );
      const ended = numbers
        .slice(0, -1)
        .map((number, n) => settlement(number, 100_000_001, { startedAt: noon + n * 60_000 + 50 }));
      await store.ledger.settle(epoch, ended);
      const read = (query: Partial<DeliveryQuery>) =>
        pages((page) => store.history.deliveries({ ...anyDelivery, ...query, ...page }));
      assert.equal((await read({ since: noon + 500 * 60_000, until: noon + 510 * 60_000 })).length, 10);
    });

    test("deliveries of several subscriptions are one list, and until finds its place among many", async () => {
      const store = await open();
      await addOrganization(store.registry);
      const lanes = [100_000_001, 100_000_002, 100_000_003];
      await put(store.registry, "org_one", ...lanes.map((lane) => subscription(lane)));
      const events = Array.from({ length: 400 }, (_, n) =>
        event(`event_${n}`, {
          acceptedAt: noon + Math.floor(n / 10) * 60_000,
          deliveries: [owed(lanes[n % 4 === 3 ? 0 : n % 4]!)],
        }),
      );
      await accept(store, events);
      const read = (query: Partial<DeliveryQuery>) =>
        pages((page) => store.history.deliveries({ ...anyDelivery, ...query, ...page }));
      const two = await read({ subscriptions: ["webhook_100000001", "webhook_100000003"] });
      assert.equal(two.length, 300);
      assert.ok(two.every((each, index) => index === 0 || each.number < two[index - 1]!.number));
      assert.deepEqual(await read({ subscriptions: [] }), []);
      assert.deepEqual(await read({ subscription: "webhook_100000002", subscriptions: ["webhook_100000001"] }), []);
      assert.equal(
        (await read({ subscription: "webhook_100000001", subscriptions: ["webhook_100000001"] })).length,
        200,
      );
      assert.equal((await read({ until: noon + 5 * 60_000 })).length, 50);
      assert.equal((await read({ since: noon + 60_000, until: noon + 3 * 60_000 })).length, 20);
      assert.equal((await read({ until: noon })).length, 0);
      assert.deepEqual(
        (await read({ event: "event_77" })).map((each) => each.event),
        ["event_77"],
      );
    });

    test("a delivery shows its event, its subscription, its attempts and when it goes on", async () => {
      const store = await withLanes();
      const [delivery] = await owe(store, "event_a", [owed(store.one, { variant: 1 })]);
      const fresh = {
        number: delivery,
        event: "event_a",
        type: "ROOM_OCCUPANCY",
        subject: "room_1",
        organization: "org_one",
        subscription: `webhook_${store.one}`,
        state: "pending",
        attempts: 0,
        createdAt: noon,
        due: noon,
        sequence: 1,
        last: null,
      };
      assert.deepEqual(await store.history.delivery(delivery!), fresh);
      const retry = settlement(delivery!, store.one, { outcome: refusal, next: { due: noon + 5_000 } });
      await store.ledger.settle(store.epoch, [retry]);
      const refused = {
        attempt: 1,
        startedAt: noon + 50,
        durationMs: 12,
        code: "http_error",
        status: 500,
        detail: "The receiver answered 500.",
        responseBytes: 4,
        response: new Uint8Array(Buffer.from("oops")),
      };
      assert.deepEqual(await store.history.delivery(delivery!), {
        ...fresh,
        attempts: 1,
        due: noon + 5_000,
        last: refused,
      });
      const done = settlement(delivery!, store.one, { attempt: 2, startedAt: noon + 5_000 });
      await store.ledger.settle(store.epoch, [done]);
      const view = await store.history.delivery(delivery!);
      assert.deepEqual(
        [view?.state, view?.attempts, view?.due, view?.createdAt, view?.last?.attempt],
        ["delivered", 2, null, noon, 2],
      );
      assert.deepEqual((await store.history.attempts(delivery!))[0], refused);
      assert.equal(await store.history.delivery(404), null);
    });

    test("deliveries are listed newest first and by subscription, state, organization and time", async () => {
      const store = await withLanes();
      const { ledger, epoch, one, two } = store;
      const numbers: number[] = [];
      for (let index = 0; index < 8; index++) {
        const acceptedAt = index < 4 ? noon : noon + 3_600_000;
        numbers.push(...(await owe(store, `event_${index}`, [owed(index % 2 === 0 ? one : two)], { acceptedAt })));
      }
      const at = (...indexes: number[]) => indexes.map((index) => numbers[index]!);
      await ledger.settle(epoch, [
        ...at(0, 1, 6).map((number) => settlement(number, 0)),
        ...at(2, 5).map((number) => settlement(number, 0, { outcome: refusal, next: { state: "exhausted" } })),
        settlement(numbers[7]!, two, { outcome: refusal, next: { due: noon + 9 } }),
      ]);
      const listed = async (query: Partial<DeliveryQuery>) =>
        (await pages((page) => store.history.deliveries({ ...anyDelivery, ...query, ...page }))).map(
          ({ number }) => number,
        );
      assert.deepEqual(await listed({}), at(7, 6, 5, 4, 3, 2, 1, 0));
      assert.deepEqual(await listed({ subscription: `webhook_${one}` }), at(6, 4, 2, 0));
      assert.deepEqual(await listed({ subscription: "webhook_none" }), []);
      assert.deepEqual(await listed({ state: "delivered" }), at(6, 1, 0));
      assert.deepEqual(await listed({ state: "exhausted" }), at(5, 2));
      assert.deepEqual(await listed({ state: "exhausted", subscription: `webhook_${two}` }), at(5));
      assert.deepEqual(await listed({ state: "pending" }), at(7, 4, 3));
      assert.deepEqual(await listed({ state: "pending", subscription: `webhook_${two}` }), at(7, 3));
      assert.deepEqual(await listed({ state: "cancelled" }), []);
      assert.deepEqual(await listed({ since: noon + 60_000 }), at(7, 6, 5, 4));
      assert.deepEqual(await listed({ organization: "org_two" }), []);
      assert.deepEqual(await listed({ organization: "org_one", subscription: `webhook_${two}` }), at(7, 5, 3, 1));
    });

    test("derived events are found by their keys, with the states of what was made with them", async () => {
      const store = await withLanes();
      const { ledger, epoch, one, two } = store;
      await owe(store, "event_before", [owed(one)], { acceptedAt: noon - 60_000 });
      const owing = [owed(one), owed(two)];
      const minute = { type: "ROOM_OCCUPANCY_1MIN", subject: "room_1", key: "first" };
      const [delivered, failed] = await owe(store, "event_first", owing, minute);
      const correction = { ...minute, key: "second", revision: 1, previous: "2", acceptedAt: noon + 70_000 };
      await owe(store, "event_second", owing, correction);
      await owe(store, "event_after", [owed(one)], { acceptedAt: noon + 200_000 });
      await ledger.settle(epoch, [
        settlement(delivered!, one),
        settlement(failed!, two, { outcome: refusal, next: { state: "exhausted" } }),
      ]);
      await ledger.resend(failed!, noon + 70_000);
      await put(store.registry, "org_one", subscription(two, { state: "disabled", disabledReason: "410" }));
      const found = await store.history.derived("org_one", ["second", "none", "first"]);
      assert.deepEqual(
        found.map(({ id, revision, previous, deliveries }) => [id, revision, previous, { ...deliveries }]),
        [
          ["event_second", 1, "2", { pending: 1, held: 1 }],
          ["event_first", 0, null, { delivered: 1, exhausted: 1 }],
        ],
      );
      assert.deepEqual(await store.history.derived("org_two", ["first"]), []);
      assert.deepEqual(await store.history.derived("org_one", []), []);
    });

    test("what a disabled subscription is owed is held, and pending again when it is enabled", async () => {
      const store = await withLanes();
      const [held, other] = await owe(store, "event_a", [owed(store.one), owed(store.two)]);
      await put(store.registry, "org_one", subscription(store.one, { state: "disabled", disabledReason: "410" }));
      const view = await store.history.delivery(held!);
      assert.deepEqual([view?.state, view?.due], ["held", null]);
      const states = async (state: "held" | "pending") =>
        (await store.history.deliveries({ ...anyDelivery, state })).items.map(({ number }) => number);
      assert.deepEqual(await states("held"), [held]);
      assert.deepEqual(await states("pending"), [other]);
      await put(store.registry, "org_one", subscription(store.one));
      assert.equal((await store.history.delivery(held!))?.state, "pending");
    });

    test("the past of a removed subscription stays readable under its id", async () => {
      const store = await withLanes();
      const [delivery] = await owe(store, "event_a", [owed(store.one)]);
      await store.ledger.settle(store.epoch, [settlement(delivery!, store.one)]);
      await store.registry.change({ organization: "org_one", revision: null, remove: [store.one], audit: [audit()] });
      const id = `webhook_${store.one}`;
      const { items } = await store.history.deliveries({ ...anyDelivery, subscription: id });
      assert.deepEqual(
        items.map(({ number, subscription }) => [number, subscription]),
        [[delivery, id]],
      );
    });

    test("a lane with thousands of deliveries pages through all of them once", async () => {
      const store = await withLanes();
      const many = 9_000;
      const events = Array.from({ length: many }, (_, index) =>
        event(`event_${index}`, { deliveries: [owed(index % 3 === 0 ? store.one : store.two, { spilled: false })] }),
      );
      for (const name of ["org_two", "org_none"]) await addOrganization(store.registry, name);
      const three = await store.registry.allocate(1);
      await put(store.registry, "org_two", subscription(three, { organization: "org_two" }));
      const receipts = [];
      const others = [];
      for (let from = 0; from < many; from += 1_000) {
        receipts.push(...(await accept(store, events.slice(from, from + 1_000))));
        if (from % 3_000 !== 0) continue;
        others.push(...(await accept(store, [event(`two_${from}`, { deliveries: [owed(three)] })], "org_two")));
      }
      const numbersOfTwo = others.flatMap((receipt) => (receipt.status === "accepted" ? receipt.deliveries : []));
      const numbers = receipts.flatMap((receipt) => (receipt.status === "accepted" ? receipt.deliveries : []));
      await store.ledger.settle(
        store.epoch,
        numbers.slice(0, 8_500).map((number) => settlement(number, 0)),
      );
      const [oldest, middle, newest] = numbersOfTwo as [number, number, number];
      await store.ledger.settle(store.epoch, [
        settlement(oldest, three),
        settlement(middle, three, { outcome: refusal, next: { state: "exhausted" } }),
      ]);
      const seen: number[] = [];
      let before: number | null = null;
      do {
        const query: DeliveryQuery = { ...anyDelivery, subscription: `webhook_${store.one}`, limit: 700, before };
        const page = await store.history.deliveries(query);
        seen.push(...page.items.map(({ number }) => number));
        before = page.before;
      } while (before !== null);
      assert.deepEqual(seen, numbers.filter((_, index) => index % 3 === 0).toReversed());

      // An organization with few among thousands of others finds all of its own, and one without any sees one empty page.
      const ofOrganization = async (organization: string, more: Partial<DeliveryQuery>) =>
        (await pages((page) => store.history.deliveries({ ...anyDelivery, organization, ...more, ...page }))).map(
          ({ number }) => number,
        );
      assert.deepEqual(await ofOrganization("org_two", {}), [newest, middle, oldest]);
      assert.deepEqual(await ofOrganization("org_two", { state: "pending" }), [newest]);
      assert.deepEqual(await ofOrganization("org_two", { state: "exhausted" }), [middle]);
      assert.deepEqual(await ofOrganization("org_two", { state: "delivered" }), [oldest]);
      assert.deepEqual(await ofOrganization("org_two", { subscription: `webhook_${store.one}` }), []);
      const none = { ...anyDelivery, organization: "org_none", state: "pending" } as const;
      assert.deepEqual(await store.history.deliveries(none), { items: [], before: null });
      assert.equal(await store.history.pending(), 501);
      assert.deepEqual(await store.history.totals(), {
        observations: 0,
        events: many + 3,
        pending: 501,
        attempts: 8_502,
      });
    });
  });
}
