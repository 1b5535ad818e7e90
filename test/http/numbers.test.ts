// The numbers through the operator API, over a real store, the real way in and real sensing: what spaces hold, why, and how
// sensors are.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ModelDocument } from "../../src/building/document.ts";
import { createWrongClocks } from "../../src/ingest/derive/wrong-clocks.ts";
import type { Role } from "../../src/model/principal.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { createWayIn, type WayIn } from "../ingest/fixture.ts";
import { groundFloor, hall } from "../sensing/hall.ts";
import { ask, type House, keyFor, modelOf, openHouse } from "./fixture.ts";

interface ExplainedSensor {
  readonly id: string;
  readonly state: string;
  readonly frame: object | null;
  readonly last_frame: { readonly lag_ms: number } | null;
}

/** The clock begins here. */
const start = Date.UTC(2026, 0, 5, 8);
const iso = (ms: number) => new Date(start + ms).toISOString();

let way: WayIn;
let house: House;
let operator: string;

beforeEach(async () => {
  way = await createWayIn();
  const model = hall();
  const floor = groundFloor(model);
  floor.masks = [
    [
      [6, 3],
      [8, 3],
      [8, 4],
      [6, 4],
    ],
  ];
  floor.sensors.push({
    id: "sensor_door",
    mac_address: "00-17-0d-00-00-00-00-77",
    mode: "traffic",
    room_id: "room_2",
    hive_id: "hive_1",
  });
  Object.assign(floor, { hives: [{ id: "hive_1", serialNumber: "H1" }] });
  await way.put(model as unknown as ModelDocument);
  await way.put(modelOf("b"));
  house = await openHouse({
    over: { store: way.store, clock: way.clock },
    logProcessor: { sensing: (id) => way.deriver.sensing(id), act: (...given) => way.deriver.act(...given) },
  });
  operator = await keyFor(house, "operator");
});
afterEach(async () => {
  await way.deriver.stop();
  await house.close();
});

const frame = (sensor: string, ms: number, ...world: number[][]) => ({
  kind: "detections",
  sensor,
  at: start + ms,
  world,
});

/** A frame each second, as it happens. */
async function watch(sensor: string, seconds: number, ...world: number[][]): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await way.observe(frame(sensor, way.clock.now() - start, ...world));
    await way.clock.pass(1_000);
  }
  await way.deriver.settled();
}

async function get(path: string, key = operator) {
  const { status, body, text } = await ask(house, `GET /v1/${path}`, { key });
  assert.equal(status, 200, text);
  return body;
}

describe("occupancy", () => {
  test("of a space has each estimate for itself, with its age and coverage", async () => {
    await watch("sensor_3", 3, [5, 2], [5, 3]);
    await way.observe({ kind: "traffic", sensor: "sensor_door", at: start + 3_000, in: 7, out: 0 });
    await way.deriver.settled();
    const room = await get("occupancy?space=room_2");
    assert.deepEqual(
      [room.organization, room.level, room.name, room.floor, room.building],
      ["org_1", "room", "East", "space_1", "building_1"],
    );
    assert.deepEqual(room.presence, { value: 2, at: iso(2_000), age_ms: 1_000, sensors: 2, heard: 1, unplaced: 0 });
    assert.deepEqual(room.traffic, { value: 7, at: iso(3_000), age_ms: 0, late: 0 });
    const other = await get("occupancy?space=room_1");
    assert.deepEqual([other.presence.value, other.presence.at, other.presence.age_ms], [null, null, null]);
    assert.deepEqual([other.presence.sensors, other.presence.heard, other.traffic], [2, 0, null]);
  });

  test("is unknown again, and never 0, when its sensors fall silent", async () => {
    await watch("sensor_3", 3, [5, 2]);
    assert.equal((await get("occupancy?space=room_2")).presence.value, 1);
    await way.clock.pass(40_000);
    await way.deriver.settled();
    assert.equal((await get("occupancy?space=room_2")).presence.value, null);
  });

  test("has the minutes of the last day with their summary, and pages of any other range", async () => {
    await watch("sensor_3", 60, [5, 2]);
    await watch("sensor_3", 60, [5, 2], [5, 3], [5.5, 3.5]);
    await way.clock.pass(20_000);
    await way.deriver.settled();
    const { minutes, next } = await get("occupancy?space=room_2");
    assert.deepEqual([minutes.from, minutes.until, next], [iso(120_000 - 86_400_000), iso(120_000), null]);
    const { data, ...summary } = minutes.presence;
    assert.deepEqual(
      data.map(({ at, value, min, max, observed_s, revision }: Record<string, unknown>) => [
        at,
        value,
        min,
        max,
        observed_s,
        revision,
      ]),
      [
        [iso(0), 1, 1, data[0].max, 60, 0],
        [iso(60_000), 3, data[1].min, 3, 60, 0],
      ],
    );
    const mean = Math.round((data[0].mean + data[1].mean) * 50) / 100;
    assert.deepEqual(summary, { min: 1, max: 3, mean, not_observed: 1_438 });
    const range = `occupancy?space=room_2&from=${start - 60_000}&until=${start + 120_000}&limit=2`;
    const first = await get(range);
    assert.deepEqual([first.minutes.from, first.minutes.until], [iso(-60_000), iso(60_000)]);
    assert.deepEqual([first.minutes.presence.data.length, first.minutes.presence.not_observed], [1, 1]);
    const second = await get(`${range}&cursor=${first.next}`);
    assert.deepEqual([second.minutes.from, second.minutes.until, second.next], [iso(60_000), iso(120_000), null]);
    assert.equal(second.minutes.presence.data[0].value, 3);
    const foreign = await ask(house, `GET /v1/occupancy?space=room_1&cursor=${first.next}`, { key: operator });
    assert.equal(foreign.status, 400);
  });

  test("of all spaces comes in the order of floors, page by page", async () => {
    await watch("sensor_3", 2, [5, 2]);
    const spaces: string[][] = [];
    let cursor = "";
    do {
      const { data, next } = await get(`occupancy?organization=org_1&limit=2${cursor}`);
      for (const { level, space, presence } of data) spaces.push([level, space, presence.value]);
      cursor = next === null ? "" : `&cursor=${next}`;
    } while (cursor !== "");
    assert.deepEqual(spaces, [
      ["floor", "space_1", 1],
      ["room", "room_1", null],
      ["room", "room_2", 1],
      ["room", "room_3", null],
      ["zone", "zone_1", null],
    ]);
  });

  test("asks for what is missing and refuses what it cannot do", async () => {
    const answers = [
      "occupancy",
      "occupancy?organization=org_1&from=2026-01-05T00:00:00Z",
      "occupancy?organization=org_1&limit=101",
      `occupancy?space=room_1&from=${start}&until=${start - 60_000}`,
      "occupancy?space=room_1&limit=10081",
      "occupancy?space=room_1&from=yesterday",
    ];
    for (const path of answers) {
      const { status, body } = await ask(house, `GET /v1/${path}`, { key: operator });
      assert.equal(status, 400, path);
      assert.ok(body.detail.length > 20, path);
    }
    assert.deepEqual((await get("occupancy?organization=org_b")).data.length, 2);
    assert.equal((await ask(house, "GET /v1/occupancy?organization=org_none", { key: operator })).status, 404);
  });

  test("of a space whose id a place of another kind has too is named with its level", async () => {
    const model = hall();
    groundFloor(model).zones[0]!["id"] = "room_1";
    await ask(house, "PUT /v1/building-model", { key: operator, body: model });
    const { status, body } = await ask(house, "GET /v1/occupancy?space=room_1", { key: operator });
    assert.equal(status, 400);
    assert.match(body.detail, /room:room_1 of org_1, zone:room_1 of org_1/);
    assert.equal((await get("occupancy?space=zone:room_1")).level, "zone");
  });
});

test("whoever may not see a space hears what is heard of one that does not exist", async () => {
  const paths = (space: string) =>
    [
      ["GET", `occupancy?space=${space}`],
      ["GET", `explain?space=${space}`],
      ["POST", "recompute", { space, from: start, to: start + 60_000 }],
      ["POST", "occupancy/points", { space, count: 1 }],
    ] as const;
  const answers = async (key: string, space: string) => {
    const all = [];
    for (const [method, path, body] of paths(space)) {
      const { status, text } = await ask(house, `${method} /v1/${path}`, { key, ...(body && { body }) });
      all.push(`${status} ${text}`);
    }
    return all;
  };
  for (const [role, target] of [
    ["organization", null],
    ["viewer", null],
    ["building", "building_b"],
  ] as const) {
    const key = await keyFor(house, role, "org_b", target);
    assert.deepEqual(await answers(key, "room_1"), await answers(key, "room_none"), role);
    assert.equal((await ask(house, "GET /v1/occupancy?space=room_b", { key })).status, 200, role);
    for (const list of ["occupancy", "sensors"]) {
      const { status } = await ask(house, `GET /v1/${list}?organization=org_1`, { key });
      assert.equal(status, 404, role);
    }
  }
  for (const role of ["ingest", "tenant"] satisfies Role[]) {
    const key = await keyFor(house, role, "org_1", role === "tenant" ? "tenant_1" : null);
    for (const path of ["occupancy?space=room_1", "explain?space=room_1", "sensors"]) {
      assert.equal((await ask(house, `GET /v1/${path}`, { key })).status, 403, role);
    }
  }
});

test("a building's key sees the spaces and sensors of that building alone, and changes nothing", async () => {
  const model = hall();
  const second = structuredClone(modelOf("c").sites[0]!.buildings[0]!);
  model.sites[0]!.buildings.push(second as never);
  await ask(house, "PUT /v1/building-model", { key: operator, body: model });
  const key = await keyFor(house, "building", "org_1", "building_c");
  assert.deepEqual(
    (await get("occupancy", key)).data.map(({ space }: { space: string }) => space),
    ["floor_c", "room_c"],
  );
  assert.deepEqual((await get("sensors", key)).data, []);
  assert.equal((await ask(house, "GET /v1/occupancy?space=room_1", { key })).status, 404);
  const body = { space: "room_c", from: start, to: start + 60_000 };
  assert.equal((await ask(house, "POST /v1/recompute", { key, body })).status, 403);
});

describe("an explanation", () => {
  test("names the frames that count, people who were merged, what was masked and who was silent", async () => {
    await way.observe(frame("sensor_3", 0, [5.8, 2], [4.5, 1]), frame("sensor_1", -10_000, [1, 1]));
    await way.clock.pass(500);
    await way.observe(frame("sensor_4", 500, [5.9, 2.1], [7, 3.5]));
    await way.clock.pass(500);
    await way.deriver.settled();
    const told = await get(`explain?space=room_2&at=${start + 1_000}`);
    assert.equal(told.log, "read");
    const { explained } = told;
    assert.deepEqual([explained.value, explained.heard, explained.elsewhere], [2, 2, 0]);
    assert.deepEqual(
      explained.people.map(({ sensors, counts }: Record<string, unknown>) => [sensors, counts]).toSorted(),
      [
        [["sensor_3"], 1],
        [["sensor_3", "sensor_4"], 1],
      ],
    );
    const four = explained.sensors.find(({ id }: { id: string }) => id === "sensor_4");
    assert.deepEqual([four.state, four.frame.people, four.frame.masked], ["counted", 1, [[7, 3.5]]]);
    assert.equal(four.frame.at, iso(500));
    const silent = (await get(`explain?space=room_1&at=${start - 6_000}`)).explained;
    assert.deepEqual([silent.value, silent.people], [null, []]);
    assert.deepEqual(
      silent.sensors.map(({ id, state, frame: counted, last_frame }: ExplainedSensor) => [
        id,
        state,
        counted,
        last_frame?.lag_ms ?? null,
      ]),
      [
        ["sensor_1", "silent", null, 10_000],
        ["sensor_2", "silent", null, null],
      ],
    );
    assert.deepEqual(told.zeroing, { enabled: false, absent_since: null });
    assert.equal((await get("explain?space=space_1")).zeroing, null);
  });

  test("is of now unless a moment is given, and not of a moment to come", async () => {
    await watch("sensor_3", 2, [5, 2]);
    assert.equal((await get("explain?space=room_2")).explained.value, 1);
    const { status, body } = await ask(house, `GET /v1/explain?space=room_2&at=${start + 60_000}`, { key: operator });
    assert.deepEqual([status, body.problems[0].path], [422, "at"]);
  });

  test("tells what came late, what too late, and which revisions went to whom", async () => {
    const subscription = makeSubscription({
      organization: "org_1",
      bindings: [{ type: "ROOM_OCCUPANCY_1MIN", variant: 0, resource: null }],
    });
    await way.subscribe(subscription);
    await watch("sensor_3", 30, [5, 2]);
    await way.clock.pass(50_000);
    const seconds = (from: number, until: number, ...people: number[][]) =>
      Array.from({ length: until - from }, (_, index) => frame("sensor_3", (from + index) * 1_000, ...people));
    await way.observe(...seconds(30, 60, [5, 2], [5, 3]).slice(0, 25));
    await way.observe(...seconds(0, 30, [5, 2], [5, 3]));
    await way.clock.pass(120_000);
    await way.deriver.settled();
    const path = `explain?space=room_2&at=${start + 31_000}`;
    const told = await get(path);
    assert.deepEqual(
      told.revisions.map(({ revision, value, type, subscriptions, deliveries }: Record<string, unknown>) => [
        revision,
        value,
        type,
        subscriptions,
        deliveries,
      ]),
      [
        [1, 2, "ROOM_OCCUPANCY_1MIN", 1, { pending: 1 }],
        [0, 1, "ROOM_OCCUPANCY_1MIN", 1, { pending: 1 }],
      ],
    );
    assert.deepEqual([told.stored.value, told.stored.revision], [2, 1]);
    const { late, computed, with_too_late, closed } = told.explained.minute;
    assert.deepEqual([late.count, late.frames[0].effect, closed], [55, "corrected", true]);
    assert.deepEqual([computed.value, with_too_late], [2, null]);
    await way.clock.pass(300_000);
    await way.observe(...seconds(0, 60, [5, 2], [5, 3], [4.3, 1]).map((each) => ({ ...each, sensor: "sensor_3" })));
    await way.deriver.settled();
    const after = (await get(path)).explained.minute;
    assert.deepEqual([after.computed.value, after.with_too_late.value], [2, 3]);
    assert.equal(after.late.count, 115);
    assert.equal(after.late.frames.length, 100);
  });

  test("says that the log does not hold a moment any more", async () => {
    await watch("sensor_3", 2, [5, 2]);
    await way.clock.pass(600_000);
    for (let times = 0; times < 2; times++) {
      await watch("sensor_3", 2, [5, 2]);
      await way.clock.pass(200_000);
    }
    const { epoch } = await way.store.ledger.acquire(way.clock.now(), 0);
    const before = start + 300_000;
    await way.store.ledger.prune(
      epoch,
      { events: 0, observations: before, idempotencyKeys: 0, minutes: 0, signIns: 0, entries: 0 },
      way.clock.now(),
      1_000,
    );
    const told = await get(`explain?space=room_2&at=${start}`);
    assert.deepEqual([told.log, told.kept_from, told.explained], ["not_kept", iso(602_000), null]);
    const body = { space: "room_2", from: start, to: start + 60_000 };
    const refused = await ask(house, "POST /v1/recompute", { key: operator, body });
    assert.equal(refused.status, 422);
    assert.match(refused.body.detail, /must not be earlier than 2026-01-05T08:11:00.000Z/);
  });
});

describe("recomputing", () => {
  test("says how many minutes it will compute, is audited, and corrections go out", async () => {
    await watch("sensor_3", 60, [5, 2]);
    await way.clock.pass(600_000);
    await way.observe(...Array.from({ length: 60 }, (_, second) => frame("sensor_3", second * 1_000, [5, 2], [5, 3])));
    await way.deriver.settled();
    const body = { space: "room_2", from: start, to: new Date(start + 120_000).toISOString() };
    const asked = await ask(house, "POST /v1/recompute", { key: operator, body });
    assert.equal(asked.status, 202, asked.text);
    assert.deepEqual(asked.body, {
      organization: "org_1",
      floor: "space_1",
      from: iso(0),
      to: iso(120_000),
      minutes: 2,
      waiting: 2,
    });
    await way.clock.pass(3_000);
    await way.deriver.settled();
    const [minute] = (await get("occupancy?space=room_2")).minutes.presence.data;
    assert.deepEqual([minute.value, minute.revision], [2, 1]);
    const corrected = (await way.events()).findLast(({ type }) => type === "ROOM_OCCUPANCY_1MIN");
    assert.equal(corrected?.body["data"], 2);
    const [audit] = (await way.store.history.audit({ limit: 1, before: null })).items;
    assert.deepEqual([audit!.action, audit!.object], ["minutes.recompute", "space_1"]);
  });

  test("refuses ranges that are no whole minutes, too long, empty or not over", async () => {
    await way.clock.pass(3_600_000);
    const refusals = [
      [start + 1, start + 60_000],
      [start, start + 60_001],
      [start, start],
      [start - 86_400_000 - 60_000, start],
      [start, start + 3_600_000],
      ["noon", start],
    ];
    for (const [from, to] of refusals) {
      const body = { space: "space_1", from, to };
      const { status, body: problem } = await ask(house, "POST /v1/recompute", { key: operator, body });
      assert.equal(status, 422, `${from} ${to}`);
      assert.ok(["from", "to"].includes(problem.problems[0].path));
    }
  });

  test("of more than a day's minutes waits until those before are done", async () => {
    await watch("sensor_3", 1, [5, 2]);
    await way.clock.pass(3_600_000);
    const day = { space: "space_1", from: start - 86_400_000, to: start };
    const first = await ask(house, "POST /v1/recompute", { key: operator, body: day });
    assert.equal(first.body.minutes, 1_440);
    const again = await ask(house, "POST /v1/recompute", {
      key: operator,
      body: { ...day, from: start, to: start + 600_000 },
    });
    assert.equal(again.status, 409);
  });
});

test("the traffic occupancy is set to a count, audited, where doors were heard", async () => {
  const set = (body: object, key = operator) => ask(house, "POST /v1/occupancy/points", { key, body });
  assert.equal((await set({ space: "room_2", count: 4 })).status, 422);
  await way.observe({ kind: "traffic", sensor: "sensor_door", at: start, in: 9, out: 0 });
  await way.clock.pass(2_000);
  await way.deriver.settled();
  const { status, body } = await set({ space: "room_2", count: 4, at: iso(1_000) });
  assert.deepEqual([status, body.count, body.at], [200, 4, iso(1_000)]);
  assert.equal((await get("occupancy?space=room_2")).traffic.value, 4);
  const [audit] = (await way.store.history.audit({ limit: 1, before: null })).items;
  assert.deepEqual([audit!.action, audit!.object], ["occupancy.set", "room_2"]);
  for (const wrong of [
    { space: "zone_1", count: 1 },
    { space: "room_2", count: -1 },
    { space: "room_2", count: 1.5 },
    { space: "room_2", count: 1, at: iso(60_000) },
    { space: "room_2", count: 1, at: iso(-3_600_000) },
  ]) {
    assert.equal((await set(wrong)).status, 422, JSON.stringify(wrong));
  }
  const viewer = await keyFor(house, "viewer", "org_1");
  assert.equal((await set({ space: "room_2", count: 1 }, viewer)).status, 403);
});

describe("sensors", () => {
  test("are listed with their hives, floor by floor, and how they are", async () => {
    await watch("sensor_3", 2, [5, 2]);
    await way.observe({ kind: "traffic", sensor: "sensor_door", at: start + 2_000, in: 1, out: 0 });
    await way.deriver.settled();
    const { data, next } = await get("sensors?organization=org_1");
    assert.deepEqual(
      data.map(({ kind, id, online }: Record<string, unknown>) => [kind, id, online]),
      [
        ["hive", "hive_1", true],
        ["sensor", "sensor_1", false],
        ["sensor", "sensor_2", false],
        ["sensor", "sensor_3", true],
        ["sensor", "sensor_4", false],
        ["sensor", "sensor_5", false],
        ["sensor", "sensor_door", true],
      ],
    );
    assert.equal(next, null);
    const three = data[3];
    assert.deepEqual([three.last_heard, three.last_message.detections, three.clock], [iso(1_000), iso(1_000), "ok"]);
    assert.deepEqual([data[1].last_heard, data[1].stuck_since], [null, null]);
    const inRoom = await get("sensors?organization=org_1&room=room_2&limit=2");
    assert.deepEqual(
      inRoom.data.map(({ id }: { id: string }) => id),
      ["sensor_3", "sensor_4"],
    );
    const more = await get(`sensors?organization=org_1&room=room_2&limit=2&cursor=${inRoom.next}`);
    assert.deepEqual(
      more.data.map(({ id }: { id: string }) => id),
      ["sensor_door"],
    );
    assert.deepEqual((await get("sensors?organization=org_1&floor=nowhere")).data, []);
  });

  test("whose clock is wrong show it, also when nothing of them was ever accepted", async () => {
    const note = createWrongClocks({ act: (...given) => way.deriver.act(...given) });
    note("org_1", "sensor_1", "wrong", way.clock.now());
    note("org_1", "sensor_2", "ahead", way.clock.now());
    note("org_1", "sensor_gone", "ahead", way.clock.now());
    await way.clock.pass(2_000);
    await way.deriver.settled();
    const { data } = await get("sensors?organization=org_1");
    const clocks = data.slice(1, 4).map(({ id, clock, online }: Record<string, unknown>) => [id, clock, online]);
    assert.deepEqual(clocks, [
      ["sensor_1", "wrong", false],
      ["sensor_2", "ahead", false],
      ["sensor_3", "ok", false],
    ]);
  });

  test("with a wrong clock are noted once a minute, however often they speak", async () => {
    let acts = 0;
    const note = createWrongClocks({
      act: async () => {
        acts++;
        return null;
      },
    });
    for (let ms = 0; ms < 60_000; ms += 100) note("org_1", "sensor_1", "ahead", start + ms);
    assert.equal(acts, 1);
    note("org_1", "sensor_1", "wrong", start + 1_000);
    note("org_1", "sensor_1", "ahead", start + 60_000);
    assert.equal(acts, 3);
  });
});
