// Contract of the ledger, second half: attempts, ends, cancelled lanes, work that is owed again.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  addOrganization,
  audit,
  noon,
  owe,
  owed,
  put,
  readLane,
  refusal,
  settlement,
  subscription,
} from "./samples.ts";

export function testSettling(open: Open): void {
  describe("settling", () => {
    const begin = async (): Promise<Store & { readonly epoch: Epoch }> => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch };
    };
    const due = async ({ ledger, epoch }: Store & { epoch: Epoch }, lane: number, now = noon + 1e9) => {
      const rows = await readLane(ledger, epoch, now, lane, 100);
      return rows?.rows.map(({ number, attempts, due }) => ({ number, attempts, due })) ?? [];
    };

    for (const state of ["delivered", "exhausted", "cancelled", "expired"] as const) {
      test(`an attempt that ends a delivery as ${state} takes it off what is owed`, async () => {
        const store = await begin();
        const [delivery] = await owe(store, "event_a", [owed(1, { spilled: false })]);
        await store.ledger.settle(store.epoch, [settlement(delivery!, 1, { next: { state } })]);
        assert.deepEqual(await due(store, 1), []);
        const view = await store.history.delivery(delivery!);
        assert.deepEqual([view?.state, view?.attempts, view?.due], [state, 1, null]);
      });
    }

    test("an attempt that will be repeated parks the delivery until then", async () => {
      const store = await begin();
      const [delivery] = await owe(store, "event_a", [owed(1, { spilled: false })]);
      const retry = (attempt: number, at: number) =>
        settlement(delivery!, 1, { attempt, outcome: refusal, next: { due: at } });
      await store.ledger.settle(store.epoch, [retry(1, noon + 5_000.4)]);
      assert.deepEqual(await due(store, 1, noon + 5_000), []);
      assert.deepEqual(await due(store, 1), [{ number: delivery, attempts: 1, due: noon + 5_001 }]);
      await store.ledger.settle(store.epoch, [retry(2, noon + 9_000), settlement(delivery!, 1, { attempt: 3 })]);
      assert.deepEqual(await due(store, 1), []);
      assert.deepEqual(
        (await store.history.attempts(delivery!)).map(({ attempt, code, status }) => [attempt, code, status]),
        [
          [1, "http_error", 500],
          [2, "http_error", 500],
          [3, "delivered", 200],
        ],
      );
    });

    test("the same attempt booked twice stands there once", async () => {
      const store = await begin();
      const [delivery] = await owe(store, "event_a", [owed(1)]);
      const once = settlement(delivery!, 1);
      await store.ledger.settle(store.epoch, [once]);
      await store.ledger.settle(store.epoch, [once]);
      assert.equal((await store.history.attempts(delivery!)).length, 1);
    });

    test("a cancelled lane ends in slices, in memory or parked, and leaves the others alone", async () => {
      const store = await begin();
      const numbers: number[] = [];
      for (const parked of [true, false, true, false, true]) {
        numbers.push(...(await owe(store, `event_${numbers.length}`, [owed(1, { spilled: parked })])));
      }
      const [other] = await owe(store, "event_other", [owed(2)]);
      const counts: number[] = [];
      do counts.push(await store.ledger.cancel(store.epoch, 1, noon + 70, 2));
      while (counts.at(-1) === 2);
      assert.deepEqual(counts, [2, 2, 1]);
      for (const number of numbers) {
        const view = await store.history.delivery(number);
        assert.deepEqual([view?.state, view?.attempts, view?.last?.code], ["cancelled", 0, "cancelled"]);
      }
      assert.equal((await store.history.delivery(other!))?.state, "pending");
    });

    test("an attempt that was under way while its lane was cancelled is booked and changes nothing", async () => {
      const store = await begin();
      const [delivery] = await owe(store, "event_a", [owed(1, { spilled: false })]);
      await store.ledger.cancel(store.epoch, 1, noon + 70, 10);
      await store.ledger.settle(store.epoch, [settlement(delivery!, 1)]);
      const view = await store.history.delivery(delivery!);
      assert.deepEqual([view?.state, view?.attempts], ["cancelled", 1]);
      assert.deepEqual(
        (await store.history.attempts(delivery!)).map(({ attempt, code }) => [attempt, code]),
        [
          [1, "delivered"],
          [2, "cancelled"],
        ],
      );
      await store.ledger.settle(store.epoch, [settlement(delivery!, 1, { attempt: 2, next: { due: noon + 100 } })]);
      assert.deepEqual(await due(store, 1), []);
    });

    test("an attempt of a delivery that nobody knows is passed over", async () => {
      const store = await begin();
      await store.ledger.settle(store.epoch, [settlement(404, 1)]);
      assert.deepEqual(await store.history.attempts(404), []);
    });

    test("an event is owed again as a new delivery, whether the first has ended or not", async () => {
      const store = await begin();
      const [first, open] = await owe(store, "event_a", [owed(1, { variant: 2 }), owed(2)]);
      await store.ledger.settle(store.epoch, [settlement(first!, 1)]);
      const again = await store.ledger.resend(first!, noon + 500);
      assert.ok(again !== null && again.number > open! && again.lane === 1);
      assert.equal((await store.ledger.resend(open!, noon + 500))?.lane, 2);
      const lane = await readLane(store.ledger, store.epoch, noon + 500, 1, 9);
      const [row] = lane?.rows ?? [];
      assert.deepEqual(
        [row?.number, row?.variant, row?.attempts, row?.event.id, row?.createdAt],
        [again.number, 2, 0, "event_a", noon + 500],
      );
      assert.equal((await store.history.delivery(first!))?.state, "delivered");
    });

    test("nothing is owed again to a subscription that was removed, nor of a delivery that never was", async () => {
      const store = await begin();
      const number = await store.registry.allocate(1);
      await put(store.registry, "org_one", subscription(number));
      const [delivery] = await owe(store, "event_a", [owed(number)]);
      await store.ledger.settle(store.epoch, [settlement(delivery!, number)]);
      await store.registry.change({ organization: "org_one", revision: null, remove: [number], audit: [audit()] });
      assert.equal(await store.ledger.resend(delivery!, noon), null);
      assert.equal(await store.ledger.resend(404, noon), null);
    });
  });
}
