import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createResidentRows } from "../../../src/delivery/lane/resident.ts";
import * as windows from "../../../src/delivery/lane/buffer.ts";
import type { DueDelivery } from "../../../src/store/ledger.ts";

const event = { number: 1, id: "evt_1", dialect: "butlr", type: "T", body: "{}", revision: 0, previous: null } as const;
const row = (number: number, attempts: number, due: number): DueDelivery => ({
  number,
  lane: 1,
  variant: 0,
  attempts,
  due,
  createdAt: due,
  event,
});

// A disk beside the window, and everything that can happen between the two in any order: accepting is split into
// promise, commit and news, reading into question and answer, booking into outcome and commit.
test("through any order of accepting, reading, attempting, booking and evicting, every delivery is attempted, none twice at once, first attempts in order, and the window keeps its size", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(
        fc.constantFrom(
          "reserve",
          "reserve",
          "commit",
          "news",
          "ask",
          "answer",
          "start",
          "start",
          "fail",
          "succeed",
          "book",
          "evict",
          "spill",
          "tick",
        ),
        { minLength: 20, maxLength: 200, size: "max" },
      ),
      (size, steps) => {
        const window = windows.createBuffer();
        const held = createResidentRows();
        const disk = new Map<number, DueDelivery>();
        const owed = new Map<number, DueDelivery>();
        let now = 1;
        let last = 0;
        let promised: boolean[] = [];
        let written: { delivery: DueDelivery; room: boolean }[] = [];
        let asked: { rows: DueDelivery[]; nextDue: number | null } | null = null;
        const inFlight = new Map<number, DueDelivery>();
        const ended: { delivery: DueDelivery; due: number | null }[] = [];
        const released: number[] = [];
        const parking: DueDelivery[][] = [];
        const firsts: number[] = [];

        const park = (rows: DueDelivery[]) => {
          if (rows.length === 0) return;
          window.spilling++;
          parking.push(rows);
        };
        const act: Record<string, () => void> = {
          tick: () => void now++,
          reserve: () => void promised.push(windows.reserve(window, size)),
          commit() {
            for (const room of promised) {
              const delivery = row(++last, 0, now);
              owed.set(last, delivery);
              if (!room) disk.set(last, delivery);
              written.push({ delivery, room });
            }
            promised = [];
          },
          news() {
            for (const { delivery, room } of written) {
              if (!room) windows.spilledFirst(window, delivery.due);
              else if (!windows.add(window, delivery, held)) park([delivery]);
            }
            written = [];
          },
          ask() {
            if (!windows.wantsRead(window, size, now)) return;
            const limit = windows.beginRead(window, size, now);
            const parked = [...disk.values()].toSorted((a, b) => a.due - b.due || a.number - b.number);
            const rows = parked.filter(({ due }) => due <= now).slice(0, limit);
            asked = { rows, nextDue: parked[rows.length]?.due ?? null };
          },
          answer() {
            if (asked === null) return;
            windows.endRead(window, asked, held);
            asked = null;
            for (const number of released.splice(0)) held.delete(number);
          },
          start() {
            const delivery = windows.next(window, 5);
            if (delivery === undefined) return;
            assert.ok(owed.has(delivery.number), "no attempt after the end");
            assert.ok(!inFlight.has(delivery.number), "one attempt at a time");
            assert.ok(
              ended.every((other) => other.delivery.number !== delivery.number),
              "none before the last is booked",
            );
            inFlight.set(delivery.number, delivery);
            if (delivery.attempts === 0) firsts.push(delivery.number);
          },
          fail: () => end((delivery) => now + (delivery.number % 3)),
          succeed: () => end(() => null),
          book() {
            for (const { delivery, due } of ended.splice(0)) {
              const { number, attempts } = delivery;
              disk.delete(number);
              if (due === null) owed.delete(number);
              else {
                const retry = row(number, attempts + 1, due);
                owed.set(number, retry);
                disk.set(number, retry);
              }
              window.unsettled--;
              if (asked === null) held.delete(number);
              else released.push(number);
              if (due !== null) windows.spilledRetry(window, due);
            }
          },
          evict: () => park(windows.unload(window, held)),
          spill() {
            for (const rows of parking.splice(0)) {
              for (const delivery of rows) disk.set(delivery.number, { ...delivery, due: rows[0]!.due });
              window.spilling--;
              windows.spilledFirst(window, rows[0]!.due);
            }
          },
        };
        function end(due: (delivery: DueDelivery) => number | null): void {
          const [delivery] = inFlight.values();
          if (delivery === undefined) return;
          inFlight.delete(delivery.number);
          ended.push({ delivery, due: due(delivery) });
        }

        for (const step of steps) {
          act[step]!();
          assert.ok(windows.rowsOf(window) <= size, "the window keeps its size");
        }
        // Calm: nothing new comes, all that is owed must be found.
        for (let round = 0; round < 3_000 && owed.size + promised.length + written.length > 0; round++) {
          for (const step of ["commit", "news", "spill", "ask", "answer", "start", "succeed", "book", "tick"])
            act[step]!();
        }
        assert.equal(owed.size, 0, "everything is attempted in the end");
        assert.equal(held.size, 0);
        assert.deepEqual(
          firsts,
          firsts.toSorted((a, b) => a - b),
          "first attempts in order of acceptance",
        );
        assert.equal(new Set(firsts).size, firsts.length);
      },
    ),
    { numRuns: 6_000 },
  );
});

test("what a read could not take in is known by its due time, though what was read before it goes", () => {
  const window = windows.createBuffer();
  const held = createResidentRows();
  const rows = [1, 2, 3, 4].map((number) => row(number, 0, number));
  for (const each of rows) windows.spilledFirst(window, each.due);
  assert.equal(windows.beginRead(window, 2, 10), 2);
  assert.equal(windows.endRead(window, { rows: rows.slice(0, 2), nextDue: 3 }, held), 2);
  windows.next(window, 5);
  windows.next(window, 5);
  // Those in flight are asked for again; one of them is booked meanwhile, so that more come than there is room for.
  assert.equal(windows.beginRead(window, 1, 10), 3);
  window.unsettled--;
  held.delete(1);
  assert.equal(windows.endRead(window, { rows: rows.slice(1), nextDue: null }, held), 1);
  assert.equal(windows.oldestDue(window), 3);
  windows.next(window, 5);
  assert.equal(windows.oldestDue(window), 4);
});

test("a lane whose retries fill their part still takes first attempts into memory", () => {
  const window = windows.createBuffer();
  const held = createResidentRows();
  windows.spilledRetry(window, 1);
  const limit = windows.beginRead(window, 8, 1);
  const rows = Array.from({ length: limit }, (_, index) => row(index + 1, 1, 1));
  windows.endRead(window, { rows, nextDue: 1 }, held);
  assert.equal(windows.waitingRows(window), 4);
  assert.equal(windows.reserve(window, 8), true);
});
