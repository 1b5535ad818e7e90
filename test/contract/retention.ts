// Contract of forgetting: what is old goes, what is owed of it ends first, what is young stays.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewObservation } from "../../src/store/acceptance.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Pruned, PruneBefore } from "../../src/store/removal.ts";
import type { Store } from "../../src/store/store.ts";
import type { Open } from "./index.ts";
import {
  accept,
  addOrganization,
  event,
  keepAll,
  noon,
  observation,
  owe,
  owed,
  progress,
  readLane,
  settlement,
} from "./samples.ts";

const day = 86_400_000;

/** Forgets in slices as small as they come. */
async function forgetAll({ ledger }: Store, epoch: Epoch, retention: PruneBefore) {
  const sum = { events: 0, observations: 0, inputs: 0, minuteHours: 0, expired: 0 };
  const lanes = new Set<number>();
  let slice: Pruned;
  do {
    slice = await ledger.prune(epoch, retention, noon, 0);
    sum.events += slice.events;
    sum.observations += slice.observations;
    sum.inputs += slice.idempotencyKeys;
    sum.minuteHours += slice.minuteHours;
    sum.expired += slice.expired;
    for (const lane of slice.lanes) lanes.add(lane);
  } while (slice.more);
  return { ...sum, lanes: [...lanes] };
}

/** Appends observations, and returns their places in the log. */
async function log({ ledger }: Store, ...observations: NewObservation[]): Promise<readonly number[]> {
  const receipts = await ledger.appendObservations(observations);
  return receipts.map((receipt) => (receipt.status === "accepted" ? receipt.number : 0));
}

/** Sensing has read the log up to here. */
const fold = ({ ledger }: Store, epoch: Epoch, position: number) => ledger.accept([], progress(epoch, position));

export function testForgetting(open: Open): void {
  describe("forgetting", () => {
    const begin = async () => {
      const store = await open();
      await addOrganization(store.registry);
      const { epoch } = await store.ledger.acquire(noon, 0);
      return { store, epoch };
    };

    test("old events go with their attempts, and what is still owed of them expires", async () => {
      const { store, epoch } = await begin();
      const old: number[] = [];
      for (let index = 0; index < 700; index++) {
        old.push(...(await owe(store, `event_${index}`, [owed(1, { spilled: index % 2 === 0 })])));
      }
      const [young] = await owe(store, "event_young", [owed(1)], { acceptedAt: noon + day });
      const [youngDone] = await owe(store, "event_done", [owed(1)], { acceptedAt: noon + day });
      await store.ledger.settle(
        epoch,
        [...old.slice(0, 400), youngDone!].map((number) => settlement(number, 1)),
      );
      const forgotten = await forgetAll(store, epoch, { ...keepAll, events: noon + 1 });
      assert.deepEqual(forgotten, {
        events: 700,
        observations: 0,
        inputs: 0,
        minuteHours: 0,
        expired: 300,
        lanes: [1],
      });
      assert.equal(await store.history.event(null, "event_3"), null);
      assert.equal(await store.history.delivery(old[3]!), null);
      assert.deepEqual(await store.history.attempts(old[3]!), []);
      assert.deepEqual(await store.history.totals(), { observations: 0, events: 2, pending: 1, attempts: 1 });
      const lane = await readLane(store.ledger, epoch, noon + 2 * day, 1, 9);
      assert.deepEqual(
        lane?.rows.map(({ number }) => number),
        [young],
      );
      await store.ledger.settle(epoch, [settlement(old[500]!, 1)]);
      assert.equal(await store.history.delivery(old[500]!), null);
    });

    test("an old event that is owed again expires with it, and nothing of it is seen any more", async () => {
      const { store, epoch } = await begin();
      const [first] = await owe(store, "event_old", [owed(1)]);
      const [kept] = await owe(store, "event_new", [owed(1)], { acceptedAt: noon + day });
      const again = await store.ledger.resend(first!, noon + day);
      const done = await store.ledger.resend(first!, noon + day);
      await store.ledger.settle(epoch, [settlement(done!.number, 1, { startedAt: noon + day })]);
      const { expired } = await forgetAll(store, epoch, { ...keepAll, events: noon + 1 });
      assert.equal(expired, 2);
      for (const gone of [first!, again!.number, done!.number]) assert.equal(await store.history.delivery(gone), null);
      const lane = await readLane(store.ledger, epoch, noon + 2 * day, 1, 9);
      assert.deepEqual(
        lane?.rows.map(({ number }) => number),
        [kept],
      );
      assert.equal(lane?.nextDue, null);
    });

    test("numbers rise on although the rows that held the highest are gone", async () => {
      const { store, epoch } = await begin();
      const [delivery] = await owe(store, "event_old", [owed(1)]);
      const [logged] = await log(store, observation());
      const before = await store.history.event(null, "event_old");
      await fold(store, epoch, logged!);
      await forgetAll(store, epoch, { ...keepAll, events: noon + 1, observations: noon + 1 });
      const [next] = await owe(store, "event_new", [owed(1)]);
      const [position] = await log(store, observation());
      assert.ok(next! > delivery!);
      assert.ok((await store.history.event(null, "event_new"))!.number > before!.number);
      assert.ok(position! > logged!);
    });

    test("observations have a retention of their own", async () => {
      const { store, epoch } = await begin();
      const [, young] = await log(store, observation(), observation({ acceptedAt: noon + day }));
      await accept(store, [event("event_a")]);
      await fold(store, epoch, young!);
      assert.equal(await store.ledger.isLogWhole(), true);
      const forgotten = await forgetAll(store, epoch, { ...keepAll, observations: noon + 1 });
      assert.deepEqual(forgotten, { events: 0, observations: 1, inputs: 0, minuteHours: 0, expired: 0, lanes: [] });
      assert.equal((await store.ledger.readObservations(0, 9)).length, 1);
      assert.equal(await store.ledger.isLogWhole(), false);
    });

    test("an observation that sensing has not read yet is kept, however old it is", async () => {
      const { store, epoch } = await begin();
      const [first, ...others] = await log(store, observation(), observation(), observation());
      await fold(store, epoch, first!);
      const retention = { ...keepAll, observations: noon + day };
      assert.equal((await forgetAll(store, epoch, retention)).observations, 1);
      assert.deepEqual(
        (await store.ledger.readObservations(0, 9)).map(({ position }) => position),
        others,
      );
      await fold(store, epoch, others[1]!);
      assert.equal((await forgetAll(store, epoch, retention)).observations, 2);
    });

    test("an observation that a restarted sensing reads again is kept, however old it is", async () => {
      const { store, epoch } = await begin();
      const [first, , last] = await log(store, observation(), observation(), observation());
      await store.ledger.accept([], progress(epoch, last!, { rereadFrom: first! }));
      const retention = { ...keepAll, observations: noon + day };
      assert.equal((await forgetAll(store, epoch, retention)).observations, 1);
      await store.ledger.accept([], progress(epoch, last!, { rereadFrom: Number.MAX_SAFE_INTEGER }));
      await store.ledger.appendObservations([observation()]);
      assert.equal((await forgetAll(store, epoch, retention)).observations, 2);
      assert.equal((await store.ledger.readObservations(0, 9)).length, 1);
    });

    test("the ids of senders are remembered until their day goes", async () => {
      const { store, epoch } = await begin();
      const given = (id: string, acceptedAt: number) => observation({ idempotencyKey: { id, hash: "h" }, acceptedAt });
      await store.ledger.appendObservations([given("a", noon), given("b", noon + day), given("c", noon)]);
      assert.equal((await forgetAll(store, epoch, { ...keepAll, idempotencyKeys: noon })).inputs, 0);
      assert.equal((await forgetAll(store, epoch, { ...keepAll, idempotencyKeys: noon + day })).inputs, 2);
      const receipts = await store.ledger.appendObservations([given("a", noon + day), given("b", noon + day)]);
      assert.deepEqual(
        receipts.map(({ status }) => status),
        ["accepted", "duplicate"],
      );
    });
  });
}
