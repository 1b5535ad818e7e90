// The ledger against a model of it that fits on a page: random accepts, reads, attempts, cancels, resends and changes of
// owner must leave both owing the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { systemClock } from "../../src/clock.ts";
import { type DeliveryClass, deliveryClasses, type DeliveryState } from "../../src/model/delivery.ts";
import type { Epoch } from "../../src/store/shards.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { accept, addOrganization, event, noon, owed, readLane, refusal, settlement } from "../contract/samples.ts";

interface Row {
  readonly lane: number;
  readonly event: string;
  class: DeliveryClass;
  attempts: number;
  due: number;
  spilled: boolean;
  state: DeliveryState;
}

type Step =
  | { readonly do: "accept"; readonly id: number; readonly lanes: readonly number[]; readonly spilled: boolean }
  | { readonly do: "deliver" | "retry" | "resend" | "replay" | "spill"; readonly pick: number; readonly delay: number }
  | { readonly do: "cancel"; readonly lane: number; readonly limit: number }
  | { readonly do: "acquire"; readonly released: boolean };

const lane = fc.integer({ min: 1, max: 3 });
const pick = fc.nat(50);
const delay = fc.integer({ min: 0, max: 5_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      do: fc.constant("accept" as const),
      id: fc.nat(12),
      lanes: fc.uniqueArray(lane),
      spilled: fc.boolean(),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      do: fc.constantFrom("deliver" as const, "retry" as const, "resend" as const, "replay" as const, "spill" as const),
      pick,
      delay,
    }),
    weight: 6,
  },
  {
    arbitrary: fc.record({ do: fc.constant("cancel" as const), lane, limit: fc.integer({ min: 1, max: 3 }) }),
    weight: 1,
  },
  { arbitrary: fc.record({ do: fc.constant("acquire" as const), released: fc.boolean() }), weight: 1 },
);

async function run(store: Store, steps: readonly Step[]): Promise<void> {
  const { ledger, history } = store;
  const rows = new Map<number, Row>();
  const seen = new Set<string>();
  let { epoch } = await ledger.acquire(noon, 0);
  let now = noon;
  const isOwed = (row: Row) => row.state === "pending";
  const picked = (index: number) => [...rows.entries()][index % Math.max(rows.size, 1)];

  const moves: { readonly [Name in Step["do"]]: (step: never) => Promise<void> } = {
    async accept({ id, lanes, spilled }: Extract<Step, { do: "accept" }>) {
      const name = `event_${id}`;
      const deliveries = lanes.map((each) => owed(each, { spilled }));
      const [receipt] = await accept(store, [
        event(name, { idempotencyKey: { id: name, hash: "h" }, acceptedAt: now, deliveries }),
      ]);
      assert.equal(receipt?.status, seen.has(name) ? "duplicate" : "accepted");
      seen.add(name);
      if (receipt?.status !== "accepted") return;
      for (const [index, number] of receipt.deliveries.entries()) {
        rows.set(number, {
          lane: lanes[index]!,
          event: name,
          class: "live",
          attempts: 0,
          due: now,
          spilled,
          state: "pending",
        });
      }
    },
    async deliver(step: { pick: number }) {
      const [number, row] = picked(step.pick) ?? [];
      if (number === undefined || row === undefined || !isOwed(row)) return;
      row.attempts++;
      row.state = "delivered";
      await ledger.settle(epoch, [settlement(number, row.lane, { attempt: row.attempts, startedAt: now })]);
    },
    async retry(step: { pick: number; delay: number }) {
      const [number, row] = picked(step.pick) ?? [];
      if (number === undefined || row === undefined || !isOwed(row)) return;
      row.attempts++;
      if (row.class === "live") row.class = "retry";
      row.spilled = true;
      row.due = now + step.delay;
      const next = { due: row.due };
      await ledger.settle(epoch, [
        settlement(number, row.lane, { attempt: row.attempts, startedAt: now, outcome: refusal, next }),
      ]);
    },
    async resend(step: { pick: number }) {
      const [number, row] = picked(step.pick) ?? [];
      if (number === undefined || row === undefined) return;
      const again = await ledger.resend(number, now);
      assert.ok(again !== null && !rows.has(again.number));
      assert.equal(again.lane, row.lane);
      rows.set(again.number, { ...row, class: "retry", attempts: 0, due: now, spilled: true, state: "pending" });
    },
    async replay(step: { pick: number }) {
      const [, row] = picked(step.pick) ?? [];
      if (row === undefined) return;
      const event = (await history.event(null, row.event))!.number;
      const [number] = await ledger.replay([{ event, lane: row.lane, variant: 0 }], now);
      assert.ok(number !== undefined && number > 0 && !rows.has(number));
      rows.set(number, { ...row, class: "replay", attempts: 0, due: now, spilled: true, state: "pending" });
    },
    async spill(step: { pick: number; delay: number }) {
      const [number, row] = picked(step.pick) ?? [];
      if (number === undefined || row === undefined || !isOwed(row)) return;
      row.spilled = true;
      row.due = now + step.delay;
      await ledger.spill(epoch, [number], row.due);
    },
    async cancel({ lane, limit }: Extract<Step, { do: "cancel" }>) {
      let left = [...rows.values()].filter((row) => row.lane === lane && isOwed(row)).length;
      for (let count = limit; count === limit; left -= count) {
        count = await ledger.cancel(epoch, lane, now, limit);
        assert.equal(count, Math.min(limit, left));
      }
      for (const row of rows.values()) if (row.lane === lane && isOwed(row)) row.state = "cancelled";
    },
    async acquire({ released }: Extract<Step, { do: "acquire" }>) {
      if (released) await ledger.release(epoch);
      const owner = await ledger.acquire(now, 0);
      epoch = owner.epoch;
      for (const row of rows.values()) {
        if (!isOwed(row)) continue;
        // Without a release they may have been under way, so they keep their place.
        if (released && row.attempts > 0 && row.spilled && row.due < now) row.due = now;
        if (row.attempts === 0) row.due = Math.min(row.due, now);
        row.spilled = true;
      }
      const lanes = new Set([...rows.values()].filter(isOwed).map((row) => row.lane));
      assert.deepEqual(new Set(owner.lanes.map(({ lane }) => lane)), lanes);
    },
  };

  for (const each of steps) {
    await moves[each.do](each as never);
    now += 700;
    for (const [lane, due] of await readLanes(store, epoch, now)) {
      const expected = [...rows]
        .filter(([, row]) => row.lane === lane && isOwed(row) && row.spilled && row.due <= now)
        .toSorted(([a, left], [b, right]) => order(left) - order(right) || left.due - right.due || a - b)
        .map(([number, row]) => [number, row.class, row.event, row.attempts, row.due]);
      assert.deepEqual(due, expected);
    }
  }
  for (const [number, row] of rows) {
    const view = await history.delivery(number);
    assert.deepEqual([view?.state, view?.attempts, view?.event], [row.state, row.attempts, row.event]);
  }
  assert.equal((await history.totals()).pending, [...rows.values()].filter(isOwed).length);
}

const order = (row: Row): number => deliveryClasses.indexOf(row.class);

async function readLanes({ ledger }: Store, epoch: Epoch, now: number) {
  const lanes: (readonly [lane: number, rows: readonly unknown[]])[] = [];
  for (const lane of [1, 2, 3]) {
    const { rows } = await readLane(ledger, epoch, now, lane, 1_000);
    lanes.push([lane, rows.map((row) => [row.number, row.class, row.event.id, row.attempts, row.due])]);
  }
  return lanes;
}

test("the ledger owes what its model owes, whatever happens to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const store = await openSqliteInProcess({ directory: null, masterKey: new Uint8Array(32), clock: systemClock });
      try {
        await addOrganization(store.registry);
        await run(store, steps);
      } finally {
        await store.close();
      }
    }),
    { numRuns: 60 },
  );
});
