import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineEvents, joinListeners, openToListeners } from "../../src/model/engine-events.ts";

const unexpected = (error: unknown) => assert.fail(String(error));

test("what nobody listens to is not there to be called", () => {
  assert.deepEqual(joinListeners([], unexpected), {});
  const joined = joinListeners([{ folded: () => {} }, {}], unexpected);
  assert.deepEqual(Object.keys(joined), ["folded"]);
});

test("each listener hears what happens, in order and with the very same objects", () => {
  const heard: unknown[][] = [];
  const hears = (name: string): EngineEvents => ({
    accepted: (...given) => heard.push([name, ...given]),
    folded: (...given) => heard.push([name, ...given]),
  });
  const joined = joinListeners([hears("a"), { folded: () => {} }, hears("b")], unexpected);
  const result = { accepted: 1, duplicates: 0, rejected: [] };
  joined.accepted?.("event", result);
  joined.folded?.(2, 3);
  assert.deepEqual(
    heard.map(([name]) => name),
    ["a", "b", "a", "b"],
  );
  assert.equal(heard[1]![2], result);
  assert.deepEqual(heard[3]!.slice(0, 3), ["b", 2, 3]);
});

test("a listener that throws keeps neither the caller nor other listeners from going on", () => {
  const faults: unknown[] = [];
  const fault = new Error("no");
  let heard = 0;
  const throws: EngineEvents = {
    folded: () => {
      throw fault;
    },
  };
  joinListeners([throws, { folded: () => heard++ }], (error) => faults.push(error)).folded?.(1, 1);
  assert.deepEqual([heard, faults], [1, [fault]]);
});

test("a listener joins and leaves while the engine runs, and one that has left is not there to be called", () => {
  const heard: string[] = [];
  const hears = (name: string): EngineEvents => ({ folded: () => heard.push(name) });
  const faults: unknown[] = [];
  const { events, listen } = openToListeners([hears("first")], (error) => faults.push(error));
  const leave = listen({ ...hears("guest"), eventsWritten: (id) => heard.push(id) });
  const another = listen({
    folded() {
      throw new Error("no");
    },
  });
  events.folded?.(1, 1);
  events.eventsWritten?.("org_1", true);
  assert.deepEqual([heard, faults.length], [["first", "guest", "org_1"], 1]);
  leave();
  leave();
  another();
  events.folded?.(1, 1);
  assert.deepEqual([heard.slice(3), faults.length], [["first"], 1]);
  assert.equal(events.eventsWritten, undefined);
});
