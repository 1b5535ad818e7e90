// Late minutes and what others ask for, on the way from the log to the store: neither steady traffic nor a failing read may
// keep a minute from being told, and what is asked is done between two batches.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import type { ModelDocument } from "../../../src/building/document.ts";
import { createWayIn, type WayIn } from "../fixture.ts";

const example = JSON.parse(
  readFileSync(new URL("../../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;
const floor = "space_ground";
/** The clock begins a minute later. */
const minute = Date.UTC(2026, 0, 5, 7, 59);

let way: WayIn;
beforeEach(async () => {
  way = await createWayIn();
  await way.put(example);
});
afterEach(() => way.close());

const frames = (people: number, from: number, until: number, sensor = "sensor_lobby") =>
  Array.from({ length: until - from }, (_, second) => ({
    kind: "detections",
    sensor,
    at: minute + (from + second) * 1_000,
    world: Array.from({ length: people }, (_, index) => [1 + index, 2]),
  }));

const lobby = async () =>
  (await way.store.ledger.readMinutes("org_example", "presence", ["room:room_lobby"], minute, minute + 60_000)).map(
    ({ value, observedS, revision }) => ({ value, observedS, revision }),
  );

/** Every read of the log finds one more observation, 50 ms after the last one. */
let reads = 0;
function keepBusy(): void {
  reads = 0;
  way.beforeRead = async () => {
    if (reads++ > 600) return;
    const beat = { kind: "heartbeat", id: null, hive: "hive_1", at: way.clock.now() } as const;
    const row = { organization: "org_example", floor: null, idempotencyKey: null, acceptedAt: way.clock.now() };
    await way.store.ledger.appendObservations([{ ...row, kind: "heartbeat", at: beat.at, body: JSON.stringify(beat) }]);
    way.clock.advance(50);
  };
}

test("a late minute is told although observations never stop coming", async () => {
  let toldAfter = 0;
  await way.observe(...frames(2, 0, 40));
  keepBusy();
  const { beforeRead } = way;
  way.beforeRead = async () => {
    if (toldAfter === 0 && (await lobby()).length > 0) toldAfter = reads;
    await beforeRead();
  };
  await way.deriver.settled();
  assert.ok(toldAfter > 0 && toldAfter < 600, `told after ${toldAfter} reads of 600`);
});

test("what is asked is done although observations never stop coming", async () => {
  keepBusy();
  let busy = false;
  const done = way.deriver.act("org_example", ({ presence }) => {
    busy = reads < 600 && presence.layout(floor) !== null;
    return "done";
  });
  assert.equal(await done, "done");
  assert.ok(busy);
});

test("a minute that ends is told and stored although another one cannot be read from the log", async () => {
  await way.observe(...frames(2, 0, 40));
  await way.deriver.settled();
  way.beforeReadFloor = () => {
    throw new Error("not now");
  };
  await way.clock.pass(15_000);
  assert.deepEqual(await lobby(), []);
  assert.ok(way.errors.length > 0);
  way.beforeReadFloor = () => {};
  await way.clock.pass(2_000);
  await way.deriver.settled();
  assert.deepEqual(await lobby(), [{ value: 2, observedS: 42, revision: 0 }]);
});

test("an organization that cannot be read has no observation folded twice", async () => {
  const door = { kind: "traffic", sensor: "sensor_door", in: 1, out: 0, id: null } as const;
  const row = { floor: null, idempotencyKey: null, acceptedAt: way.clock.now(), kind: "traffic" } as const;
  await way.registry.ensureOrganization("org_other", "Other", {
    at: 0,
    actor: "k",
    action: "test",
    object: "test",
    detail: null,
  });
  const { organizations } = way;
  const { get } = organizations;
  let failures = 1;
  Object.assign(organizations, {
    get: async (id: string) => {
      if (id === "org_other" && failures-- > 0) throw new Error("not now");
      return get(id);
    },
  });
  await way.store.ledger.appendObservations(
    ["org_example", "org_other"].map((organization, at) => {
      const observation = { ...door, at: minute + at };
      return { ...row, organization, at: observation.at, body: JSON.stringify(observation) };
    }),
  );
  way.deriver.wake(2);
  await way.clock.pass(2_000);
  await way.deriver.settled();
  assert.equal((await way.events("TRAFFIC")).length, 1);
});

test("what comes after the lateness does not count at its end, and counts once somebody asks", async () => {
  await way.observe(...frames(1, 0, 20));
  await way.clock.pass(297_000);
  // Less than five seconds before the end of lateness: the minute is computed again when it is over.
  await way.observe(...frames(1, 20, 25));
  await way.deriver.settled();
  way.clock.jump(4_000);
  await way.observe(...frames(3, 25, 60));
  await way.deriver.settled();
  await way.clock.pass(60_000);
  await way.deriver.settled();
  assert.deepEqual(
    (await lobby()).map(({ value, observedS }) => [value, observedS]),
    [[1, 27]],
  );
  const asked = await way.deriver.act("org_example", ({ presence }, now) =>
    presence.recompute(floor, minute, minute + 60_000, now),
  );
  assert.equal(asked, 1);
  await way.clock.pass(2_000);
  await way.deriver.settled();
  const [row] = await lobby();
  assert.deepEqual([row!.value, row!.observedS], [3, 60]);
});

test("what was asked survives a restart, and is null without a building model", async () => {
  // An hour ago: nobody but who asks is told of it.
  await way.observe(...frames(2, -3_600, -3_540));
  await way.deriver.settled();
  way.beforeReadFloor = () => {
    throw new Error("not now");
  };
  const asked = await way.deriver.act("org_example", ({ presence }, now) =>
    presence.recompute(floor, minute - 3_600_000, minute, now),
  );
  assert.equal(asked, 60);
  const restarted = way.restart();
  way.beforeReadFloor = () => {};
  await way.clock.pass(2_000);
  await restarted;
  const rows = await way.store.ledger.readMinutes("org_example", "presence", ["room:room_lobby"], 0, minute);
  assert.deepEqual(
    rows.map(({ at, value }) => [at, value]),
    [[minute - 3_600_000, 2]],
  );
  assert.equal(await way.deriver.act("org_none", () => "done"), null);
});

test("an act that fails says so and harms no other, and after the stop nothing is done", async () => {
  const failing = way.deriver.act("org_example", () => {
    throw new Error("cannot");
  });
  const other = way.deriver.act("org_example", () => "done");
  await assert.rejects(failing, /cannot/);
  assert.equal(await other, "done");
  await way.deriver.stop();
  await assert.rejects(
    way.deriver.act("org_example", () => "done"),
    { code: "UNAVAILABLE" },
  );
});
