// Contract of the ledger, third part: what a new owner finds after the one before ended, in order or not.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DueDelivery } from "../../src/store/owed.ts";
import { OwnershipLost } from "../../src/store/ownership.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  addOrganization,
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

const hour = 3_600_000;

export function testTakeOver(open: Open): void {
  describe("change of owner", () => {
    const begin = async (): Promise<Store> => {
      const store = await open();
      await addOrganization(store.registry);
      return store;
    };
    const dues = async ({ ledger }: Store, epoch: Epoch, lane = 1) => {
      const read = await readLane(ledger, epoch, noon + 1e12, lane, 1_000);
      return new Map(read?.rows.map(({ number, due }) => [number, due - noon]));
    };
    const numbersOf = (rows: readonly DueDelivery[]) => rows.map(({ number }) => number);
    /** Owes so many deliveries to lane 1 that have failed once. */
    const retries = async (store: Store, epoch: Epoch, ...due: number[]): Promise<readonly number[]> => {
      const numbers: number[] = [];
      for (const [index, at] of due.entries()) {
        const [number] = await owe(store, `event_${at}_${index}`, [owed(1)]);
        numbers.push(number!);
        const next = { due: noon + at };
        await store.ledger.settle(epoch, [settlement(number!, 1, { outcome: refusal, next })]);
      }
      return numbers;
    };

    test("only an owner that shut down cleanly leaves nothing to recover", async () => {
      const { ledger } = await begin();
      const first = await ledger.acquire(noon, 0);
      assert.equal(first.afterCrash, false, "a new store has no past");
      const second = await ledger.acquire(noon, 0);
      assert.equal(second.afterCrash, true);
      await assert.rejects(ledger.release(first.epoch), OwnershipLost);
      await ledger.release(second.epoch);
      const third = await ledger.acquire(noon, 0);
      assert.equal(third.afterCrash, false);
      assert.equal((await ledger.acquire(noon, 0)).afterCrash, true, "a release counts once");
    });

    test("after an unclean end the retries at the head of each lane are due at once, the others are spread", async () => {
      const store = await begin();
      const { epoch } = await store.ledger.acquire(noon, 0);
      const numbers = await retries(store, epoch, ...Array.from({ length: 80 }, (_, index) => 1_000 + index));
      const next = await store.ledger.acquire(noon + 5_000, 60_000);
      const found = await dues(store, next.epoch);
      for (const [index, number] of numbers.entries()) {
        const due = found.get(number)!;
        if (index < 64) assert.ok(due < 5_000, "may have been under way");
        else assert.ok(due >= 5_000 && due < 65_000);
      }
    });

    test("a delivery that was noted when three owners ended is held, named, and out of the way", async () => {
      const store = await begin();
      const { ledger, history } = store;
      await ledger.acquire(noon, 0);
      const [guilty, beside] = await owe(store, "event_a", [owed(1), owed(2)]);
      let owner = await ledger.acquire(noon, 0);
      assert.deepEqual([owner.marked, owner.quarantined], [[], []], "nobody noted the first time");
      const [gone] = await owe(store, "event_b", [owed(1)]);
      await ledger.settle(owner.epoch, [settlement(gone!, 1)]);
      assert.deepEqual(await ledger.markStarted(owner.epoch, [guilty!, gone!, beside!]), [guilty, beside]);
      owner = await ledger.acquire(noon, 0);
      assert.deepEqual([numbersOf(owner.marked), owner.quarantined], [[guilty, beside], []]);
      const [row] = owner.marked;
      assert.deepEqual([row?.lane, row?.attempts, row?.event.id], [1, 0, "event_a"]);
      await ledger.markStarted(owner.epoch, [guilty!, beside!]);
      await ledger.settle(owner.epoch, [settlement(beside!, 2)]);
      owner = await ledger.acquire(noon + 70, 0);
      assert.deepEqual([owner.marked, owner.quarantined, owner.lanes], [[], [guilty], []]);
      assert.equal((await dues(store, owner.epoch)).size, 0);
      const view = await history.delivery(guilty!);
      assert.deepEqual([view?.state, view?.attempts, view?.last?.code, view?.due], ["held", 0, "quarantined", null]);
      assert.deepEqual(
        (await history.attempts(guilty!)).map(({ attempt, code }) => [attempt, code]),
        [[1, "quarantined"]],
      );
      const page = { organization: null, subscription: null, since: null, limit: 9, before: null };
      const held = await history.deliveries({ ...page, state: "held" });
      assert.deepEqual(
        held.items.map(({ number }) => number),
        [guilty],
      );
      assert.deepEqual((await ledger.acquire(noon, 0)).quarantined, [], "said once");
    });

    test("an owner looks for what others accepted up to the last delivery, and finds nothing behind it", async () => {
      const store = await begin();
      const { ledger } = store;
      const { epoch, upTo } = await ledger.acquire(noon, 0);
      assert.deepEqual(await ledger.readArrivals(epoch, upTo), { lanes: [], upTo });
      const numbers = await owe(store, "event_a", [owed(1), owed(2)]);
      const found = await ledger.readArrivals(epoch, upTo);
      assert.equal(found.upTo, numbers.at(-1));
      assert.deepEqual(await ledger.readArrivals(epoch, found.upTo), { lanes: [], upTo: found.upTo });
      const next = await ledger.acquire(noon, 0);
      assert.equal(next.upTo, found.upTo);
      await assert.rejects(ledger.readArrivals(epoch, upTo), OwnershipLost);
    });

    test("what was settled after its note is no suspect", async () => {
      const store = await begin();
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const [a, b] = await owe(store, "event_a", [owed(1), owed(2)]);
      await ledger.markStarted(epoch, [a!, b!]);
      await ledger.settle(epoch, [settlement(a!, 1, { attempt: 1, outcome: refusal, next: { due: noon } })]);
      assert.deepEqual(numbersOf((await ledger.acquire(noon, 0)).marked), [b]);
    });

    test("an end in order convicts nobody, and the next end out of order counts as the first", async () => {
      const store = await begin();
      const { ledger } = store;
      let owner = await ledger.acquire(noon, 0);
      const [guilty] = await owe(store, "event_a", [owed(1)]);
      for (let time = 0; time < 4; time++) {
        await ledger.markStarted(owner.epoch, [guilty!]);
        await ledger.release(owner.epoch);
        owner = await ledger.acquire(noon, 0);
        assert.deepEqual([owner.marked, owner.quarantined], [[], []]);
      }
      await ledger.markStarted(owner.epoch, [guilty!]);
      owner = await ledger.acquire(noon, 0);
      assert.deepEqual([numbersOf(owner.marked), owner.quarantined], [[guilty], []]);
    });

    test("what was acquitted is no suspect", async () => {
      const store = await begin();
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const [a, b] = await owe(store, "event_a", [owed(1), owed(2)]);
      await ledger.markStarted(epoch, [a!, b!]);
      await ledger.clearMark(epoch, [a!]);
      assert.deepEqual(numbersOf((await ledger.acquire(noon, 0)).marked), [b]);
      await assert.rejects(ledger.clearMark(epoch, [b!]), OwnershipLost);
    });

    test("a held delivery goes out as a new one when it is resent, and the held one is cancelled", async () => {
      const store = await begin();
      const { ledger, history } = store;
      let { epoch } = await ledger.acquire(noon, 0);
      const [guilty] = await owe(store, "event_a", [owed(1)]);
      for (let time = 0; time < 2; time++) {
        await ledger.markStarted(epoch, [guilty!]);
        epoch = (await ledger.acquire(noon, 0)).epoch;
      }
      assert.equal((await history.delivery(guilty!))?.state, "held");
      const again = await ledger.resend(guilty!, noon + 10);
      assert.deepEqual([...(await dues(store, epoch)).keys()], [again?.number]);
      const view = await history.delivery(guilty!);
      assert.deepEqual([view?.state, view?.last?.code], ["cancelled", "quarantined"]);
      await ledger.settle(epoch, [settlement(again!.number, 1)]);
      assert.equal((await history.totals()).pending, 0);
    });

    test("a held delivery ends with its lane, and with its event", async () => {
      const store = await begin();
      const { ledger, history } = store;
      let { epoch } = await ledger.acquire(noon, 0);
      const [a, b] = await owe(store, "event_a", [owed(1), owed(2)]);
      for (let time = 0; time < 2; time++) {
        await ledger.markStarted(epoch, [a!, b!]);
        epoch = (await ledger.acquire(noon, 0)).epoch;
      }
      assert.equal(await ledger.cancel(epoch, 1, noon, 10), 1);
      assert.equal((await history.delivery(a!))?.state, "cancelled");
      const young = { ...keepAll, events: noon + 1 };
      assert.equal((await ledger.prune(epoch, young, noon, 50)).expired, 1);
      assert.equal((await history.totals()).pending, 0);
    });

    test("the back-off of a lane is kept until it is told otherwise, or the lane ends", async () => {
      const store = await begin();
      const { ledger, registry } = store;
      await put(registry, "org_one", subscription(1), subscription(2), subscription(3));
      const { epoch } = await ledger.acquire(noon, 0);
      const lastFailure = { code: "http_error", status: 503, at: noon - 1 } as const;
      const failing = (lane: number) => (lane === 3 ? null : { since: noon - hour, attempts: 21 + lane, told: 75 });
      const health = (lane: number, failures: number) => ({
        lane,
        organization: "org_one",
        health: {
          failures,
          until: noon + lane * hour,
          lastFailure: lane === 3 ? null : lastFailure,
          failing: failing(lane),
        },
      });
      await ledger.remember(epoch, [health(1, 5), health(2, 6), health(3, 0)]);
      await ledger.remember(epoch, [{ lane: 2, organization: "org_one", health: null }, health(1, 7)]);
      const next = await ledger.acquire(noon, 0);
      assert.deepEqual(next.healths, [health(1, 7), health(3, 0)]);
      await assert.rejects(ledger.remember(epoch, []), OwnershipLost);
      await ledger.cancel(next.epoch, 3, noon, 10);
      assert.deepEqual((await ledger.acquire(noon, 0)).healths, [health(1, 7)]);
    });

    for (const clean of [true, false]) {
      const how = clean ? "clean shutdown" : "crash";
      test(`a wall clock that was set back since a ${how} holds nothing up, and takes nothing from a delay`, async () => {
        const store = await begin();
        const { ledger } = store;
        const { epoch } = await ledger.acquire(noon, 0);
        const [first] = await owe(store, "event_first", [owed(1)]);
        const [soon, later] = await retries(store, epoch, 5_000, 4_000);
        if (clean) await ledger.release(epoch);
        const day = 24 * hour;
        const next = await ledger.acquire(noon - day, 60_000, { usual: [6_000, hour], lanes: [] });
        const found = await dues(store, next.epoch);
        assert.equal(found.get(first!), -day);
        assert.deepEqual([found.get(soon!), found.get(later!)], [6_000 - day, 6_000 - day]);
      });
    }

    test("at a start no retry waits longer than its own delay, by the rule of its lane and the attempts it has made", async () => {
      const store = await begin();
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const [first, second, third] = [hour, hour, hour].map(async (due, place) => {
        const [number] = await owe(store, `event_${place}`, [owed(1)]);
        for (let attempt = 1; attempt <= place + 1; attempt++) {
          await ledger.settle(epoch, [
            settlement(number!, 1, { attempt, outcome: refusal, next: { due: noon + due } }),
          ]);
        }
        return number!;
      });
      const ofLane = async (lane: number) => {
        const [number] = await owe(store, `event_of_${lane}`, [owed(lane)]);
        await ledger.settle(epoch, [settlement(number!, lane, { outcome: refusal, next: { due: noon + hour } })]);
        return number!;
      };
      const [patient, hasty, none] = [await ofLane(2), await ofLane(3), await ofLane(4)];
      const numbers = [await first!, await second!, await third!];
      await ledger.release(epoch);
      const lanes = [
        { lane: 2, waits: [2 * hour] },
        { lane: 3, waits: [1_000] },
        { lane: 4, waits: [] },
      ];
      const next = await ledger.acquire(noon, 0, { usual: [5_000, 2 * hour], lanes });
      const found = await dues(store, next.epoch);
      assert.deepEqual(
        numbers.map((number) => found.get(number)),
        [5_000, hour, hour],
        "the third has more attempts than the rule has delays: the longest counts",
      );
      assert.equal((await dues(store, next.epoch, 2)).get(patient), hour);
      assert.equal((await dues(store, next.epoch, 3)).get(hasty), 1_000);
      assert.equal((await dues(store, next.epoch, 4)).get(none), 0);
    });

    test("a lane's own delays count although no retry waits longer than the usual ones", async () => {
      const store = await begin();
      const { ledger } = store;
      const { epoch } = await ledger.acquire(noon, 0);
      const [number] = await owe(store, "event_1", [owed(1)]);
      await ledger.settle(epoch, [settlement(number!, 1, { outcome: refusal, next: { due: noon + hour } })]);
      const longest = { usual: [2 * hour], lanes: [{ lane: 1, waits: [1_000] }] };
      const next = await ledger.acquire(noon, 0, longest);
      assert.equal((await dues(store, next.epoch)).get(number!), 1_000);
    });
  });
}
