// Contract of the ledger: lanes that want the latest states only. Of what waits about one state of one subject the newest stays;
// nothing else is ever superseded, and the newest never is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { deliveryClasses } from "../../src/model/delivery.ts";
import type { NewEvent } from "../../src/store/acceptance.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import { accept, addOrganization, event, noon, owe, owed, put, refusal, settlement, subscription } from "./samples.ts";

const later = noon + 1e9;
const states = { ROOM_OCCUPANCY: "occupancy", PIR_MOTION: "motion", PIR_NO_MOTION: "motion" };

export function testNewest(open: Open): void {
  describe("latest only", () => {
    const begin = async () => {
      const store = await open();
      await addOrganization(store.registry);
      await put(store.registry, "org_one", subscription(1));
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { ...store, epoch };
    };
    const read = async (store: Store, epoch: Epoch, underWay: readonly number[] = [], now = later) => {
      for (let superseded = 0; ; ) {
        const latest = { states, underWay };
        const asked = deliveryClasses.map((each) => ({ lane: 1, class: each, limit: 100, latest }));
        const answers = await store.ledger.readDue(epoch, now, asked);
        for (const answer of answers) superseded += answer.superseded;
        const numbers = answers.flatMap(({ rows }) => rows.map(({ number }) => number));
        if (answers.every(({ moved }) => moved === 0)) return { numbers, superseded };
      }
    };
    const readable = async (...given: Parameters<typeof read>) => (await read(...given)).numbers;
    const say = async (store: Store, id: string, change: Partial<NewEvent> = {}) =>
      (await owe(store, id, [owed(1)], change))[0]!;
    const end = (delivery: number, attempt = 1) => settlement(delivery, 1, { attempt });
    const fail = (delivery: number, due: number, attempt = 1) =>
      settlement(delivery, 1, { attempt, outcome: refusal, next: { due } });
    const stateOf = async (store: Store, delivery: number) => (await store.history.delivery(delivery))?.state;

    test("of what waits about a subject the newest can be read, and older ones are superseded and listed", async () => {
      const store = await begin();
      const one = await say(store, "a");
      const two = await say(store, "b", { at: noon + 1 });
      const other = await say(store, "c", { subject: "room_2" });
      assert.deepEqual(await read(store, store.epoch), { numbers: [two, other], superseded: 1 });
      assert.equal(await stateOf(store, one), "superseded");
      const query = { organization: null, subscription: null, since: null, limit: 10, before: null };
      const listed = await store.history.deliveries({ ...query, state: "superseded" });
      assert.deepEqual(
        listed.items.map(({ number, last }) => [number, last?.code]),
        [[one, "superseded"]],
      );
    });

    test("newest is by the moment of sensing, then by acceptance", async () => {
      const store = await begin();
      const newer = await say(store, "a", { at: noon + 5 });
      await say(store, "late", { at: noon + 1 });
      assert.deepEqual(await readable(store, store.epoch), [newer]);
      const same = await say(store, "same", { at: noon + 5 });
      assert.deepEqual(await readable(store, store.epoch), [same]);
    });

    test("one that is due before others that were looked at supersedes them: the clock was set back, or it was in memory", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      await say(store, "a");
      await readable(store, epoch);
      const back = await say(store, "b", { at: noon + 1, acceptedAt: noon - 1_000 });
      assert.deepEqual(await read(store, epoch), { numbers: [back], superseded: 1 });
      const [kept] = await owe(store, "c", [owed(1, { spilled: false })], { at: noon + 3 });
      await say(store, "d", { at: noon + 2 });
      await readable(store, epoch);
      await ledger.spill(epoch, [kept!], noon - 1);
      assert.deepEqual(await read(store, epoch), { numbers: [kept], superseded: 1 });
    });

    test("both edges of motion are one state, each kind of state has its own newest, and nothing else is superseded", async () => {
      const store = await begin();
      const occupancy = await say(store, "a");
      await say(store, "b", { type: "PIR_MOTION" });
      const rest = await say(store, "c", { type: "PIR_NO_MOTION" });
      const minutes = [
        await say(store, "d", { type: "ROOM_OCCUPANCY_1MIN" }),
        await say(store, "e", { type: "ROOM_OCCUPANCY_1MIN" }),
      ];
      assert.deepEqual(await readable(store, store.epoch), [occupancy, rest, ...minutes]);
    });

    test("resends and replays neither supersede nor are superseded", async () => {
      const store = await begin();
      const { ledger, epoch, history } = store;
      const one = await say(store, "a");
      const resent = (await ledger.resend(one, noon))!.number;
      const row = { event: (await history.event(null, "a"))!.number, lane: 1, variant: 0 };
      const [replayed] = await ledger.replay([row], noon);
      const two = await say(store, "b", { at: noon + 1 });
      assert.deepEqual(await readable(store, epoch), [two, resent, replayed]);
    });

    test("what is under way is not superseded and stands alone; if it fails, the newer one that waits takes its place", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const one = await say(store, "a");
      assert.deepEqual(await readable(store, epoch), [one]);
      await say(store, "b", { at: noon + 1 });
      const three = await say(store, "c", { at: noon + 2 });
      assert.deepEqual(await read(store, epoch, [one]), { numbers: [one], superseded: 1 });
      await ledger.settle(epoch, [fail(one, noon + 500)]);
      assert.deepEqual(await read(store, epoch, [], noon + 1), { numbers: [three], superseded: 1 });
      assert.equal(await stateOf(store, one), "superseded");
      await ledger.settle(epoch, [end(three)]);
      assert.deepEqual(await readable(store, epoch), []);
    });

    test("one that has failed while its owner still took it for under way gives way, too", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const one = await say(store, "a");
      assert.deepEqual(await readable(store, epoch), [one]);
      const two = await say(store, "b", { at: noon + 1 });
      // Both are asked in one turn: the owner does not know yet that the first is written.
      await Promise.all([
        ledger.settle(epoch, [fail(one, noon + 500)]),
        ledger.supersede(epoch, 1, { states, underWay: [one] }, noon + 2),
      ]);
      assert.deepEqual(await read(store, epoch, []), { numbers: [two], superseded: 1 });
    });

    test("one that failed with nothing newer is tried again, until something newer waits", async () => {
      for (const isRestarted of [false, true]) {
        const store = await begin();
        let { epoch } = store;
        const one = await say(store, "a");
        await readable(store, epoch);
        await store.ledger.settle(epoch, [fail(one, noon + 500)]);
        assert.deepEqual(await readable(store, epoch, [], noon + 400), []);
        assert.deepEqual(await readable(store, epoch, [], noon + 500), [one]);
        if (isRestarted) ({ epoch } = await store.ledger.acquire(noon + 1, 0));
        const two = await say(store, "b", { at: noon + 1 });
        assert.deepEqual(await readable(store, epoch, [], noon + 2), [two]);
        assert.equal(await stateOf(store, one), "superseded");
      }
    });

    test("a delivered state is not the newest of what waits: a late one goes out", async () => {
      const store = await begin();
      const one = await say(store, "a", { at: noon + 5 });
      await readable(store, store.epoch);
      await store.ledger.settle(store.epoch, [end(one)]);
      const late = await say(store, "late", { at: noon + 1 });
      assert.deepEqual(await readable(store, store.epoch), [late]);
    });

    test("a backlog is superseded in slices, without being read", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const events = Array.from({ length: 5_000 }, (_, index) =>
        event(`event_${index}`, { subject: `room_${index % 10}`, at: noon + index, deliveries: [owed(1)] }),
      );
      await accept(store, events);
      let [superseded, slices] = [0, 0];
      for (let more = true; more; slices++) {
        const slice = await ledger.supersede(epoch, 1, { states, underWay: [] }, noon + 10_000);
        superseded += slice.superseded;
        ({ more } = slice);
      }
      assert.deepEqual([superseded, slices], [4_990, 3]);
      assert.equal((await readable(store, epoch)).length, 10);
    });

    test("in a lane in order the newest of a state waits for its turn, and those before it that are states are superseded", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const heads = async (underWay: readonly number[] = []) => {
        for (;;) {
          const latest = { states, underWay };
          const [answer] = await ledger.readDue(epoch, later, [
            { lane: 1, class: "live", limit: 9, inOrder: true, latest },
          ]);
          if (answer!.moved === 0) return answer!.rows.map(({ number }) => number);
        }
      };
      const minute = await say(store, "a", { type: "ROOM_OCCUPANCY_1MIN" });
      assert.deepEqual(await heads(), [minute]);
      const old = await say(store, "b");
      assert.deepEqual(await heads([minute]), [minute]);
      const fresh = await say(store, "c", { at: noon + 1 });
      assert.deepEqual(await heads([minute]), [minute]);
      assert.equal(await stateOf(store, old), "superseded");
      await ledger.settle(epoch, [end(minute)]);
      assert.deepEqual(await heads(), [fresh]);
    });

    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constant("say" as const),
          subject: fc.integer({ min: 0, max: 1 }),
          at: fc.integer({ min: 0, max: 3 }),
          type: fc.constantFrom("ROOM_OCCUPANCY", "PIR_MOTION", "PIR_NO_MOTION", "TRAFFIC"),
          setBack: fc.constantFrom(0, 0, 45),
        }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("start" as const), pick: fc.nat() }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("end" as const, "fail" as const), pick: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("wait" as const, "restart" as const) }) },
    );

    test("what waits for its turn goes once its lane keeps no order any more, and so the other way round", async () => {
      const store = await begin();
      const { ledger, epoch } = store;
      const readAs = async (inOrder: boolean, wantsLatest: boolean, underWay: readonly number[] = []) => {
        for (;;) {
          const modes = { inOrder, ...(wantsLatest && { latest: { states, underWay } }) };
          const asked = deliveryClasses.map((each) => ({ lane: 1, class: each, limit: 100, ...modes }));
          const answers = await ledger.readDue(epoch, noon, asked);
          if (answers.every(({ moved }) => moved === 0)) {
            return answers.flatMap(({ rows }) => rows.map(({ number }) => number)).toSorted();
          }
        }
      };
      const minute = await say(store, "a", { type: "ROOM_OCCUPANCY_1MIN" });
      const one = await say(store, "b");
      assert.deepEqual(await readAs(true, true), [minute], "one waits for the minute");
      assert.deepEqual(await readAs(false, true, [minute]), [minute, one]);
      // While one is under way the next of its state waits; with order for all of the subject.
      const two = await say(store, "c", { at: noon + 1 });
      assert.deepEqual(await readAs(false, true, [minute, one]), [minute, one]);
      assert.deepEqual(await readAs(true, false), [minute]);
      await ledger.settle(epoch, [end(minute)]);
      assert.deepEqual(await readAs(true, false), [one]);
      await ledger.settle(epoch, [end(one)]);
      assert.deepEqual(await readAs(true, false), [two]);
    });

    test("whatever happens, exactly what is no older state can be read, and the newest is never superseded", async () => {
      interface Row {
        readonly number: number;
        readonly key: string | null;
        readonly at: number;
        due: number;
        attempts: number;
        underWay: boolean;
      }
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
          const store = await begin();
          const { ledger } = store;
          let [epoch, now] = [store.epoch, noon];
          let model: Row[] = [];
          const isOlder = (one: Row, other: Row) =>
            one.at < other.at || (one.at === other.at && one.number < other.number);
          const outdated = (one: Row) =>
            one.key !== null && !one.underWay && model.some((other) => other.key === one.key && isOlder(one, other));
          for (const [index, each] of steps.entries()) {
            const some = model.filter(({ underWay, due }) =>
              each.do === "start" ? !underWay && due <= now : underWay,
            );
            const stands = (one: Row) =>
              one.key !== null && model.some((other) => other.underWay && other.key === one.key);
            const choice = each.do === "start" ? some.filter((one) => !stands(one)) : some;
            const chosen = "pick" in each ? choice[each.pick % Math.max(choice.length, 1)] : undefined;
            if (each.do === "say") {
              const { type } = each;
              const [subject, at] = [`room_${each.subject}`, noon + each.at];
              const due = now - each.setBack;
              const number = await say(store, `event_${index}`, { type, subject, at, acceptedAt: due });
              const kind = (states as Record<string, string>)[type];
              const key = kind === undefined ? null : `${kind} ${subject}`;
              model.push({ number, key, at, due, attempts: 0, underWay: false });
            } else if (each.do === "start" && chosen !== undefined) chosen.underWay = true;
            else if (each.do === "end" && chosen !== undefined) {
              await ledger.settle(epoch, [end(chosen.number, chosen.attempts + 1)]);
              model = model.filter((one) => one !== chosen);
            } else if (each.do === "fail" && chosen !== undefined) {
              Object.assign(chosen, { due: now + 50, underWay: false });
              await ledger.settle(epoch, [fail(chosen.number, chosen.due, ++chosen.attempts)]);
            } else if (each.do === "wait") now += 30;
            else if (each.do === "restart") {
              ({ epoch } = await ledger.acquire(now, 0));
              for (const one of model) one.underWay = false;
            }
            const underWay = model.filter((one) => one.underWay).map(({ number }) => number);
            const found = await readable(store, epoch, underWay, now);
            model = model.filter((one) => !outdated(one));
            const expected = model.filter((one) => one.due <= now && (one.underWay || !stands(one)));
            assert.deepEqual(
              found.toSorted((a, b) => a - b),
              expected.map(({ number }) => number),
            );
          }
        }),
        { numRuns: 25 },
      );
    });
  });
}
