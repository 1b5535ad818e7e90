import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createHeld } from "../../../src/delivery/lane/resident.ts";
import type { DueDelivery } from "../../../src/store/ledger.ts";

const delivery = (number: number, length: number): DueDelivery => ({
  number,
  lane: 1,
  variant: 0,
  attempts: 0,
  due: 0,
  createdAt: 0,
  event: { number, id: "e", dialect: "butlr", type: "TRAFFIC", body: "x".repeat(length), revision: 0, previous: null },
});

test("bodies of every length count while their deliveries are held, each once", () => {
  const step = fc.record({
    number: fc.integer({ min: 1, max: 5 }),
    length: fc.nat({ max: 9_000 }),
    parked: fc.option(fc.boolean(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const held = createHeld();
      const expected = new Map<number, { length: number; parked: boolean }>();
      for (const { number, length, parked } of steps) {
        if (parked === undefined) {
          held.delete(number);
          expected.delete(number);
        } else {
          held.add(delivery(number, length), parked);
          expected.set(number, { length, parked });
        }
        assert.equal(held.size, expected.size);
        assert.equal(
          held.bytes,
          [...expected.values()].reduce((sum, { length }) => sum + length, 0),
        );
        for (let each = 1; each <= 5; each++) {
          assert.equal(held.get(each), expected.get(each)?.parked);
          assert.equal(held.has(each), expected.has(each));
        }
      }
    }),
  );
});
