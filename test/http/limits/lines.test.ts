import assert from "node:assert/strict";
import { test } from "node:test";
import { createLines } from "../../../src/http/limits/lines.ts";
import { calm } from "../../fixtures/steered-clock.ts";

function stage(most: number) {
  const lines = createLines(most);
  const inside: string[] = [];
  const enter = (sharer: string, name = sharer) =>
    lines.enter(sharer, () => {
      inside.push(name);
    });
  return { lines, inside, enter };
}

test("so many of one sharer are inside, and the next goes in when one leaves; others do not wait for them", async () => {
  const { inside, enter } = stage(2);
  const leave = ["a1", "a2", "a3", "a4"].map((name) => enter("a", name));
  enter("b", "b1");
  assert.deepEqual(inside, ["a1", "a2", "b1"]);
  leave[1]!();
  leave[1]!();
  await calm();
  assert.deepEqual(inside, ["a1", "a2", "b1", "a3"]);
  leave[0]!();
  await calm();
  assert.deepEqual(inside.at(-1), "a4");
});

test("whoever leaves the line does not go in, also when its turn has just come", async () => {
  const { inside, enter } = stage(1);
  const leave = ["a1", "a2", "a3", "a4"].map((name) => enter("a", name));
  leave[1]!();
  leave[0]!();
  leave[2]!();
  await calm();
  assert.deepEqual(inside, ["a1", "a4"]);
  leave[3]!();
  enter("a", "a5");
  assert.equal(inside.at(-1), "a5");
});

test("ten thousand that leave as soon as they are in come through", async () => {
  const { lines } = stage(1);
  let left = 0;
  for (let count = 0; count < 10_000; count++) {
    lines.enter("a", (leave) => {
      left++;
      leave();
    });
  }
  await calm();
  assert.equal(left, 10_000);
});
