import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createDueTimes } from "../../src/sensing/due-times.ts";

describe("due times", () => {
  test("give each thing once, at the time it was given last", () => {
    const due = createDueTimes();
    due.set("a", 10);
    due.set("b", 7);
    due.set("a", 5);
    assert.equal(due.next(), 5);
    assert.equal(due.take(4), undefined);
    assert.equal(due.take(5), "a");
    assert.equal(due.take(6), undefined);
    due.set("b", 20);
    assert.equal(due.next(), 20);
    due.delete("b");
    assert.equal(due.next(), Infinity);
    assert.equal(due.take(100), undefined);
  });

  test("are as a list that is sorted anew each time", () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant("set" as const), id: fc.constantFrom("a", "b", "c", "d"), at: fc.nat(20) }),
      fc.record({ kind: fc.constant("delete" as const), id: fc.constantFrom("a", "b", "c", "d") }),
      fc.record({ kind: fc.constant("take" as const), now: fc.nat(20) }),
      fc.record({ kind: fc.constant("clear" as const) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const due = createDueTimes();
        const model = new Map<string, number>();
        for (const each of acts) {
          if (each.kind === "set") {
            due.set(each.id, each.at);
            model.set(each.id, each.at);
          } else if (each.kind === "delete") {
            due.delete(each.id);
            model.delete(each.id);
          } else if (each.kind === "clear") {
            due.clear();
            model.clear();
          } else {
            const taken = due.take(each.now);
            const first = Math.min(...model.values());
            assert.equal(taken === undefined ? undefined : model.get(taken), first <= each.now ? first : undefined);
            if (taken !== undefined) model.delete(taken);
          }
          assert.equal(due.next(), Math.min(...model.values()));
        }
      }),
    );
  });
});
