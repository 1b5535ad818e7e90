// Contract of the store: the numbers of what a subscription is owed, without holes, in the order in which it was owed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NumberedItem, NumberedPage, NumberedQuery } from "../../src/store/sequence-reads.ts";
import type { Store } from "../../src/store/store.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Open } from "./index.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  keepAll,
  noon,
  owe,
  owed,
  put,
  readLane,
  refusal,
  settlement,
  subscription,
} from "./samples.ts";

export function testSequences(open: Open): void {
  describe("sequences", () => {
    const begin = async (): Promise<Store & { readonly epoch: Epoch }> => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch };
    };
    /** Of the rows of a lane, in the order of their numbers as deliveries. */
    const numbers = async ({ ledger, epoch }: Store & { epoch: Epoch }, lane: number) => {
      const { rows } = await readLane(ledger, epoch, noon + 1e12, lane, 1_000);
      return rows.toSorted((a, b) => a.number - b.number).map(({ sequence }) => sequence);
    };

    test("each lane counts what it is owed from 1, whether it is in memory or on the disk", async () => {
      const store = await begin();
      const receipts = await accept(store, [
        event("event_a", { deliveries: [owed(1), owed(2)] }),
        event("event_b", { deliveries: [owed(2, { spilled: false })] }),
        event("event_c", { deliveries: [owed(1)] }),
      ]);
      const given = receipts.map((each) => each.status === "accepted" && each.sequences);
      assert.deepEqual(given, [[1, 1], [2], [2]]);
      assert.deepEqual(await numbers(store, 1), [1, 2]);
    });

    test("a value that has not changed, a duplicate and a stale call use no number", async () => {
      const store = await begin();
      const onChange = (id: string, value: string) =>
        event(id, { value, deliveries: [owed(1, { onChange: true }), owed(2)], key: id });
      const receipts = await accept(store, [
        onChange("a", "1"),
        onChange("b", "1"),
        onChange("b", "2"),
        onChange("c", "2"),
      ]);
      const given = receipts.map((each) => (each.status === "accepted" ? each.sequences : each.status));
      assert.deepEqual(given, [[1, 1], [0, 2], "duplicate", [2, 3]]);
      const stale = { organization: "org_one", revision: 99, events: [onChange("d", "3")] };
      assert.equal((await store.ledger.accept([stale], null)).status, "stale");
      assert.deepEqual(await owedNext(store), 3);
    });

    test("a retry and a resend keep the number, also of a delivery that has ended", async () => {
      const store = await begin();
      await owe(store, "event_a", [owed(1)]);
      const [failed] = await owe(store, "event_b", [owed(1)]);
      const [ended] = await owe(store, "event_c", [owed(1)]);
      await store.ledger.settle(store.epoch, [
        settlement(failed!, 1, { outcome: refusal, next: { due: noon + 9 } }),
        settlement(ended!, 1),
      ]);
      const again = await store.ledger.resend(ended!, noon);
      await store.ledger.resend(again!.number, noon);
      assert.deepEqual(await numbers(store, 1), [1, 2, 3, 3]);
      assert.equal(await owedNext(store), 4);
    });

    test("a replay keeps the number of what was owed, and has none where nothing was", async () => {
      const store = await begin();
      const receipts = await accept(
        store,
        ["a", "b", "c", "d"].map((id) => event(`event_${id}`, { deliveries: id === "b" ? [owed(2)] : [owed(1)] })),
      );
      const events = receipts.map((each) => (each.status === "accepted" ? each.number : 0));
      const ended = receipts.map((each) => (each.status === "accepted" ? each.deliveries[0]! : 0));
      await store.ledger.settle(store.epoch, [settlement(ended[0]!, 1), settlement(ended[3]!, 1)]);
      await store.ledger.replay(
        events.map((number) => ({ event: number, lane: 1, variant: 0 })),
        noon,
      );
      assert.deepEqual(await numbers(store, 1), [2, 1, null, 2, 3]);
      assert.equal(await owedNext(store), 4);
    });

    test("a minute that is said once more keeps its number, and a lane that was never owed it gets none", async () => {
      const store = await begin();
      const minuteOf = (key: string, deliveries: number[], repeats: number[]) =>
        event(`event_${key}`, {
          key: `m:${key}:0`,
          deliveries: deliveries.map((lane) => owed(lane)),
          repeats: repeats.map((lane) => ({ lane, variant: 0, key: "m:1:" })),
        });
      await accept(store, [minuteOf("1", [1], []), minuteOf("2", [1, 2], [1, 2])]);
      assert.deepEqual(
        [await numbers(store, 1), await numbers(store, 2)],
        [
          [1, 2, 1],
          [1, null],
        ],
      );
    });

    test("retention takes rows away and no number is given twice", async () => {
      const store = await begin();
      const number = await store.registry.allocate(1);
      await put(store.registry, "org_one", subscription(number));
      const [done] = await owe(store, "event_a", [owed(number)]);
      await owe(store, "event_b", [owed(number)]);
      await store.ledger.settle(store.epoch, [settlement(done!, number)]);
      let more = true;
      while (more) ({ more } = await store.ledger.prune(store.epoch, { ...keepAll, events: noon + 1 }, noon, 50));
      assert.equal(await owedNext(store, number), 3);
      await store.ledger.acquire(noon, 0);
      assert.equal(await owedNext(store, number), 4);
    });

    test("a call that fails gives its numbers back", async () => {
      const store = await begin();
      await owe(store, "event_a", [owed(1)]);
      const calls = [
        store.ledger.accept([{ organization: "org_none", revision: 1, events: [] }], null),
        owe(store, "event_b", [owed(1)]),
        store.registry.change({ organization: "org_none", revision: 0, audit: [audit()] }),
      ];
      await Promise.allSettled(calls);
      assert.equal(await owedNext(store), 3);
    });

    test("every number is listed with its state, in the order of the numbers, page by page", async () => {
      const store = await begin();
      const lane = await store.registry.allocate(1);
      await put(store.registry, "org_one", subscription(lane));
      const deliveries: number[] = [];
      for (const id of ["a", "b", "c", "d"])
        deliveries.push(...(await owe(store, id, [owed(lane, { variant: 3 }), owed(2)])));
      const [first, , second] = deliveries;
      await store.ledger.settle(store.epoch, [
        settlement(first!, lane),
        settlement(second!, lane, { outcome: refusal, next: { state: "exhausted" } }),
      ]);
      await store.ledger.resend(first!, noon);
      const page = await pageOf(store, { lane, after: 0, limit: 3 });
      assert.deepEqual([page.reached, page.last], [3, 4]);
      const [one] = page.items;
      assert.deepEqual(one, {
        sequence: 1,
        event: "a",
        type: "ROOM_OCCUPANCY",
        dialect: "butlr",
        delivery: first,
        state: "delivered",
        variant: 3,
        revision: 0,
        previous: null,
        body: '{"id":"a","value":1.0}',
      });
      assert.deepEqual(told(page), [
        [1, "delivered"],
        [2, "exhausted"],
        [3, "pending"],
      ]);
      assert.deepEqual(told(await pageOf(store, { lane, after: 3, limit: 3 })), [[4, "pending"]]);
      const none = await pageOf(store, { lane, after: 4, limit: 3 });
      assert.deepEqual([none.items, none.reached, none.last], [[], 4, 4]);
      assert.equal((await store.history.delivery(second!))?.sequence, 2);
      assert.equal(
        (await store.history.deliveries({ ...anyDelivery, subscription: `webhook_${lane}` })).items[0]?.sequence,
        1,
      );
    });

    test("what retention has taken is told as one range, and what it left is there", async () => {
      const store = await begin();
      for (const [id, acceptedAt] of [
        ["a", 1],
        ["b", 1],
        ["c", noon],
        ["d", noon],
      ] as const) {
        await owe(store, id, [owed(1)], { acceptedAt });
      }
      while ((await store.ledger.prune(store.epoch, { ...keepAll, events: noon }, noon, 50)).more);
      const read = (after: number) => pageOf(store, { lane: 1, after, limit: 9 });
      assert.deepEqual(told(await read(0)), [
        [1, 2, "forgotten"],
        [3, "pending"],
        [4, "pending"],
      ]);
      assert.deepEqual(told(await read(1)), [
        [2, 2, "forgotten"],
        [3, "pending"],
        [4, "pending"],
      ]);
      while ((await store.ledger.prune(store.epoch, { ...keepAll, events: noon + 1 }, noon, 50)).more);
      assert.deepEqual(told(await read(0)), [[1, 4, "forgotten"]]);
      assert.deepEqual([(await read(0)).last, (await read(4)).items], [4, []]);
    });

    test("a subscription that is disabled has its numbers as held, and what a tenant may have no more has no body", async () => {
      const store = await begin();
      const lane = await store.registry.allocate(1);
      const tenant = { kind: "tenant", id: "tenant_1" } as const;
      await put(store.registry, "org_one", subscription(lane, { scope: tenant, state: "disabled" }));
      await owe(store, "a", [owed(lane)], { scopes: '{"tenants":["tenant_1"],"selves":["tenant_1"]}' });
      const withdrawal = { lane, tenant: "tenant_1", reason: "tenant_inactive" } as const;
      await store.registry.change({
        organization: "org_one",
        revision: null,
        withdraw: [withdrawal],
        audit: [audit()],
      });
      await owe(store, "b", [owed(lane)], { scopes: '{"tenants":["tenant_1"],"selves":["tenant_1"]}' });
      const { items } = await pageOf(store, { lane, after: 0, limit: 9 });
      const bodies = items.map((item) => [item.state, "body" in item && item.body]);
      assert.deepEqual(bodies, [
        ["held", null],
        ["held", '{"id":"b","value":1.0}'],
      ]);
    });

    /** A page of a lane, as long as was asked for: the store ends one early where the time for it is over. */
    async function pageOf({ history }: Store, { lane, after, limit }: Omit<NumberedQuery, "organization">) {
      const items: NumberedItem[] = [];
      for (let reached = after; ; ) {
        const rest = limit - items.length;
        const page = await history.numbered({ organization: "org_one", lane, after: reached, limit: rest });
        items.push(...page.items);
        if (page.items.length === rest || page.reached === page.last) return { ...page, items };
        assert.ok(page.reached > reached, "it goes on");
        ({ reached } = page);
      }
    }

    const anyDelivery = { limit: 9, before: null, organization: null, state: null, since: null };
    const told = ({ items }: NumberedPage) =>
      items.map((item) =>
        "through" in item ? [item.sequence, item.through, item.state] : [item.sequence, item.state],
      );
    let added = 0;
    /** The number of the next delivery of a lane. */
    async function owedNext(store: Store, lane = 1): Promise<number> {
      const [receipt] = await accept(store, [
        event(`event_next_${added++}`, { value: null, deliveries: [owed(lane)] }),
      ]);
      return receipt?.status === "accepted" ? receipt.sequences[0]! : 0;
    }
  });
}
