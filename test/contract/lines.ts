// Contract of the ledger: lanes in order. Of what is owed about one subject only the first can be read, whatever happens to it,
// and nothing of it is lost when it ends.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { deliveryClasses } from "../../src/model/delivery.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  accept,
  addOrganization,
  event,
  keepAll,
  noon,
  owe,
  owed,
  put,
  refusal,
  settlement,
  subscription,
} from "./samples.ts";

const later = noon + 1e9;

export function testLines(open: Open): void {
  describe("lines", () => {
    const begin = async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch };
    };

    /** What can be read of lane 1 once nothing moves any more; says how many reads that took. */
    const read = async ({ ledger }: Store, epoch: Epoch, now = later, inOrder = true, limit = 100) => {
      for (let reads = 1; ; reads++) {
        const asked = deliveryClasses.map((each) => ({ lane: 1, class: each, limit, inOrder }));
        const answers = await ledger.readDue(epoch, now, asked);
        const numbers = answers.flatMap(({ rows }) => rows.map(({ number }) => number));
        if (answers.every(({ moved }) => moved === 0)) return { numbers, reads };
      }
    };
    const readable = async (...given: Parameters<typeof read>) => (await read(...given)).numbers;
    const about = async (store: Store, subject: string, ...ids: string[]) => {
      const made: number[] = [];
      for (const id of ids) made.push(...(await owe(store, id, [owed(1)], { subject })));
      return made;
    };
    const end = (delivery: number, attempt = 1) => settlement(delivery, 1, { attempt });
    const fail = (delivery: number, due: number, attempt = 1) =>
      settlement(delivery, 1, { attempt, outcome: refusal, next: { due, inOrder: true } });

    test("the first of each subject can be read, and the next when it has ended", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const [one, three] = await about(store, "room_1", "a", "c");
      const [two] = await about(store, "room_2", "b");
      assert.deepEqual(await readable(store, epoch), [one, two]);
      assert.deepEqual(await readable(store, epoch), [one, two], "a read changes nothing of that");
      await ledger.settle(epoch, [end(one!)]);
      assert.deepEqual(await readable(store, epoch), [two, three], "two was read before three could be");
      const [four] = await about(store, "room_1", "d");
      assert.ok(!(await readable(store, epoch)).includes(four!));
      await ledger.settle(epoch, [end(three!)]);
      assert.deepEqual(await readable(store, epoch), [two, four]);
    });

    test("a delivery tells which one it waits behind, until that has ended", async () => {
      const store = await begin();
      const { ledger, epoch, history } = store;
      const [one, two, three] = await about(store, "room_1", "a", "b", "c");
      const [other] = await about(store, "room_2", "d");
      await read(store, epoch);
      await ledger.settle(epoch, [fail(one!, later)]);
      const behind = async () => {
        const all = [one, two, three, other].map(async (number) => (await history.delivery(number!))?.behind ?? null);
        return Promise.all(all);
      };
      assert.deepEqual(await behind(), [null, one, one, null]);
      await ledger.settle(epoch, [end(one!, 2)]);
      assert.deepEqual(await behind(), [null, null, two, null]);
    });

    test("whoever takes its place in a line comes behind what was read, also for the next owner", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const [one, two] = await about(store, "room_1", "a", "b");
      const [other] = await about(store, "room_2", "c");
      const [next] = await owe(store, "d", [owed(1)], { subject: "room_3", acceptedAt: noon + 100 });
      assert.deepEqual(await readable(store, epoch), [one, other, next]);
      await ledger.settle(epoch, [end(one!)]);
      // The owner crashes with `other` or `next` under way, which it has read before it could read `two`.
      const { epoch: after } = await ledger.acquire(later, 0);
      assert.deepEqual(await readable(store, after), [other, next, two]);
    });

    test("who took its place in a line goes first still if its lane keeps no order for a while", async () => {
      for (const restarts of [false, true]) {
        const store = await begin();
        const { ledger } = store;
        let { epoch } = store;
        const [one, two] = await about(store, "room_1", "a", "b", "c");
        const [other] = await owe(store, "d", [owed(1)], { subject: "room_2", acceptedAt: noon + 100 });
        assert.equal((await readable(store, epoch)).length, 2);
        await owe(store, "e", [owed(1)], { subject: "room_1", acceptedAt: noon + 100 });
        await ledger.settle(epoch, [end(one!)]);
        if (restarts) ({ epoch } = await ledger.acquire(later, 0));
        assert.equal((await readable(store, epoch, later, false)).length, 4);
        assert.deepEqual((await readable(store, epoch)).toSorted(), [two, other].toSorted());
      }
    });

    test("a delivery that failed holds its subject until it ends, however it ends", async () => {
      for (const state of ["delivered", "exhausted", "cancelled"] as const) {
        const store = await begin();
        const { ledger, epoch } = store;
        const [one, two] = await about(store, "room_1", "a", "b");
        const [other] = await about(store, "room_2", "c");
        await readable(store, epoch, noon);
        await ledger.settle(epoch, [fail(one!, noon + 500)]);
        assert.deepEqual(await readable(store, epoch, noon + 499), [other]);
        assert.deepEqual((await readable(store, epoch, noon + 500)).toSorted(), [one, other]);
        await ledger.settle(epoch, [fail(one!, noon + 900, 2)]);
        assert.deepEqual(await readable(store, epoch, noon + 600), [other]);
        await ledger.settle(epoch, [settlement(one!, 1, { attempt: 3, outcome: refusal, next: { state } })]);
        assert.deepEqual((await readable(store, epoch, noon + 950)).toSorted(), [two, other]);
      }
    });

    test("what failed before the lane kept order holds its subject, the oldest first, whatever is due first", async () => {
      for (const restarts of [false, true]) {
        const store = await begin();
        const { ledger } = store;
        let { epoch } = store;
        const [one, two, three] = await about(store, "room_1", "a", "b", "c");
        const [other] = await about(store, "room_2", "d");
        const [late] = await about(store, "room_3", "e");
        assert.equal((await readable(store, epoch, noon, false)).length, 5);
        const failed = (delivery: number, due: number) =>
          settlement(delivery, 1, { attempt: 1, outcome: refusal, next: { due } });
        await ledger.settle(epoch, [failed(two!, noon + 100), failed(one!, noon + 900), failed(late!, noon + 900)]);
        if (restarts) ({ epoch } = await ledger.acquire(noon, 0));
        const [later] = await about(store, "room_3", "f");
        const first = await read(store, epoch, noon + 200, true, 2);
        assert.deepEqual(first.numbers, [other], "two is due, and one came before");
        assert.deepEqual((await readable(store, epoch, noon + 900)).toSorted(), [one, other, late].toSorted());
        await ledger.settle(epoch, [end(one!, 2), end(late!, 2)]);
        assert.deepEqual((await readable(store, epoch, noon + 900)).toSorted(), [two, other, later].toSorted());
        // It keeps none for a while, in which what is first fails.
        assert.equal((await readable(store, epoch, noon + 900, false)).length, 4);
        await ledger.settle(epoch, [failed(two!, noon + 5_000)]);
        assert.deepEqual((await readable(store, epoch, noon + 900)).toSorted(), [other, later].toSorted());
        await ledger.settle(epoch, [end(two!, 3)]);
        assert.ok((await readable(store, epoch, noon + 900)).includes(three!));
      }
    });

    test("what fails after the lane began to keep order goes before what is younger and was let through meanwhile", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const [one, two] = await about(store, "room_1", "a", "b");
      assert.deepEqual(await readable(store, epoch, noon, false), [one, two]);
      const { number } = (await ledger.readDue(epoch, noon, [{ lane: 1, class: "live", limit: 9 }]))[0]!.rows[1]!;
      assert.equal(number, two);
      await ledger.settle(epoch, [settlement(two!, 1, { outcome: refusal, next: { due: noon + 10 } })]);
      assert.deepEqual(await readable(store, epoch, noon + 10), [one], "it was accepted before two");
    });

    test("who was accepted first goes first and alone, also where the clock was set back in between", async () => {
      const store = await begin();
      const [one] = await about(store, "room_1", "a");
      const [two] = await owe(store, "b", [owed(1)], { subject: "room_1", acceptedAt: noon - 1_000 });
      assert.deepEqual(await readable(store, store.epoch), [one]);
      await store.ledger.settle(store.epoch, [end(one!)]);
      assert.deepEqual(await readable(store, store.epoch), [two]);
    });

    test("what was read stays alone, also where one that was accepted before it can be read later", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      // Accepted by a clock that was ahead, since set back, or by that of another node.
      const [one] = await owe(store, "a", [owed(1)], { acceptedAt: noon + 500 });
      const [two] = await about(store, "room_1", "b");
      const [other] = await owe(store, "c", [owed(1)], { subject: "room_2", acceptedAt: noon + 500 });
      assert.deepEqual(await readable(store, epoch, noon), [two]);
      assert.deepEqual(await readable(store, epoch), [two, other], "two may be under way");
      await ledger.settle(epoch, [end(two!)]);
      assert.deepEqual((await readable(store, epoch)).toSorted(), [one, other]);
    });

    test("what can be read late waits for what is tried again, though it was accepted before that", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const [one] = await owe(store, "a", [owed(1)], { acceptedAt: noon + 500 });
      const [two] = await about(store, "room_1", "b");
      assert.deepEqual(await readable(store, epoch, noon), [two]);
      await ledger.settle(epoch, [fail(two!, noon + 100)]);
      assert.deepEqual(await readable(store, epoch, noon + 100), [two]);
      assert.deepEqual(await readable(store, epoch, noon + 500), [two], "it is under way once more");
      await ledger.settle(epoch, [fail(two!, later, 2)]);
      const [three] = await owe(store, "c", [owed(1)], { acceptedAt: noon + 500 });
      assert.deepEqual(await readable(store, epoch, noon + 500), [], "a delivery that fails holds its subject");
      await ledger.settle(epoch, [end(two!, 3)]);
      assert.deepEqual(await readable(store, epoch), [one]);
      await ledger.settle(epoch, [end(one!)]);
      assert.deepEqual(await readable(store, epoch), [three]);
    });

    test("what failed and waits in a line is due at once, too, when its owner wants the lane or it tried now", async () => {
      for (const all of [true, false]) {
        const store = await begin();
        const { ledger, epoch } = store;
        const numbers = await about(store, "room_1", "a", "b", "c", "d");
        await readable(store, epoch, noon, false);
        const failed = numbers.map((each, index) =>
          settlement(each, 1, { outcome: refusal, next: { due: later + index } }),
        );
        await ledger.settle(epoch, failed);
        assert.deepEqual(await readable(store, epoch, noon + 60_000), []);
        const counts: number[] = [];
        const hasten = async () => (counts[counts.length] = await ledger.hasten(epoch, 1, "retry", noon + 60_000, 3));
        while (all && (await hasten()) === 3);
        for (const each of all ? [] : numbers) {
          assert.equal(await ledger.hastenOne(epoch, each, noon + 60_000), "retry");
        }
        assert.deepEqual(counts, all ? [3, 1] : []);
        for (const each of numbers) {
          assert.deepEqual(await readable(store, epoch, noon + 60_000), [each]);
          await ledger.settle(epoch, [end(each, 2)]);
        }
      }
    });

    test("live deliveries, resends and replays of a subject are three lines", async () => {
      const store = await begin();
      const { ledger, epoch, history } = store;
      const [one, two] = await about(store, "room_1", "a", "b");
      const resent = [await ledger.resend(one!, noon), await ledger.resend(one!, noon)].map((each) => each!.number);
      const row = { event: (await history.event(null, "a"))!.number, lane: 1, variant: 0 };
      const replayed = await ledger.replay([row, row], noon);
      assert.deepEqual(await readable(store, epoch), [one, resent[0], replayed[0]]);
      await ledger.settle(epoch, [fail(resent[0]!, later + 1), fail(replayed[0]!, later + 1)]);
      assert.deepEqual(await readable(store, epoch), [one], "each waits for its own alone");
      await ledger.settle(epoch, [end(one!)]);
      assert.deepEqual(await readable(store, epoch), [two]);
      await ledger.settle(epoch, [end(resent[0]!, 2), end(replayed[0]!, 2)]);
      assert.deepEqual(await readable(store, epoch), [two, resent[1], replayed[1]]);
    });

    test("what waits behind a failed one hides nothing, and is met once", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const [head] = await about(store, "room_1", "head");
      await readable(store, epoch, noon);
      await ledger.settle(epoch, [fail(head!, later + 1)]);
      const ids = Array.from({ length: 9_000 }, (_, index) => `event_${index}`);
      await accept(
        store,
        ids.map((id) => event(id, { deliveries: [owed(1)] })),
      );
      const [other] = await about(store, "room_2", "other");
      const first = await read(store, epoch, later, true, 4);
      assert.deepEqual(first.numbers, [other]);
      assert.ok(first.reads > 2 && first.reads < 12, `${first.reads} reads`);
      assert.deepEqual(await read(store, epoch, later, true, 4), { numbers: [other], reads: 1 });
    });

    for (const isClean of [true, false]) {
      test(`the order outlives an end ${isClean ? "in order" : "by a crash"}`, async () => {
        const store = await begin();
        const { ledger } = store;
        const [one, two, three] = await about(store, "room_1", "a", "b", "c");
        const [alone] = await about(store, "room_2", "d");
        await readable(store, store.epoch, noon);
        await ledger.settle(store.epoch, [fail(one!, noon + 500_000), fail(alone!, noon + 500_000)]);
        if (isClean) await ledger.release(store.epoch);
        const { epoch, lanes } = await ledger.acquire(noon + 1, 0);
        assert.ok(lanes.some((each) => each.lane === 1));
        const [late] = await about(store, "room_2", "e");
        assert.deepEqual(await readable(store, epoch, noon + 1), []);
        await ledger.settle(epoch, [end(one!, 2), end(alone!, 2)]);
        assert.deepEqual(await readable(store, epoch), [two, late]);
        await ledger.settle(epoch, [end(two!)]);
        assert.deepEqual((await readable(store, epoch)).toSorted(), [three, late]);
      });
    }

    test("a delivery that failed without having been read holds its subject as well", async () => {
      const store = await begin();
      const [one] = await about(store, "room_1", "a", "b");
      await store.ledger.settle(store.epoch, [fail(one!, later + 1)]);
      assert.deepEqual(await readable(store, store.epoch), []);
    });

    test("one in quarantine steps aside", async () => {
      const store = await begin();
      const { ledger } = store;
      const [one, two] = await about(store, "room_1", "a", "b");
      let { epoch } = store;
      await readable(store, epoch);
      for (let crash = 0; crash < 2; crash++) {
        await ledger.markStarted(epoch, [one!]);
        ({ epoch } = await ledger.acquire(noon, 0));
      }
      assert.deepEqual(await readable(store, epoch), [two]);
    });

    test("one whose retention ends lets the next go", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const [one] = await about(store, "room_1", "old");
      const [two] = await owe(store, "new", [owed(1)], { acceptedAt: noon + 100 });
      assert.deepEqual(await readable(store, epoch), [one]);
      const pruned = await ledger.prune(epoch, { ...keepAll, events: noon + 50 }, noon + 100, 50);
      assert.equal(pruned.expired, 1);
      assert.deepEqual(await readable(store, epoch), [two]);
    });

    test("a lane that keeps no order any more lets everything go, also when a restart comes between", async () => {
      const store = await begin();
      const numbers = await about(store, "room_1", "a", "b", "c");
      await readable(store, store.epoch, noon);
      await store.ledger.settle(store.epoch, [fail(numbers[0]!, later + 1)]);
      const { epoch, lanes } = await store.ledger.acquire(noon + 1, 0);
      assert.deepEqual(
        lanes.find((each) => each.class === "live"),
        { lane: 1, class: "live", nextDue: noon + 1 },
      );
      assert.deepEqual(await readable(store, epoch, noon + 1, false), numbers.slice(1));
      await about(store, "room_1", "d");
      assert.equal((await readable(store, epoch, noon + 1, false)).length, 3);
    });

    test("of a removed subscription those who wait are cancelled, too", async () => {
      const store = await begin();
      const { ledger, registry, epoch } = store;
      await put(registry, "org_one", subscription(1));
      await about(store, "room_1", "a", "b", "c", "d", "e");
      await readable(store, epoch);
      assert.equal(await ledger.cancel(epoch, 1, noon, 2), 2);
      assert.equal(await ledger.cancel(epoch, 1, noon, 2), 2);
      assert.equal(await ledger.cancel(epoch, 1, noon, 2), 1);
      assert.deepEqual((await ledger.acquire(noon, 0)).lanes, []);
    });

    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant("accept" as const), subject: fc.integer({ min: 0, max: 2 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("resend" as const), pick: fc.nat() }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("end" as const, "fail" as const), pick: fc.nat() }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom("wait" as const, "restart" as const, "expire" as const) }),
      },
    );

    test("whatever happens, exactly the first of each line that is due can be read", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const store = await begin();
          const { ledger } = store;
          let [epoch, now] = [store.epoch, noon];
          /** Owed deliveries in the order of acceptance. */
          let model: { number: number; line: string; due: number; attempts: number; acceptedAt: number }[] = [];
          const heads = () => model.filter((each) => model.find(({ line }) => line === each.line) === each);
          const free = () => heads().filter(({ due }) => due <= now);
          for (const [index, each] of steps.entries()) {
            const chosen = "pick" in each ? free()[each.pick % Math.max(free().length, 1)] : undefined;
            if (each.do === "accept") {
              const subject = `room_${each.subject}`;
              const [number] = await owe(store, `event_${index}`, [owed(1)], { subject, acceptedAt: now });
              model.push({ number: number!, line: subject, due: now, attempts: 0, acceptedAt: now });
            } else if (each.do === "resend" && chosen !== undefined) {
              const again = (await ledger.resend(chosen.number, now))!;
              const line = `again ${chosen.line.replace("again ", "")}`;
              model.push({ ...chosen, number: again.number, line, due: now, attempts: 0 });
            } else if (each.do === "end" && chosen !== undefined) {
              await ledger.settle(epoch, [end(chosen.number, chosen.attempts + 1)]);
              model = model.filter((one) => one !== chosen);
            } else if (each.do === "fail" && chosen !== undefined) {
              chosen.due = now + 50;
              await ledger.settle(epoch, [fail(chosen.number, chosen.due, ++chosen.attempts)]);
            } else if (each.do === "wait") now += 30;
            else if (each.do === "restart") ({ epoch } = await ledger.acquire(now, 0));
            else if (each.do === "expire") {
              const events = now - 40;
              while ((await ledger.prune(epoch, { ...keepAll, events }, now, 1_000)).more);
              model = model.filter(({ acceptedAt }) => acceptedAt >= events);
            }
            assert.deepEqual(
              (await readable(store, epoch, now)).toSorted((a, b) => a - b),
              free().map(({ number }) => number),
            );
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}
