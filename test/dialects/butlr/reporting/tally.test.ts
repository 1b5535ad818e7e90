import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../../fixtures/properties.ts";
import { createTally, type StatisticFunction } from "../../../../src/dialects/butlr/reporting/tally.ts";
import { plainFunctions } from "./plain-report.ts";

const near = (given: number | null, wanted: number): void => {
  assert.ok(given !== null && Math.abs(given - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)), `${given} ${wanted}`);
};

test("a tally gives every statistic of its numbers, small, large and broken ones, and forgets them when cleared", () => {
  const anyNumber = fc.oneof(
    fc.nat(9),
    fc.nat(300),
    fc.nat(2 ** 20),
    fc.nat(1_000).map((value) => value / 8),
  );
  fc.assert(
    fc.property(
      fc.array(anyNumber, { maxLength: 5 }),
      fc.array(anyNumber, { minLength: 1, maxLength: 40 }),
      (before, values) => {
        const tally = createTally();
        for (const value of before) tally.add(value);
        tally.clear();
        assert.deepEqual([tally.count, tally.of("sum"), tally.of("count"), tally.of("median")], [0, 0, 0, null]);
        for (const value of values) tally.add(value);
        for (const [name, of] of Object.entries(plainFunctions)) near(tally.of(name as StatisticFunction), of(values));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
        const found = tally.of("deviation")!;
        assert.ok(Math.abs(found ** 2 - variance) <= 1e-3 + variance * 1e-5, `${found ** 2} ${variance}`);
      },
    ),
  );
});
