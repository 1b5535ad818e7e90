import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createResidentRows } from "../../../src/delivery/lane/resident.ts";
import type { DueDelivery } from "../../../src/store/owed.ts";

const delivery = (number: number, length: number): DueDelivery => ({
  number,
  lane: 1,
  class: "live",
  variant: 0,
  attempts: 0,
  due: 0,
  createdAt: 0,
  sequence: null,
  event: { number, id: "e", dialect: "butlr", type: "TRAFFIC", body: "x".repeat(length), revision: 0, previous: null },
});

test("bodies of every length count while their deliveries are held, each once", () => {
  const step = fc.record({
    number: fc.integer({ min: 1, max: 5 }),
    length: fc.nat({ max: 9_000 }),
    spilled: fc.option(fc.boolean(), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const held = createResidentRows();
      const expected = new Map<number, { length: number; spilled: boolean }>();
      for (const { number, length, spilled } of steps) {
        if (spilled === undefined) {
          held.delete(number);
          expected.delete(number);
        } else {
          held.add(delivery(number, length), spilled);
          expected.set(number, { length, spilled });
        }
        assert.equal(held.size, expected.size);
        assert.equal(
          held.bytes,
          [...expected.values()].reduce((sum, { length }) => sum + length, 0),
        );
        for (let each = 1; each <= 5; each++) {
          assert.equal(held.get(each), expected.get(each)?.spilled);
          assert.equal(held.has(each), expected.has(each));
        }
      }
    }),
  );
});
