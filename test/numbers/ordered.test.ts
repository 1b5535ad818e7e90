import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { inOrder, pageIn } from "../../src/numbers/ordered.ts";

test("pages of a list join to the list in order, each item once, whatever the length of a page", () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { maxLength: 40 });
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 4 }), (all, limit, divisor) => {
      const list = inOrder(all, (id) => id);
      const fits = (id: string): boolean => id.length % divisor === 0;
      const read: string[] = [];
      let after: string | null = null;
      do {
        const page: { items: readonly string[]; after: string | null } = pageIn(list, { after, limit }, fits);
        assert.ok(page.items.length <= limit);
        // No page but an empty list's is empty: whoever follows `after` always gets something.
        assert.ok(page.items.length > 0 || (after === null && page.after === null));
        read.push(...page.items);
        after = page.after;
      } while (after !== null);
      assert.deepEqual(
        read,
        all.filter(fits).toSorted((a, b) => (a < b ? -1 : 1)),
      );
    }),
  );
});

test("a page goes on behind its place although the item there is gone", () => {
  const list = inOrder(["a", "c", "d"], (id) => id);
  assert.deepEqual(
    pageIn(list, { after: "b", limit: 1 }, () => true),
    { items: ["c"], after: "c" },
  );
  assert.deepEqual(
    pageIn(list, { after: "d", limit: 1 }, () => true),
    { items: [], after: null },
  );
  assert.deepEqual(
    pageIn(list, { after: null, limit: 3 }, () => true),
    { items: ["a", "c", "d"], after: null },
  );
});
