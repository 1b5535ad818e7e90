import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createResidentRows } from "../../../src/delivery/lane/resident.ts";
import * as windows from "../../../src/delivery/lane/buffer.ts";
import { classAfterFailure, type DeliveryClass, deliveryClasses } from "../../../src/model/delivery.ts";
import { sizeOf } from "../../../src/delivery/structures/fifo.ts";
import type { DueDelivery } from "../../../src/store/owed.ts";

const event = { number: 1, id: "evt_1", dialect: "butlr", type: "T", body: "{}", revision: 0, previous: null } as const;
const row = (number: number, ofClass: DeliveryClass, attempts: number, due: number): DueDelivery => ({
  number,
  lane: 1,
  class: ofClass,
  variant: 0,
  attempts,
  due,
  createdAt: due,
  event,
  sequence: null,
});

// A disk beside the window, and everything that can happen between the two in any order: accepting is split into
// promise, commit and news, reading into question and answer, booking into outcome and commit.
test("through any order of accepting, reading, attempting, booking and evicting, every delivery is attempted, none twice at once, first attempts of a class in order, and each class keeps to its room", () => {
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
          "resend",
          "replay",
          "replay",
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
        const asked = new Map<DeliveryClass, { rows: DueDelivery[]; nextDue: number | null; moved: number }>();
        const inFlight = new Map<number, DueDelivery>();
        const ended: { delivery: DueDelivery; due: number | null }[] = [];
        const released: number[] = [];
        const parking: DueDelivery[][] = [];
        const firsts: Record<DeliveryClass, number[]> = { live: [], retry: [], replay: [] };

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
              const delivery = row(++last, "live", 0, now);
              owed.set(last, delivery);
              if (!room) disk.set(last, delivery);
              written.push({ delivery, room });
            }
            promised = [];
          },
          news() {
            for (const { delivery, room } of written) {
              if (!room) windows.spilled(window, "live", delivery.due);
              else if (!windows.add(window, delivery, held)) park([delivery]);
            }
            written = [];
          },
          ask() {
            if (asked.size > 0) return;
            for (const each of deliveryClasses) {
              if (!windows.wantsReadOf(window, each, size, now)) continue;
              const limit = windows.beginRead(window, each, size, now);
              const all = [...disk.values()].filter((delivery) => delivery.class === each);
              const ordered = all.toSorted((a, b) => a.due - b.due || a.number - b.number);
              const rows = ordered.filter(({ due }) => due <= now).slice(0, limit);
              asked.set(each, { rows, nextDue: ordered[rows.length]?.due ?? null, moved: 0 });
            }
          },
          answer() {
            if (asked.size === 0) return;
            for (const [each, rows] of asked) windows.endRead(window, each, rows, held);
            asked.clear();
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
            if (delivery.attempts === 0) firsts[delivery.class].push(delivery.number);
          },
          fail: () => end((delivery) => now + (delivery.number % 3)),
          succeed: () => end(() => null),
          book() {
            for (const { delivery, due } of ended.splice(0)) {
              const { number, attempts } = delivery;
              disk.delete(number);
              if (due === null) owed.delete(number);
              else {
                const retry = row(number, classAfterFailure(delivery.class), attempts + 1, due);
                owed.set(number, retry);
                disk.set(number, retry);
              }
              windows.settled(window, delivery);
              if (asked.size === 0) held.delete(number);
              else released.push(number);
              if (due !== null) windows.spilled(window, classAfterFailure(delivery.class), due);
            }
          },
          resend: () => owe("retry"),
          replay: () => owe("replay"),
          evict: () => park(windows.unload(window, held)),
          spill() {
            for (const rows of parking.splice(0)) {
              for (const delivery of rows) disk.set(delivery.number, { ...delivery, due: rows[0]!.due });
              window.spilling--;
              windows.spilled(window, "live", rows[0]!.due);
            }
          },
        };
        function owe(ofClass: DeliveryClass): void {
          const delivery = row(++last, ofClass, 0, now);
          owed.set(last, delivery);
          disk.set(last, delivery);
          windows.spilled(window, ofClass, now);
        }
        function end(due: (delivery: DueDelivery) => number | null): void {
          const [delivery] = inFlight.values();
          if (delivery === undefined) return;
          inFlight.delete(delivery.number);
          ended.push({ delivery, due: due(delivery) });
        }

        for (const step of steps) {
          act[step]!();
          assert.ok(windows.liveRows(window) <= size, "live rows keep to their room");
          assert.ok(sizeOf(window.retry.rows) <= Math.ceil(size / 2), "retries keep to half of it");
          assert.ok(sizeOf(window.replay.rows) <= Math.ceil(size / 4), "replays keep to a quarter of it");
        }
        // Calm: nothing new comes, all that is owed must be found.
        for (let round = 0; round < 3_000 && owed.size + promised.length + written.length > 0; round++) {
          for (const step of ["commit", "news", "spill", "ask", "answer", "start", "succeed", "book", "tick"])
            act[step]!();
        }
        assert.equal(owed.size, 0, "everything is attempted in the end");
        assert.equal(held.size, 0);
        for (const each of Object.values(firsts)) {
          assert.deepEqual(
            each,
            each.toSorted((a, b) => a - b),
            "first attempts of a class in the order of its deliveries",
          );
          assert.equal(new Set(each).size, each.length);
        }
      },
    ),
    { numRuns: 6_000 },
  );
});

test("what a read could not take in is known by its due time, though what was read before it goes", () => {
  const window = windows.createBuffer();
  const held = createResidentRows();
  const rows = [1, 2, 3, 4].map((number) => row(number, "live", 0, number));
  for (const each of rows) windows.spilled(window, "live", each.due);
  assert.equal(windows.beginRead(window, "live", 2, 10), 2);
  assert.equal(windows.endRead(window, "live", { rows: rows.slice(0, 2), nextDue: 3, moved: 0 }, held), 2);
  windows.next(window, 5);
  windows.next(window, 5);
  // Those in flight are asked for again; one of them is booked meanwhile, so that more come than there is room for.
  assert.equal(windows.beginRead(window, "live", 1, 10), 3);
  windows.settled(window, rows[0]!);
  held.delete(1);
  assert.equal(windows.endRead(window, "live", { rows: rows.slice(1), nextDue: null, moved: 0 }, held), 1);
  assert.equal(windows.oldestDue(window), 3);
  windows.next(window, 5);
  assert.equal(windows.oldestDue(window), 4);
});

/** A buffer with so many rows in memory, read from the disk but for live ones. */
function bufferOf(size: number, counts: Readonly<Record<DeliveryClass, number>>) {
  const buffer = windows.createBuffer();
  const resident = createResidentRows();
  let last = 0;
  for (const each of deliveryClasses) {
    if (counts[each] === 0) continue;
    windows.spilled(buffer, each, 1);
    windows.beginRead(buffer, each, size, 1);
    const rows = Array.from({ length: counts[each] }, () => row(++last, each, 0, 1));
    windows.endRead(buffer, each, { rows, nextDue: null, moved: 0 }, resident);
  }
  return buffer;
}

/** The classes of so many starts, as l, r and p. */
const starts = (buffer: windows.LaneBuffer, count: number): string =>
  Array.from({ length: count }, () => ({ live: "l", retry: "r", replay: "p" })[windows.next(buffer, 10)!.class]).join(
    "",
  );

test("retries and replays fill their own room only: live deliveries still go into memory, up to the whole of theirs", () => {
  const buffer = bufferOf(8, { live: 0, retry: 100, replay: 100 });
  assert.equal(windows.waitingRows(buffer), 4 + 2);
  for (let each = 0; each < 8; each++) assert.equal(windows.reserve(buffer, 8), true);
  assert.equal(windows.reserve(buffer, 8), false);
});

test("a live delivery goes into memory though replays and retries are on the disk, known or being read", () => {
  const buffer = windows.createBuffer();
  const resident = createResidentRows();
  windows.spilled(buffer, "replay", 1);
  windows.spilled(buffer, "retry", 1);
  windows.beginRead(buffer, "replay", 1, 1);
  assert.equal(windows.reserve(buffer, 1), true);
  assert.equal(windows.add(buffer, row(1, "live", 0, 1), resident), true);
  assert.equal(windows.next(buffer, 10)?.class, "live");
});

test("live deliveries that wait on the disk do not keep retries and replays from being read", () => {
  const buffer = bufferOf(8, { live: 100, retry: 0, replay: 0 });
  windows.spilled(buffer, "live", 1);
  windows.spilled(buffer, "retry", 5);
  windows.spilled(buffer, "replay", 7);
  const wanted = (now: number) => deliveryClasses.filter((each) => windows.wantsReadOf(buffer, each, 8, now));
  assert.deepEqual(wanted(4), [], "there are live ones enough, and the others are not due");
  assert.deepEqual(wanted(5), ["retry"]);
  assert.deepEqual(wanted(7), ["retry", "replay"]);
  assert.equal(windows.dueAfter(buffer, 5), 7);
});

test("while several classes wait every tenth start goes to a lower one, by turns where there are two", () => {
  const all = { live: 100, retry: 100, replay: 100 };
  const lives = "l".repeat(9);
  assert.equal(starts(bufferOf(400, all), 40), `${lives}r${lives}p${lives}r${lives}p`);
  assert.equal(starts(bufferOf(400, { ...all, replay: 0 }), 20), `${lives}r${lives}r`);
  assert.equal(starts(bufferOf(400, { ...all, retry: 0 }), 20), `${lives}p${lives}p`);
  const retries = "r".repeat(9);
  assert.equal(starts(bufferOf(400, { ...all, live: 0 }), 20), `${retries}p${retries}p`);

  // Live ones end and come again: neither of the others is passed over for more than 19 starts.
  const buffer = bufferOf(400, { live: 9, retry: 100, replay: 100 });
  assert.equal(starts(buffer, 10), `${lives}r`);
  assert.equal(starts(buffer, 10), `${retries}p`);
  for (let each = 0; each < 20; each++) {
    windows.reserve(buffer, 400);
    windows.add(buffer, row(1_000 + each, "live", 0, 1), createResidentRows());
  }
  assert.equal(starts(buffer, 20), `${lives}r${lives}p`);
});

test("a class that waits alone has every start, and these do not count for the turn of the lower ones", () => {
  for (const each of deliveryClasses) {
    const buffer = bufferOf(400, { live: 0, retry: 0, replay: 0, [each]: 30 });
    assert.equal(new Set(starts(buffer, 30)).size, 1);
    assert.equal(buffer.turn, 0);
  }
});

test("rows that fell due in a jump of the clock are put off, but for live ones", () => {
  const buffer = windows.createBuffer();
  for (const each of deliveryClasses) windows.spilled(buffer, each, 100);
  windows.putOff(buffer, 50, 150, 200);
  assert.deepEqual([buffer.live.nextDue, buffer.retry.nextDue, buffer.replay.nextDue], [100, 200, 200]);
  windows.putOff(buffer, 200, 300, 400);
  assert.equal(buffer.retry.nextDue, 200, "what was due before the jump is not");
});
