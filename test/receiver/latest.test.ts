import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createLatest, type EventName, type Received, stateOf } from "../../receiver/src/index.ts";
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

test("where nobody counts corrections, the later id holds, in whichever order they arrive", () => {
  const latest = createLatest();
  assert.equal(latest(count({ id: ksuid(2) })), "current");
  assert.equal(latest(count({ id: ksuid(1) })), "stale");
  assert.equal(latest(count({ id: ksuid(3) })), "current");
});

test("where ids say nothing, the later arrival holds", () => {
  const latest = createLatest();
  assert.equal(latest(count({ id: "b" })), "current");
  assert.equal(latest(count({ id: "a" })), "current");
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

test("what is no state counts each time", () => {
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

const statement = fc.record({
  room: fc.constantFrom("room_1", "room_2"),
  at: fc.integer({ min: 0, max: 6 }).map((n) => noon + n * minute),
  revision: fc.integer({ min: 0, max: 3 }),
  number: fc.integer({ min: 0, max: 999 }),
});

test("in whatever order and however often statements arrive, all receivers end with the same history and the same now", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(statement, { maxLength: 30, selector: ({ number }) => number }),
      fc.infiniteStream(fc.nat()),
      (statements, chance) => {
        const draw = (below: number) => chance.next().value! % below;
        const arrivals = statements.flatMap((each) => [each, ...(draw(3) === 0 ? [each] : [])]);
        for (let at = arrivals.length - 1; at > 0; at--) {
          const other = draw(at + 1);
          [arrivals[at], arrivals[other]] = [arrivals[other]!, arrivals[at]!];
        }
        const latest = createLatest();
        const history = new Map<string, number>();
        const now = new Map<string, number>();
        for (const { number, ...parts } of arrivals) {
          const standing = latest(count({ ...parts, id: ksuid(number), data: number }));
          if (standing === "stale") continue;
          history.set(`${parts.room} ${parts.at}`, number);
          if (standing === "current") now.set(parts.room, number);
        }
        const wanted = statements.toSorted((a, b) => a.at - b.at || a.revision - b.revision || a.number - b.number);
        assert.deepEqual(
          sorted(history),
          sorted(new Map(wanted.map((each) => [`${each.room} ${each.at}`, each.number]))),
        );
        assert.deepEqual(sorted(now), sorted(new Map(wanted.map((each) => [each.room, each.number]))));
      },
    ),
  );
});

const sorted = (map: ReadonlyMap<string, number>) => [...map].toSorted(([a], [b]) => a.localeCompare(b));

test("memory is bounded in rooms and in moments, and what was forgotten counts as never heard", () => {
  const latest = createLatest({ subjects: 2, moments: 2 });
  for (const at of [0, 1, 2]) assert.equal(latest(count({ at: noon + at, revision: 1 })), "current");
  assert.equal(latest(count({ at: noon, revision: 0 })), "past", "forgotten");
  assert.equal(latest(count({ at: noon + 1, revision: 0 })), "stale", "remembered");
  assert.equal(latest(count({ room: "room_2" })), "current");
  assert.equal(latest(count({ at: noon + 2, revision: 1 })), "current", "the room itself was used last");
  assert.equal(latest(count({ room: "room_3" })), "current");
  assert.equal(latest(count({ room: "room_2", at: noon - minute })), "current", "forgotten");
});

test("a moment that is remembered takes little", async () => {
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
