// States put in order: late, repeated and corrected ones, in whatever order they arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createLatest, type EventName, eventNames, type Received, stateOf } from "../../receiver/src/index.ts";
import { newId } from "../../src/model/ksuid.ts";
import { heldMemory } from "../fixtures/held-memory.ts";
import { bodies } from "./examples.ts";

const minute = 60_000;
const noon = Date.UTC(2026, 0, 5, 12);

function event(name: EventName, parts: { at?: number; revision?: number; id?: string; data?: number; room?: string }) {
  const payload = JSON.parse(bodies[name]!) as { metadata: object };
  const { at = noon, revision = 0, id = "e", data, room } = parts;
  Object.assign(payload, { timestamp: at, id, ...(data === undefined ? {} : { data }) });
  if (room !== undefined) Object.assign(payload.metadata, { room_id: room });
  return { id, name, payload, body: new Uint8Array(), revision } as unknown as Received;
}
/** Ids as Butlr makes them: they grow with the second in which they were made. */
const ksuid = (n: number): string =>
  `event_2oUBiSXgx48RtbZKXHm5ek${String(n).padStart(3, "0")}`.slice(0, 6 + 27).padEnd(33, "0");
const count = (parts: Parameters<typeof event>[1]) => event("ROOM_OCCUPANCY", parts);

test("the newest moment is current, an earlier one is past, however late it comes", () => {
  const latest = createLatest();
  assert.equal(latest(count({ at: noon })), "current");
  assert.equal(latest(count({ at: noon + minute })), "current");
  assert.equal(latest(count({ at: noon - minute })), "past");
  assert.equal(latest(count({ at: noon + minute })), "current");
});

test("a correction replaces what it corrects; what it corrected is stale when it comes after it", () => {
  const latest = createLatest();
  assert.equal(latest(count({ id: "new", revision: 1 })), "current");
  assert.equal(latest(count({ id: "old", revision: 0 })), "stale");
  assert.equal(latest(count({ id: "newer", revision: 10 })), "current");
  assert.equal(latest(count({ id: "nine", revision: 9 })), "stale");
  assert.equal(latest(count({ at: noon + minute })), "current");
  assert.equal(latest(count({ id: "last", revision: 11 })), "past");
});

test("without a revision the later id is valid, in whichever order they arrive", () => {
  const latest = createLatest();
  assert.equal(latest(count({ id: ksuid(2) })), "current");
  assert.equal(latest(count({ id: ksuid(1) })), "stale");
  assert.equal(latest(count({ id: ksuid(3) })), "current");
});

test("when ids do not tell their time, the later arrival is valid", () => {
  for (const [first, second] of [
    ["b", "a"],
    ["event_b", "event_a"],
    [ksuid(2).slice(6), ksuid(1).slice(6)],
    [`${ksuid(2)}0`, `${ksuid(1)}0`],
  ] as const) {
    const latest = createLatest();
    assert.equal(latest(count({ id: first })), "current");
    assert.equal(latest(count({ id: second })), "current");
  }
});

test("a revision counts more than an id: Belfry's corrections may keep the id of the first statement", () => {
  const latest = createLatest();
  assert.equal(latest(count({ id: ksuid(1), revision: 1 })), "current");
  assert.equal(latest(count({ id: ksuid(9), revision: 0 })), "stale");
});

test("the key of a state names its event type and its space or sensor, nothing wider", () => {
  const ids = { sensor_id: "s", floor_id: "f", room_id: "r", zone_id: "z", hive_id: "h", building_id: "b" };
  const keyOf = (name: EventName): string | undefined => {
    const given = event(name, {});
    Object.assign(given.payload, { metadata: ids });
    return stateOf(given)?.key;
  };
  assert.deepEqual(
    eventNames.map((name) => [name, keyOf(name)] as const).filter(([, key]) => key !== undefined),
    [
      ["DETECTIONS", "DETECTIONS:s"],
      ["FLOOR_OCCUPANCY", "FLOOR_OCCUPANCY:f"],
      ["ROOM_OCCUPANCY", "ROOM_OCCUPANCY:r"],
      ["ZONE_OCCUPANCY", "ZONE_OCCUPANCY:z"],
      ["FLOOR_OCCUPANCY_1MIN", "FLOOR_OCCUPANCY_1MIN:f"],
      ["ROOM_OCCUPANCY_1MIN", "ROOM_OCCUPANCY_1MIN:r"],
      ["ZONE_OCCUPANCY_1MIN", "ZONE_OCCUPANCY_1MIN:z"],
      ["PIR_MOTION", "PIR:r"],
      ["PIR_NO_MOTION", "PIR:r"],
      ["SENSOR_HEALTH", "SENSOR_HEALTH:s"],
      ["HIVE_HEALTH", "HIVE_HEALTH:h"],
    ],
  );
});

test("every space, sensor and event type has its own order; motion and no motion of a room share one", () => {
  const latest = createLatest();
  const early = { at: noon - minute };
  assert.equal(latest(count({})), "current");
  assert.equal(latest(count({ ...early, room: "room_2" })), "current");
  for (const name of [
    "ROOM_OCCUPANCY_1MIN",
    "ZONE_OCCUPANCY",
    "FLOOR_OCCUPANCY",
    "DETECTIONS",
    "PIR_MOTION",
  ] as const) {
    assert.equal(latest(event(name, early)), "current", name);
  }
  assert.equal(latest(event("PIR_NO_MOTION", {})), "current");
  assert.equal(latest(event("PIR_MOTION", {})), "current");
  assert.equal(latest(event("PIR_NO_MOTION", { revision: 1 })), "current");
  assert.equal(latest(event("PIR_MOTION", {})), "stale");
  assert.equal(latest(event("PIR_MOTION", early)), "past");
});

test("events that are not states are current every time", () => {
  const latest = createLatest();
  for (const name of [
    "TRAFFIC",
    "access_log.create",
    "door_release.create",
    "call.create",
    "call.create.flat",
  ] as const) {
    assert.equal(stateOf(event(name, {})), null);
    for (const at of [noon, noon - minute]) assert.equal(latest(event(name, { at })), "current");
  }
});

interface Statement {
  readonly room: string;
  readonly at: number;
  readonly revision: number;
  readonly number: number;
}

/** Whoever follows `latest` ends with the best statement of each moment, and shows the newest moment of each room. */
function endsRight(statements: readonly Statement[], arrivals: readonly Statement[]): void {
  const latest = createLatest();
  const history = new Map<string, number>();
  const now = new Map<string, number>();
  for (const { number, ...parts } of arrivals) {
    const freshness = latest(count({ ...parts, id: ksuid(number), data: number }));
    if (freshness === "stale") continue;
    history.set(`${parts.room} ${parts.at}`, number);
    if (freshness === "current") now.set(parts.room, number);
  }
  const inOrder = statements.toSorted((a, b) => a.at - b.at || a.revision - b.revision || a.number - b.number);
  assert.deepEqual(sorted(history), sorted(new Map(inOrder.map((each) => [`${each.room} ${each.at}`, each.number]))));
  assert.deepEqual(sorted(now), sorted(new Map(inOrder.map((each) => [each.room, each.number]))));
}

test("every order of a late state, a correction and a repetition ends the same", () => {
  const statements = [
    { room: "room_1", at: noon, revision: 0, number: 1 },
    { room: "room_1", at: noon, revision: 1, number: 0 },
    { room: "room_1", at: noon + minute, revision: 0, number: 2 },
    { room: "room_1", at: noon + minute, revision: 0, number: 3 },
    { room: "room_2", at: noon + 2 * minute, revision: 0, number: 4 },
  ];
  for (const arrivals of permutations(statements)) {
    endsRight(statements, arrivals);
    endsRight(statements, [...arrivals, ...arrivals]);
  }
});

function permutations<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

test("any statements, in any order and any number of times, end the same", () => {
  const statement = fc.record({
    room: fc.constantFrom("room_1", "room_2"),
    at: fc.integer({ min: 0, max: 6 }).map((n) => noon + n * minute),
    revision: fc.integer({ min: 0, max: 3 }),
    number: fc.integer({ min: 0, max: 999 }),
  });
  const statements = fc.uniqueArray(statement, { maxLength: 30, size: "max", selector: ({ number }) => number });
  const arrived = statements.chain((all) => {
    const repeated = fc.subarray(all).map((some) => [...all, ...some]);
    const inAnyOrder = repeated.chain((each) => fc.shuffledSubarray(each, { minLength: each.length }));
    return fc.tuple(fc.constant(all), inAnyOrder);
  });
  fc.assert(fc.property(arrived, ([all, arrivals]) => endsRight(all, arrivals)));
});

const sorted = (map: ReadonlyMap<string, number>) => [...map].toSorted(([a], [b]) => a.localeCompare(b));

test("memory is bounded in rooms and in moments, and a forgotten one counts as new", () => {
  const latest = createLatest({ subjects: 2, moments: 2 });
  for (const at of [0, 1, 2]) assert.equal(latest(count({ at: noon + at, revision: 1 })), "current");
  assert.equal(latest(count({ at: noon, revision: 0 })), "past", "forgotten");
  assert.equal(latest(count({ at: noon + 1, revision: 0 })), "stale", "remembered");
  assert.equal(latest(count({ room: "room_2" })), "current");
  assert.equal(latest(count({ at: noon + 2, revision: 1 })), "current", "the room itself was used last");
  assert.equal(latest(count({ room: "room_3" })), "current");
  assert.equal(latest(count({ room: "room_2", at: noon - minute })), "current", "forgotten");
});

test("as many rooms and moments are remembered as were asked for", () => {
  const latest = createLatest({ subjects: 3, moments: 3 });
  const rooms = ["room_1", "room_2", "room_3"];
  for (const room of rooms) for (const at of [0, 1, 2]) latest(count({ room, at: noon + at, revision: 1 }));
  for (const room of rooms) for (const at of [0, 1, 2]) assert.equal(latest(count({ room, at: noon + at })), "stale");
});

test("by default 64 moments of 10,000 rooms are remembered", () => {
  const latest = createLatest();
  for (let at = 0; at < 64; at++) latest(count({ room: "first", at: noon + at, revision: 1 }));
  for (let room = 1; room < 10_000; room++) latest(count({ room: `${room}` }));
  assert.equal(latest(count({ room: "first", at: noon })), "stale");
  latest(count({ room: "first", at: noon + 64 }));
  assert.equal(latest(count({ room: "first", at: noon })), "past", "forgotten");
  latest(count({ room: "one more" }));
  assert.equal(latest(count({ room: "1", at: noon - minute })), "current", "forgotten");
  assert.equal(latest(count({ room: "first", at: noon + 1 })), "stale", "remembered");
});

test("an option that is not a number of 1 or more is refused", () => {
  for (const wrong of [0, -1, Number.NaN]) {
    assert.throws(() => createLatest({ subjects: wrong }), TypeError);
    assert.throws(() => createLatest({ moments: wrong }), TypeError);
  }
});

test("a remembered moment takes little memory", async () => {
  const latest = createLatest();
  latest(count({}));
  const { all } = await heldMemory();
  for (let number = 0; number < 20_000; number++) {
    const at = noon + Math.floor(number / 400) * minute;
    latest(count({ room: `room_${number % 400}`, at, id: newId("event", at, Buffer.alloc(16, number)) }));
  }
  const each = ((await heldMemory()).all - all) / 20_000;
  assert.equal(latest(count({ room: "room_0", at: noon, id: "a" })), "stale");
  assert.ok(each < 200, `${each} bytes each`);
});

test("ranks sort as text as moments, revisions and ids do", () => {
  const ranks = [
    count({ at: 9, revision: 5, id: ksuid(9) }),
    count({ at: 10, id: ksuid(1) }),
    count({ at: 10, id: ksuid(2) }),
    count({ at: 10, revision: 2 }),
    count({ at: 10, revision: 10 }),
    count({ at: noon }),
  ].map((each) => stateOf(each)!.rank);
  assert.deepEqual(ranks.toSorted(), ranks);
});
