// Contract of the ledger: what an owner wants tried now is due now, class by class and slice by slice.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DeliveryClass, deliveryClasses } from "../../src/model/delivery.ts";
import { OwnershipLost } from "../../src/store/ownership.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import { addOrganization, noon, owe, owed, refusal, settlement } from "./samples.ts";

const hour = 3_600_000;

export function testHastening(open: Open): void {
  describe("hastening", () => {
    const begin = async (): Promise<Store & { readonly epoch: Epoch }> => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch };
    };
    /** So many deliveries of the lane that failed at noon and wait, each for a minute longer than the one before. */
    const waiting = async (store: Store & { epoch: Epoch }, lane: number, count: number): Promise<number[]> => {
      const numbers: number[] = [];
      for (let each = 0; each < count; each++)
        numbers.push(...(await owe(store, `event_${lane}_${each}`, [owed(lane)])));
      const fail = (number: number, index: number) =>
        settlement(number, lane, { startedAt: noon, outcome: refusal, next: { due: noon + hour + index * 60_000 } });
      await store.ledger.settle(store.epoch, numbers.map(fail));
      return numbers;
    };
    const due = async ({ ledger, epoch }: Store & { epoch: Epoch }, lane: number, now: number) => {
      const reads = deliveryClasses.map((each) => ({ lane, class: each, limit: 100 }));
      const read = await ledger.readDue(epoch, now, reads);
      return read.flatMap(({ rows }) => rows.map(({ number }) => number)).toSorted((a, b) => a - b);
    };
    const hastenAll = async ({ ledger, epoch }: Store & { epoch: Epoch }, now: number, limit: number) => {
      const counts: number[] = [];
      for (const each of deliveryClasses) {
        do counts.push(await ledger.hasten(epoch, 1, each, now, limit));
        while (counts.at(-1) === limit);
      }
      return counts;
    };

    test("all that waits in a lane is due now, in slices, and other lanes keep their times", async () => {
      const store = await begin();
      const mine = await waiting(store, 1, 5);
      await waiting(store, 2, 2);
      assert.deepEqual(await due(store, 1, noon + 10), []);
      assert.deepEqual(await hastenAll(store, noon + 10, 2), [0, 2, 2, 1, 0]);
      assert.deepEqual(await due(store, 1, noon + 10), mine);
      assert.deepEqual(await due(store, 2, noon + 10), []);
      assert.deepEqual(await hastenAll(store, noon + 20, 2), [0, 0, 0], "what is due is not counted again");
      const [first] = await store.ledger.readDue(store.epoch, noon + 20, [{ lane: 1, class: "retry", limit: 1 }]);
      assert.equal(first?.rows[0]?.due, noon + 10);
    });

    test("a replay that failed keeps its class", async () => {
      const store = await begin();
      const [number] = await owe(store, "event_a", [owed(1)]);
      await store.ledger.settle(store.epoch, [settlement(number!, 1)]);
      const event = (await store.history.event(null, "event_a"))!.number;
      const [replayed] = await store.ledger.replay([{ event, lane: 1, variant: 0 }], noon);
      const failed = settlement(replayed!, 1, { startedAt: noon, outcome: refusal, next: { due: noon + hour } });
      await store.ledger.settle(store.epoch, [failed]);
      assert.deepEqual(await hastenAll(store, noon + 10, 10), [0, 0, 1]);
      const [read] = await store.ledger.readDue(store.epoch, noon + 10, [{ lane: 1, class: "replay", limit: 5 }]);
      assert.deepEqual(
        read?.rows.map((row) => [row.number, row.class, row.attempts]),
        [[replayed, "replay", 1]],
      );
    });

    test("what was attempted since the act began keeps its new time", async () => {
      const store = await begin();
      const [early, late] = await waiting(store, 1, 2);
      const again = { attempt: 2, startedAt: noon + 11, outcome: refusal, next: { due: noon + 3 * hour } };
      await store.ledger.settle(store.epoch, [settlement(late!, 1, again)]);
      assert.deepEqual(await hastenAll(store, noon + 10, 10), [0, 1, 0]);
      assert.deepEqual(await due(store, 1, noon + 2 * hour), [early]);
    });

    test("what is quarantined, only in memory, or at its end stays as it is", async () => {
      const store = await begin();
      const [culprit] = await waiting(store, 1, 1);
      let { epoch } = store;
      for (let crash = 0; crash < 2; crash++) {
        await store.ledger.markStarted(epoch, [culprit!]);
        ({ epoch } = await store.ledger.acquire(noon, 0));
      }
      const now = { ...store, epoch };
      const [inMemory] = await owe(store, "event_memory", [owed(1, { spilled: false })]);
      const [over] = await owe(store, "event_over", [owed(1)]);
      await store.ledger.settle(epoch, [settlement(over!, 1)]);
      assert.deepEqual(await hastenAll(now, noon + 10, 10), [0, 0, 0]);
      for (const each of [culprit!, inMemory!, over!, 404]) {
        assert.equal(await store.ledger.hastenOne(epoch, each, noon + 10), null);
      }
      assert.equal((await store.history.delivery(culprit!))?.last?.code, "quarantined");
      assert.deepEqual(await due(now, 1, noon + 9 * hour), []);
    });

    test("one delivery is due now, and those beside it keep their times", async () => {
      const store = await begin();
      const [, second] = await waiting(store, 1, 3);
      const expected: [DeliveryClass | null, DeliveryClass | null] = ["retry", null];
      const hasten = () => store.ledger.hastenOne(store.epoch, second!, noon + 10);
      assert.deepEqual([await hasten(), await hasten()], expected);
      assert.deepEqual(await due(store, 1, noon + 10), [second]);
    });

    test("an earlier owner hastens nothing", async () => {
      const store = await begin();
      const [number] = await waiting(store, 1, 1);
      const next = await store.ledger.acquire(noon, 0);
      await assert.rejects(store.ledger.hasten(store.epoch, 1, "retry", noon + 10, 10), OwnershipLost);
      await assert.rejects(store.ledger.hastenOne(store.epoch, number!, noon + 10), OwnershipLost);
      assert.deepEqual(await due({ ...store, epoch: next.epoch }, 1, noon + 10), []);
    });
  });
}
