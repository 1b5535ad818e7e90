import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import { createWayIn, operator } from "./fixture.ts";

const example = JSON.parse(
  readFileSync(new URL("../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;
const traffic = (more: object = {}) => ({
  kind: "traffic",
  sensor: "sensor_door",
  at: Date.UTC(2026, 0, 5, 7, 59),
  in: 1,
  out: 0,
  ...more,
});

test("a request tells how many observations were accepted, known or refused, and folding tells what followed", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.observe(traffic({ id: "a" }), traffic({ id: "a" }), traffic({ sensor: "sensor_nowhere" }));
  await way.deriver.settled();
  assert.deepEqual(way.heard, [
    ["accepted", "observation", 1, 1, 1],
    // The traffic, and that its sensor and its hive are there.
    ["folded", 1, 3],
  ]);
  await way.close();
});

test("what was not written is not told as folded", async () => {
  const way = await createWayIn();
  await way.put(example);
  let failures = 1;
  way.beforeAccept = () => {
    if (failures-- > 0) throw new Error("The disk is full.");
  };
  await way.observe(traffic());
  await way.clock.pass(1_000);
  await way.deriver.settled();
  assert.equal(way.errors.length, 1);
  assert.deepEqual(way.heard.slice(1), [["folded", 1, 3]]);
  await way.close();
});

test("ready-made events are told as events, refused ones too", async () => {
  const way = await createWayIn();
  await way.put(example);
  const addressee = { organization: null, building: null, unit: null, tenant: null };
  const value = { no: "event" };
  await way.acceptor.events("butlr", [{ text: JSON.stringify(value), value }], addressee, operator);
  assert.deepEqual(way.heard, [["accepted", "event", 0, 0, 1]]);
  await way.close();
});

test("minutes, changed sensors and lost spaces are told once they are durable, and once", async () => {
  const way = await createWayIn();
  await way.put(example);
  const frames = (people: number, from: number, until: number) =>
    Array.from({ length: until - from }, (_, second) => ({
      kind: "detections",
      sensor: "sensor_lobby",
      at: Date.UTC(2026, 0, 5, 7, 59) + (from + second) * 1_000,
      world: Array.from({ length: people }, (_each, index) => [1 + index, 2]),
    }));
  await way.observe(...frames(1, 0, 20));
  await way.deriver.settled();
  let isFull = true;
  way.beforeAccept = () => {
    if (isFull) throw new Error("The disk is full.");
  };
  await way.clock.pass(10_000);
  assert.deepEqual(way.sensed, [
    ["changed", "org_example", "SENSOR_HEALTH"],
    ["changed", "org_example", "HIVE_HEALTH"],
  ]);
  isFull = false;
  await way.clock.pass(50_000);
  await way.deriver.settled();
  const [, , minutes, ...lost] = way.sensed;
  // The floor, the lobby and its desk.
  assert.deepEqual(minutes, ["minutes", 3, 0, 0]);
  assert.ok(lost.length > 0 && lost.every(([name]) => name === "lost" || name === "changed"));
  way.sensed.length = 0;
  await way.observe(...frames(2, 20, 60));
  await way.clock.pass(20_000);
  await way.deriver.settled();
  assert.deepEqual(
    way.sensed.filter(([name]) => name === "minutes"),
    [["minutes", 0, 2, 0]],
  );
  way.sensed.length = 0;
  await way.clock.pass(300_000);
  await way.observe(...frames(2, 0, 5));
  await way.deriver.settled();
  assert.deepEqual(
    way.sensed.filter(([name]) => name === "minutes"),
    [["minutes", 0, 0, 5]],
  );
  await way.close();
});

test("what was folded and what followed from it is told once it is durable, observation by observation", async () => {
  const way = await createWayIn();
  await way.put(example);
  let isFull = true;
  way.beforeAccept = () => {
    if (isFull) throw new Error("The disk is full.");
  };
  await way.observe(traffic({ id: "a" }), traffic({ id: "b", kind: "heartbeat", in: undefined, out: undefined }));
  await way.clock.pass(500);
  assert.deepEqual(way.written, []);
  isFull = false;
  await way.clock.pass(1_000);
  await way.deriver.settled();
  assert.deepEqual(way.written, [
    ["org_example", "events"],
    ["org_example", "traffic"],
    ["org_example", "heartbeat"],
  ]);
  await way.close();
});

test("ready-made events are told by their organization once they are durable, and refused ones are not", async () => {
  const way = await createWayIn();
  await way.put(example);
  const addressee = { organization: null, building: null, unit: null, tenant: null };
  const send = (value: object) =>
    way.acceptor.events("butlr", [{ text: JSON.stringify(value), value }], addressee, operator);
  await send({ no: "event" });
  assert.deepEqual(way.written, []);
  const metadata = { org_id: "org_example", site_id: "s", building_id: "b", floor_id: "f", room_id: "r" };
  await send({ id: "e", type: "ROOM_OCCUPANCY", timestamp: way.clock.now(), version: "v1.0.0", metadata, data: 1 });
  assert.deepEqual(way.written, [["org_example", "events"]]);
  await way.close();
});
