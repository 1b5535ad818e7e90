import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ModelDocument } from "../../../src/building/document.ts";
import { BelfryError } from "../../../src/errors.ts";
import { makeSubscription } from "../../fixtures/subscription.ts";
import { createWayIn } from "../fixture.ts";

const example = JSON.parse(
  readFileSync(new URL("../../../examples/building-model.json", import.meta.url), "utf8"),
) as ModelDocument;
const at = Date.UTC(2026, 0, 5, 7, 59);
const traffic = (more: object = {}) => ({ kind: "traffic", sensor: "sensor_door", at, in: 1, out: 0, ...more });
const seen = (people: number, more: object = {}) => ({
  kind: "detections",
  sensor: "sensor_lobby",
  at,
  world: Array.from({ length: people }, (_, index) => [1 + index, 2]),
  ...more,
});
const bind = (...types: string[]) => types.map((type) => ({ type, variant: 0, resource: null }));

test("two entries at one door in the same second are two events", async () => {
  const way = await createWayIn();
  await way.put(example);
  const entry = { kind: "access", logged_at: "2026-01-05T07:59:00Z", access_point: "door_main", name: "Kim" };
  await way.observe(entry, { ...entry, name: "Visitor" }, traffic(), traffic());
  await way.deriver.settled();
  const types = (await way.events("access_log.create", "TRAFFIC")).map(({ type }) => type);
  assert.deepEqual(types, ["access_log.create", "access_log.create", "TRAFFIC", "TRAFFIC"]);
  await way.close();
});

test("what nobody takes and can be derived again is not stored, and stored from when somebody takes it", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.observe(seen(2));
  await way.deriver.settled();
  const stored = (await way.events()).map(({ type }) => type);
  assert.deepEqual(stored, ["SENSOR_HEALTH", "HIVE_HEALTH"], "health is always stored");
  assert.ok(way.deriver.unstored() >= 2);
  await way.subscribe(
    makeSubscription({ organization: "org_example", bindings: bind("DETECTIONS", "ROOM_OCCUPANCY") }),
  );
  await way.observe(seen(3, { at: at + 1000 }));
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events()).map(({ type }) => type),
    [...stored, "DETECTIONS", "ROOM_OCCUPANCY"],
  );
  assert.equal(way.offered.length, 2);
  assert.equal(way.reserved(), 0);
  await way.close();
});

test("a subscription made while a fold is being written is matched before anything is written", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.organizations.get("org_example");
  let late = true;
  way.beforeAccept = async () => {
    if (!late) return;
    late = false;
    // As another node would: the memory of this one does not hear of it.
    const subscription = makeSubscription({ organization: "org_example", bindings: bind("TRAFFIC") });
    const audit = [{ at, actor: "k", action: "test", object: "test", detail: null }];
    await way.store.registry.change({ organization: "org_example", revision: null, put: [subscription], audit });
  };
  await way.observe(traffic());
  await way.deriver.settled();
  assert.equal((await way.events("TRAFFIC")).length, 1);
  assert.equal(way.offered.length, 1);
  assert.equal(way.reserved(), 0);
  await way.close();
});

test("places in lanes are given back once where the organization has changed and cannot be read", async () => {
  const way = await createWayIn();
  const { registry } = way.store;
  await way.put(example);
  const subscription = makeSubscription({ organization: "org_example", bindings: bind("TRAFFIC") });
  await way.subscribe(subscription);
  const { snapshot } = registry;
  let late = true;
  way.beforeAccept = async () => {
    if (!late) return;
    late = false;
    const audit = [{ at, actor: "k", action: "test", object: "test", detail: null }];
    await registry.change({ organization: "org_example", revision: null, put: [subscription], audit });
    Object.assign(registry, {
      snapshot: async () => {
        Object.assign(registry, { snapshot });
        throw new BelfryError("UNAVAILABLE", "The disk is full.");
      },
    });
  };
  await way.observe(traffic());
  await way.clock.pass(1_000);
  await way.deriver.settled();
  assert.equal(way.errors.length, 1);
  assert.deepEqual([way.offered.length, way.reserved()], [1, 0]);
  await way.close();
});

test("what sensing remembers survives a restart: no edge and no count is told twice", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.subscribe(
    makeSubscription({ organization: "org_example", bindings: bind("ROOM_OCCUPANCY", "PIR_MOTION") }),
  );
  const motion = (on: boolean, ms: number) => ({ kind: "motion", sensor: "sensor_lobby", at: at + ms, motion: on });
  await way.observe(seen(2), motion(true, 0), traffic({ in: undefined, out: undefined, total_in: 5, total_out: 0 }));
  await way.deriver.settled();
  await way.restart();
  const total = traffic({ in: undefined, out: undefined, total_in: 7, total_out: 0, at: at + 2000 });
  await way.observe(seen(2, { at: at + 1000 }), motion(true, 1000), total, motion(false, 3000));
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events("ROOM_OCCUPANCY", "PIR_MOTION", "TRAFFIC")).map(({ type, body }) => [type, body["data"]]),
    [
      ["ROOM_OCCUPANCY", 2],
      ["PIR_MOTION", undefined],
      ["TRAFFIC", { in: 2, out: 0 }],
    ],
  );
  await way.close();
});

test("a log processor that is woken before it knows where it was works nothing out a second time", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.subscribe(makeSubscription({ organization: "org_example", bindings: bind("TRAFFIC") }));
  await way.observe(traffic());
  await way.deriver.settled();
  // As another node's owner is told of what was accepted while it still starts.
  let reads = 0;
  way.beforeReadState = async () => {
    way.beforeRead = () => void reads++;
    way.deriver.wake(1);
    await way.deriver.settled();
    assert.equal(reads, 0);
  };
  await way.restart();
  assert.ok(reads > 0);
  await way.observe(traffic({ at: at + 1_000 }));
  await way.deriver.settled();
  assert.equal((await way.events("TRAFFIC")).length, 2);
  await way.close();
});

test("a failed write is tried again and nothing of it is told twice or forgotten", async () => {
  const way = await createWayIn();
  await way.put(example);
  let failures = 3;
  way.beforeAccept = () => {
    if (failures-- > 0) throw new Error("disk on fire");
  };
  await way.observe(traffic());
  for (let second = 0; second < 5; second++) await way.clock.pass(1_000);
  await way.deriver.settled();
  assert.equal((await way.events("TRAFFIC")).length, 1);
  assert.equal(way.errors.length, 3);
  assert.equal(way.reserved(), 0);
  assert.equal(await way.deriver.backlog(), 0);
  await way.close();
});

test("what waits to be folded is counted by observations, whatever lies between their positions", async () => {
  const way = await createWayIn();
  await way.put(example);
  let isDown = true;
  way.beforeAccept = () => {
    if (isDown) throw new Error("disk on fire");
  };
  assert.equal(await way.deriver.backlog(), 0);
  await way.observe(traffic());
  await way.clock.pass(10);
  await way.observe(traffic({ at: at + 1_000 }), traffic({ at: at + 2_000 }));
  await way.clock.pass(10);
  assert.equal(await way.deriver.backlog(), 3);
  isDown = false;
  for (let second = 0; second < 3; second++) await way.clock.pass(1_000);
  await way.deriver.settled();
  assert.equal(await way.deriver.backlog(), 0);
  await way.close();
});

test("an observation that cannot be digested is passed over, and the ones behind it go on", async () => {
  const way = await createWayIn();
  await way.put(example);
  const poison = { kind: "detections", id: null, at, sensor: "sensor_lobby", world: "no array" };
  const row = {
    organization: "org_example",
    kind: "detections",
    floor: null,
    at,
    acceptedAt: at,
    idempotencyKey: null,
  } as const;
  await way.store.ledger.appendObservations([{ ...row, body: JSON.stringify(poison) }]);
  await way.observe(traffic());
  await way.deriver.settled();
  assert.deepEqual(
    (await way.events("TRAFFIC", "DETECTIONS")).map(({ type }) => type),
    ["TRAFFIC"],
  );
  assert.equal(way.errors.length, 1);
  await way.close();
});

test("an observation whose organization lost its model leads to nothing and stops nothing", async () => {
  const way = await createWayIn();
  await way.put(example);
  const body = JSON.stringify({ ...traffic(), id: null, sensor: "sensor_gone" });
  const row = {
    organization: "org_example",
    kind: "traffic",
    floor: null,
    at,
    acceptedAt: at,
    idempotencyKey: null,
  } as const;
  await way.store.ledger.appendObservations([{ ...row, body }]);
  await way.observe(traffic());
  await way.deriver.settled();
  assert.equal((await way.events("TRAFFIC")).length, 1);
  assert.deepEqual(way.errors, []);
  await way.close();
});

test("a minute that the store cannot take is logged and left out, and everything behind it goes on", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.observe(traffic({ in: 3_000_000_000 }));
  await way.clock.pass(5 * 60_000);
  await way.observe(traffic({ at: at + 5 * 60_000 }));
  await way.clock.pass(10 * 60_000);
  assert.deepEqual(
    (await way.events("TRAFFIC")).map(({ body }) => body["data"]),
    [
      { in: 3_000_000_000, out: 0 },
      { in: 1, out: 0 },
    ],
  );
  const minutes = await way.store.ledger.readMinutes("org_example", "traffic", ["sensor_door"], 0, way.clock.now());
  assert.deepEqual(
    minutes.map(({ value }) => value),
    [1],
  );
  assert.ok(way.errors.length > 0);
  assert.equal(await way.deriver.backlog(), 0);
  await way.close();
});

test("what was concluded before organizations could not be read is written, once", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.put({ organization: { id: "org_2", name: "Two" }, sites: [] });
  await way.clock.pass(1_000);
  const { get } = way.organizations;
  let failures = 2;
  Object.assign(way.organizations, {
    get: async (id: string) => {
      if (id === "org_2" && failures-- > 0) throw new BelfryError("UNAVAILABLE", "The disk is full.");
      return get(id);
    },
  });
  const row = { kind: "traffic", floor: null, at, acceptedAt: at, idempotencyKey: null } as const;
  const total = (count: number, organization = "org_example") => ({
    ...row,
    organization,
    body: JSON.stringify({
      ...traffic({ in: undefined, out: undefined, at: at + count }),
      id: null,
      total_in: count,
      total_out: 0,
    }),
  });
  await way.store.ledger.appendObservations([total(1), total(4), total(1, "org_2"), total(6)]);
  way.deriver.wake(4);
  for (let second = 0; second < 4; second++) await way.clock.pass(1_000);
  assert.deepEqual(
    (await way.events("TRAFFIC")).map(({ body }) => body["data"]),
    [
      { in: 3, out: 0 },
      { in: 2, out: 0 },
    ],
  );
  assert.equal(way.errors.length, 2);
  await way.close();
});

test("late minutes are corrected while observations keep coming, and those of a busy log do not hold it up", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.subscribe(makeSubscription({ organization: "org_example", bindings: bind("ROOM_OCCUPANCY_1MIN") }));
  await way.clock.pass(60_000 - (way.clock.now() % 60_000));
  const minute = way.clock.now();
  const frames = (from: number, until: number, people: number) =>
    Array.from({ length: (until - from) / 2_000 }, (_, index) => seen(people, { at: minute + from + index * 2_000 }));
  await way.clock.pass(20_000);
  await way.observe(...frames(0, 20_000, 1));
  await way.clock.pass(60_000);
  await way.observe(...frames(20_000, 60_000, 3));
  // From now on there is something new in the log after every write, for a minute of its time.
  let more = 100;
  way.beforeAccept = async () => {
    if (more-- <= 0) return;
    way.clock.advance(800);
    await way.observe(traffic({ at: way.clock.now() }));
  };
  await way.observe(traffic());
  await way.deriver.settled();
  const lobby = way.offered.filter(({ event }) => event.type === "ROOM_OCCUPANCY_1MIN");
  assert.deepEqual(
    lobby.map(({ event }) => (JSON.parse(event.body) as { data: number }).data),
    [1, 3],
  );
  const corrected = (await way.events()).findLastIndex(({ type }) => type === "ROOM_OCCUPANCY_1MIN");
  assert.ok((await way.events()).slice(corrected + 1).length > 20, "corrected while the log was busy");
  await way.close();
});

test("what a clock made due that was set back and is right again is said within ten minutes", async () => {
  const way = await createWayIn();
  await way.put(example);
  await way.subscribe(makeSubscription({ organization: "org_example", bindings: bind("PIR_NO_MOTION") }));
  const day = 86_400_000;
  const moved = { kind: "motion", sensor: "sensor_lobby", at: way.clock.now(), motion: true };
  await way.observe(moved, { ...moved, at: moved.at + 1, motion: false });
  await way.deriver.settled();
  way.clock.jump(-day);
  await way.deriver.settled();
  way.clock.jump(day + 600_000);
  await way.clock.pass(600_000);
  assert.deepEqual(
    (await way.events("PIR_MOTION", "PIR_NO_MOTION")).map(({ type }) => type),
    ["PIR_MOTION", "PIR_NO_MOTION"],
  );
  await way.close();
});

test("what a quiet minute leaves unchanged is not written again and again", async () => {
  const way = await createWayIn();
  await way.put(example);
  let writes = 0;
  way.beforeAccept = () => void writes++;
  await way.observe(seen(1, { at: way.clock.now() }));
  await way.deriver.settled();
  writes = 0;
  await way.clock.pass(30_000);
  assert.ok(writes <= 6, `${writes} writes in 30 s in which nothing happened`);
  await way.close();
});
