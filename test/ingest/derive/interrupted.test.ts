// What sensing has concluded, and how far the log is read again, while reads fail, processes end and the log never becomes empty.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ModelDocument } from "../../../src/building/document.ts";
import { hall } from "../../sensing/hall.ts";
import { createWayIn, type WayIn } from "../fixture.ts";

const minute = 60_000;
const example = JSON.parse(
  readFileSync(new URL("../../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;

/** A way in with the hall, and the begin of a minute that lies a little in the past. */
async function hallAt(): Promise<{ readonly way: WayIn; readonly t: number }> {
  const way = await createWayIn();
  await way.put(hall() as unknown as ModelDocument);
  const now = way.clock.now();
  await way.clock.pass(minute - (now % minute));
  return { way, t: way.clock.now() };
}

const frame = (sensor: string, at: number, people: number) => ({
  kind: "detections",
  sensor,
  at,
  world: Array.from({ length: people }, (_, index) => [5, 0.5 + 1.1 * index]),
});

/** Written to the log as if accepted at this moment, without a word to the deriver. */
const logged = (way: WayIn, acceptedAt: number, ...observations: readonly (object & { readonly at: number })[]) =>
  way.store.ledger.appendObservations(
    observations.map((each) => ({
      organization: "org_1",
      kind: "detections",
      floor: "space_1",
      at: each.at,
      acceptedAt,
      idempotencyKey: null,
      body: JSON.stringify({ id: null, ...each }),
    })),
  );

const minutesOf = async (way: WayIn) =>
  (await way.events("ROOM_OCCUPANCY_1MIN")).map(({ body }) => [body["timestamp"], body["data"]]);

/** Nobody wakes the deriver but its own timers. */
async function pass(way: WayIn, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) await way.clock.pass(1_000);
}

test("a minute that ends in the same moment as the log of a late one cannot be read is said all the same", async () => {
  const { way, t } = await hallAt();
  for (let second = 0; second < 120; second++) {
    await way.observe(frame("sensor_3", way.clock.now(), 1));
    await way.clock.pass(1_000);
  }
  // The first minute is closed, and something of it comes late, so that both minutes are due together.
  way.beforeReadFloor = () => {
    if (way.clock.now() < t + 140_000) throw new Error("disk on fire");
  };
  await pass(way, 4);
  await way.observe(...Array.from({ length: 24 }, (_, index) => frame("sensor_3", t + 2_000 * index + 500, 2)));
  await pass(way, 30);
  assert.ok(way.errors.length > 0);
  const said = await minutesOf(way);
  assert.deepEqual(
    said.filter(([at]) => at === t + minute),
    [[t + minute, 1]],
  );
  await way.close();
});

test("what comes after the lateness changes nothing, however late the minute is computed", async () => {
  const { way, t } = await hallAt();
  await logged(way, t + 30_000, ...Array.from({ length: 20 }, (_, index) => frame("sensor_3", t + 1_000 * index, 1)));
  await logged(way, t + 2 * minute, frame("sensor_3", t + 20_000, 1));
  way.deriver.wake(21);
  await way.deriver.settled();
  // The process is gone from before the correction until after the lateness, and then much comes too late.
  await way.deriver.stop();
  await way.clock.pass(10 * minute);
  await logged(
    way,
    way.clock.now(),
    ...Array.from({ length: 35 }, (_, index) => frame("sensor_3", t + 24_000 + 1_000 * index, 3)),
  );
  await way.restart();
  await pass(way, 10);
  assert.deepEqual(await minutesOf(way), [[t, 1]]);
  await way.close();
});

test("a clock that is set back by an hour stops no minute", async () => {
  const { way, t } = await hallAt();
  await logged(way, t + 60 * minute, frame("sensor_3", t + 60 * minute, 1));
  await logged(way, t + 20_000, ...Array.from({ length: 20 }, (_, index) => frame("sensor_3", t + 1_000 * index, 2)));
  way.deriver.wake(21);
  await way.deriver.settled();
  await pass(way, 75);
  assert.deepEqual(await minutesOf(way), [[t, 2]]);
  await way.close();
});

test("a minute that is open in one organization survives a kill while the log of another is caught up with", async () => {
  const { way, t } = await hallAt();
  await way.put(example);
  for (let second = 0; second < 50; second++)
    await logged(way, t + 1_000 * second, frame("sensor_3", t + 1_000 * second, 1));
  for (let later = 5; later < 8; later++) {
    const at = t + later * minute;
    const passed = { kind: "traffic", sensor: "sensor_door", at, in: 1, out: 0 };
    const row = {
      organization: "org_example",
      kind: "traffic",
      floor: null,
      at,
      acceptedAt: at,
      idempotencyKey: null,
    } as const;
    await way.store.ledger.appendObservations([{ ...row, body: JSON.stringify({ id: null, ...passed }) }]);
  }
  for (let kills = 0; kills < 10; kills++) {
    await way.kill("after the commit");
    way.deriver.wake(53);
    await way.clock.pass(1);
  }
  await pass(way, 10);
  assert.deepEqual(await minutesOf(way), [[t, 1]]);
  await way.close();
});

test("one that is told of the log before it has begun folds nothing twice", async () => {
  const { way } = await hallAt();
  for (let second = 0; second < 90; second++) {
    await way.observe(frame("sensor_3", way.clock.now(), 1));
    await way.clock.pass(1_000);
  }
  const folded = () =>
    way.heard.filter(([what]) => what === "folded").reduce((sum, [, count]) => sum + Number(count), 0);
  assert.equal(folded(), 90);
  await way.restart("before it begins");
  assert.equal(folded(), 90);
  await way.close();
});
