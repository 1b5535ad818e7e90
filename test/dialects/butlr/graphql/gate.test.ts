import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, test } from "node:test";
import { createGate } from "../../../../src/dialects/butlr/graphql/gate.ts";

describe("the gate of large answers", () => {
  test("lets in one of each organization, and no more than there is room for", async () => {
    const gate = createGate(2);
    const inside: string[] = [];
    const leaves = new Map<string, () => void>();
    const enter = (organization: string, name: string) =>
      void gate.enter(organization).then((leave) => {
        inside.push(name);
        leaves.set(name, leave);
      });
    enter("a", "a1");
    enter("a", "a2");
    enter("b", "b1");
    enter("c", "c1");
    await nextTurn();
    assert.deepEqual(inside, ["a1", "b1"]);
    leaves.get("b1")!();
    leaves.get("b1")!();
    await nextTurn();
    assert.deepEqual(inside, ["a1", "b1", "c1"], "a2 still waits for a1, and leaving twice counts once");
    leaves.get("a1")!();
    await nextTurn();
    assert.deepEqual(inside, ["a1", "b1", "c1", "a2"]);
  });
});
