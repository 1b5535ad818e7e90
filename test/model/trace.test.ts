import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { readTrace, traceHeaders, traceOfText, traceText } from "../../src/model/trace.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";
const good = `00-${traceId}-${parentId}-01`;

test("a traceparent is read as the standard says", () => {
  assert.deepEqual(readTrace(good, undefined), { traceId, parentId, isSampled: true, state: null });
  assert.equal(readTrace(`00-${traceId}-${parentId}-00`, undefined)?.isSampled, false);
  // Only the first bit is known; a later version may have more fields, and goes on as version 00.
  assert.equal(readTrace(`00-${traceId}-${parentId}-fe`, undefined)?.isSampled, false);
  for (const later of [`cc-${traceId}-${parentId}-01`, `cc-${traceId}-${parentId}-03-what-comes`]) {
    assert.deepEqual(traceHeaders(readTrace(later, undefined)!), [["traceparent", good]]);
  }
});

test("a bad traceparent is ignored, and with it the tracestate", () => {
  for (const bad of [
    "",
    "00",
    `ff-${traceId}-${parentId}-01`,
    `00-${"0".repeat(32)}-${parentId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    good.toUpperCase(),
    `00-${traceId.slice(1)}-${parentId}-01`,
    `00-${traceId}-${parentId}-1`,
    `00-${traceId}-${parentId}-0g`,
    `${good}-`,
    `${good}-00`,
    `${good}\n`,
    ` ${good}`,
    `cc-${traceId}-${parentId}-01x`,
    `${good}, ${good}`,
  ]) {
    assert.equal(readTrace(bad, "vendor=1"), null, bad);
  }
  assert.equal(readTrace(undefined, "vendor=1"), null);
});

test("a tracestate goes on with its trace, and a bad one is left out whole", () => {
  const stateOf = (state: string) => readTrace(good, state)!.state;
  assert.equal(stateOf("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"), "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  assert.equal(stateOf(" a=1 ,, \tb@c=2 "), "a=1,b@c=2");
  assert.equal(stateOf("1a@b=x y"), "1a@b=x y");
  const members = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(",");
  assert.equal(stateOf(members(32)), members(32));
  for (const bad of [
    "",
    ",",
    "a",
    "A=1",
    "a=",
    "a=b=c",
    "a=é",
    "a=1,b",
    "a=1,a=2",
    members(33),
    `a=${"x".repeat(511)}`,
  ]) {
    assert.equal(stateOf(bad), null, bad);
  }
});

test("a trace is the same after it was kept, and goes out as it came but for the parent", () => {
  const hex = (length: number) =>
    fc
      .array(fc.constantFrom(..."0123456789abcdef".split("")), { minLength: length, maxLength: length })
      .map((digits) => digits.join(""))
      .filter((digits) => /[^0]/.test(digits));
  const state = fc.constantFrom("a=1", "rojo=00f067aa0ba902b7,congo=t61 rcWkgMzE");
  const contexts = fc.record(
    {
      traceId: hex(32),
      parentId: hex(16),
      isSampled: fc.boolean(),
      state: fc.option(state),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(contexts, (context) => {
      assert.deepEqual(traceOfText(traceText(context)), context);
      const { traceparent, tracestate } = Object.fromEntries(traceHeaders(context));
      assert.deepEqual(readTrace(traceparent, tracestate), context);
    }),
  );
  assert.equal(traceOfText("nonsense"), null);
});
