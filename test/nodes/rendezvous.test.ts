import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { assign } from "../../src/nodes/rendezvous.ts";

const slices = 32;
const names = fc.uniqueArray(fc.stringMatching(/^node_[a-z]{4}$/), { minLength: 1, maxLength: 12 });
const countOf = (owners: readonly string[], node: string): number => owners.filter((each) => each === node).length;
const moved = (one: readonly string[], other: readonly string[]): number =>
  one.filter((node, slice) => node !== other[slice]).length;

test("every slice has a node, none has more than its part, and the order in which nodes are named is nothing", () => {
  fc.assert(
    fc.property(names, (nodes) => {
      const owners = assign(nodes, slices);
      assert.equal(owners.length, slices);
      for (const node of nodes) assert.ok(countOf(owners, node) <= Math.ceil(slices / nodes.length));
      assert.ok(owners.every((each) => nodes.includes(each)));
      assert.deepEqual(assign(nodes.toReversed(), slices), owners);
    }),
  );
  assert.deepEqual(assign([], slices), []);
});

test("a node that joins or leaves moves hardly more than its own part", () => {
  let [joins, least] = [0, 0];
  fc.assert(
    fc.property(names, fc.stringMatching(/^more_[a-z]{4}$/), (nodes, more) => {
      const [before, after] = [assign(nodes, slices), assign([...nodes, more], slices)];
      joins += moved(before, after);
      least += countOf(after, more);
      assert.ok(moved(before, after) <= countOf(after, more) + Math.ceil(slices / 4));
    }),
    { seed: 1, numRuns: 300 },
  );
  assert.ok(joins <= least * 1.5, `${joins} were moved where ${least} had to be`);
});
