// Answers written in steps: the same text as JSON.stringify, however large, and no step long.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonSteps, textSteps } from "../../src/http/json-answer.ts";
import { atOnce, type Steps } from "../../src/steps.ts";

const textOf = (steps: Steps<readonly Buffer[]>): string => Buffer.concat(atOnce(steps)).toString();

function countSteps(steps: Steps<unknown>): number {
  let count = 1;
  while (!steps.next().done) count++;
  return count;
}

/** Texts that are longer than a step, with characters of two units wherever one could be cut. */
const longText = fc
  .tuple(fc.constantFrom("a", '"', "😀", "\ud800", "\udc00x", "ü\n"), fc.integer({ min: 0, max: 3 }))
  .map(([piece, shift]) => "b".repeat(shift) + piece.repeat(40_000 / piece.length));

test("an answer written in steps is what JSON.stringify makes of it", () => {
  const item = fc.oneof(
    fc.jsonValue(),
    longText,
    fc.record({ id: fc.string(), gone: fc.constant(undefined), body: longText, list: fc.array(fc.jsonValue()) }),
  );
  const answer: fc.Arbitrary<unknown> = fc.oneof(
    item,
    fc.array(item),
    fc.record({ data: fc.array(item), next: fc.jsonValue() }),
  );
  const examples: unknown[] = [{}, [], "", null, 0, { data: [] }, { a: undefined }, [undefined, "x".repeat(20_000)]];
  fc.assert(
    fc.property(answer, (value) => assert.equal(textOf(jsonSteps(value)), JSON.stringify(value))),
    { numRuns: 60, examples: examples.map((value) => [value] as [unknown]) },
  );
});

test("a text that is an answer goes out as it is", () => {
  fc.assert(
    fc.property(longText, (text) => assert.equal(textOf(textSteps(text)), Buffer.from(text).toString())),
    { numRuns: 20 },
  );
});

test("a page of large items is written in many steps, one large text too, and a short page in one", () => {
  const body = "x".repeat(10_000);
  const page = (count: number, body: string) => ({ data: Array.from({ length: count }, () => ({ body })), next: null });
  assert.ok(countSteps(jsonSteps(page(100, body))) > 100);
  assert.ok(countSteps(jsonSteps({ body: "x".repeat(1_000_000) })) > 60);
  assert.ok(countSteps(textSteps("x".repeat(1_000_000))) > 60);
  assert.equal(countSteps(jsonSteps(page(20, "x".repeat(300)))), 1);
});
