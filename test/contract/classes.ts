// Contract of the ledger, fourth part: the three classes of deliveries. Each lane is read class by class; a class outlives
// failed attempts, restarts and crashes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DeliveryClass } from "../../src/model/delivery.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  addOrganization,
  audit,
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

const later = noon + 1e9;

export function testClasses(open: Open): void {
  describe("classes", () => {
    const begin = async (): Promise<Store & { readonly epoch: Epoch }> => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch };
    };
    const read = async ({ ledger }: Store, epoch: Epoch, deliveryClass: DeliveryClass, limit = 100, now = later) => {
      const [rows] = await ledger.readDue(epoch, now, [{ lane: 1, class: deliveryClass, limit }]);
      return { numbers: rows!.rows.map(({ number }) => number), nextDue: rows!.nextDue };
    };
    const classes = async ({ ledger }: Store, epoch: Epoch) =>
      new Map((await readLane(ledger, epoch, later, 1, 100)).rows.map((row) => [row.number, row.class]));
    const fail = (delivery: number, due: number, attempt = 1) =>
      settlement(delivery, 1, { attempt, outcome: refusal, next: { due } });
    const eventOf = async ({ history }: Store, id: string) => (await history.event(null, id))!.number;
    /** One live delivery, one that failed, one resent, and two replayed, of which the first has failed. */
    const oneOfEach = async (store: Store, epoch: Epoch) => {
      const { ledger } = store;
      const [live] = await owe(store, "event_live", [owed(1)], { acceptedAt: noon + 500 });
      const [failed] = await owe(store, "event_failed", [owed(1, { spilled: false })]);
      const event = await eventOf(store, "event_failed");
      const resent = (await ledger.resend(failed!, noon + 20))!.number;
      const again = { event, lane: 1, variant: 2 };
      const [replayed, tried] = await ledger.replay([again, again], noon + 10);
      await ledger.settle(epoch, [fail(failed!, noon + 30), fail(tried!, noon + 5)]);
      return { live: live!, failed: failed!, resent, replayed: replayed!, tried: tried! };
    };

    test("a new delivery is live, one that failed or was resent a retry, and a replay stays one when it fails", async () => {
      const store = await begin();
      const made = await oneOfEach(store, store.epoch);
      assert.deepEqual(Object.fromEntries(await classes(store, store.epoch)), {
        [made.live]: "live",
        [made.failed]: "retry",
        [made.resent]: "retry",
        [made.replayed]: "replay",
        [made.tried]: "replay",
      });
      await store.ledger.settle(store.epoch, [fail(made.failed, noon + 40, 2), fail(made.tried, noon + 40, 2)]);
      const after = await classes(store, store.epoch);
      assert.deepEqual([after.get(made.failed), after.get(made.tried)], ["retry", "replay"]);
    });

    test("each class is read by itself, by due time and then number, and says when it must be read again", async () => {
      const store = await begin();
      const { epoch } = store;
      const { live, failed, resent, replayed, tried } = await oneOfEach(store, epoch);
      assert.deepEqual(await read(store, epoch, "live"), { numbers: [live], nextDue: null });
      assert.deepEqual(await read(store, epoch, "retry"), { numbers: [resent, failed], nextDue: null });
      assert.deepEqual(await read(store, epoch, "replay"), { numbers: [tried, replayed], nextDue: null });
      assert.deepEqual(await read(store, epoch, "retry", 1), { numbers: [resent], nextDue: noon + 30 });
      assert.deepEqual(await read(store, epoch, "replay", 9, noon + 7), { numbers: [tried], nextDue: noon + 10 });
      const both = await store.ledger.readDue(epoch, later, [
        { lane: 1, class: "replay", limit: 1 },
        { lane: 1, class: "live", limit: 1 },
      ]);
      assert.deepEqual(
        both.map((each) => [each.class, each.rows.map((row) => [row.number, row.class])]),
        [
          ["replay", [[tried, "replay"]]],
          ["live", [[live, "live"]]],
        ],
        "answers come in the order of the reads",
      );
    });

    for (const inOrder of [true, false]) {
      test(`every class is found again after an end ${inOrder ? "in order" : "by a crash"}`, async () => {
        const store = await begin();
        const made = await oneOfEach(store, store.epoch);
        const [fresh] = await owe(store, "event_fresh", [owed(1, { spilled: false })]);
        const before = await classes(store, store.epoch);
        if (inOrder) await store.ledger.release(store.epoch);
        const next = await store.ledger.acquire(noon + 60, 0);
        assert.deepEqual(await classes(store, next.epoch), before.set(fresh!, "live"));
        assert.deepEqual(
          next.lanes.map((each) => [each.lane, each.class]),
          [
            [1, "live"],
            [1, "retry"],
            [1, "replay"],
          ],
        );
        await store.ledger.markStarted(next.epoch, [made.tried]);
        const [marked] = (await store.ledger.acquire(noon + 60, 0)).marked;
        assert.deepEqual([marked?.number, marked?.class], [made.tried, "replay"]);
      });
    }

    test("after a crash the retries at the head of each class are due at once, whatever waits in another", async () => {
      const store = await begin();
      const numbers: number[] = [];
      for (let each = 0; each < 70; each++) numbers.push(...(await owe(store, `event_${each}`, [owed(1)])));
      const event = await eventOf(store, "event_0");
      const [replayed] = await store.ledger.replay([{ event, lane: 1, variant: 0 }], noon);
      await store.ledger.settle(store.epoch, [
        ...numbers.map((number) => fail(number, noon + 100)),
        fail(replayed!, noon + 200),
      ]);
      const next = await store.ledger.acquire(noon + 1_000, 60_000);
      const { rows } = await readLane(store.ledger, next.epoch, later, 1, 100);
      const soon = rows.filter(({ due }) => due < noon + 1_000).map((row) => row.class);
      assert.deepEqual([soon.filter((each) => each === "retry").length, soon.at(-1)], [64, "replay"]);
    });

    test("a replay owes stored events again, each as a new delivery that is due now", async () => {
      const store = await begin();
      const [first] = await owe(store, "event_a", [owed(1)]);
      const [, other] = [await owe(store, "event_b", []), await eventOf(store, "event_b")];
      await store.ledger.settle(store.epoch, [settlement(first!, 1)]);
      const event = await eventOf(store, "event_a");
      const [a, b] = await store.ledger.replay(
        [
          { event, lane: 1, variant: 3 },
          { event: other, lane: 1, variant: 0 },
        ],
        noon + 500.7,
      );
      assert.ok(a! > first!);
      assert.equal(b, a! + 1);
      const { rows } = await readLane(store.ledger, store.epoch, noon + 500, 1, 9);
      assert.deepEqual(
        rows.map((row) => [row.number, row.class, row.variant, row.attempts, row.due, row.createdAt, row.event.id]),
        [
          [a, "replay", 3, 0, noon + 500, noon + 500, "event_a"],
          [b, "replay", 0, 0, noon + 500, noon + 500, "event_b"],
        ],
      );
      const [next] = await owe(store, "event_c", [owed(1)]);
      assert.ok(next! > b);
    });

    test("nothing is replayed to a removed subscription, to one of another organization, or of an event that is gone", async () => {
      const store = await begin();
      await addOrganization(store.registry, "org_two");
      const [removed, foreign] = [await store.registry.allocate(1), await store.registry.allocate(1)];
      await put(store.registry, "org_one", subscription(removed));
      await put(store.registry, "org_two", subscription(foreign, { organization: "org_two" }));
      await store.registry.change({ organization: "org_one", revision: null, remove: [removed], audit: [audit()] });
      await owe(store, "event_a", []);
      const event = await eventOf(store, "event_a");
      const given = [
        { event, lane: removed, variant: 0 },
        { event, lane: foreign, variant: 0 },
        { event: event + 100, lane: 1, variant: 0 },
        { event, lane: 1, variant: 0 },
      ];
      const numbers = await store.ledger.replay(given, noon);
      assert.deepEqual(numbers.slice(0, 3), [0, 0, 0]);
      assert.ok(numbers[3]! > 0);
      assert.equal((await store.history.totals()).pending, 1);
    });

    test("replays end with their lane, and with their event", async () => {
      const store = await begin();
      await owe(store, "event_a", []);
      const event = await eventOf(store, "event_a");
      const again = (lane: number) => ({ event, lane, variant: 0 });
      const [one, two] = await store.ledger.replay([again(1), again(2)], noon + 500);
      assert.equal(await store.ledger.cancel(store.epoch, 1, noon + 600, 10), 1);
      assert.equal((await store.history.delivery(one!))?.state, "cancelled");
      const before = { ...keepAll, events: noon + 1 };
      assert.equal((await store.ledger.prune(store.epoch, before, noon, 50)).expired, 1);
      assert.equal(await store.history.delivery(two!), null);
    });
  });
}
