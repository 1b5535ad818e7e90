import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { createBuilding } from "../../src/simulator/building.ts";
import type { DetectionsReading, SimulatedObservation } from "../../src/simulator/observation.ts";
import { oneDay, people } from "../../src/simulator/people.ts";
import { readPlace, seat, streetDoor } from "../../src/simulator/place.ts";
import { within } from "../../src/simulator/plan.ts";
import { createFollower, createTracker } from "../../src/simulator/track.ts";

const morning = Date.UTC(2026, 8, 1, 7, 30);
const seeds = fc.integer({ min: 0, max: 100_000 });
const fewRuns = { numRuns: 3 };

const wholeDay = (seed: number): { seed: number; day: SimulatedObservation[] } => ({
  seed,
  day: [...oneDay(seed, createBuilding(seed), morning)],
});

test("the same seed gives the same day to the last byte", () => {
  const digest = (): string => {
    const hash = createHash("sha256");
    for (const observation of wholeDay(7).day) hash.update(JSON.stringify(observation));
    return hash.digest("hex");
  };
  assert.equal(digest(), digest());
});

test("whatever the seed: time goes forward, nobody is in two places, doors and sensors agree, and the day ends empty", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const place = readPlace(createBuilding(seed));
      const { day } = wholeDay(seed);
      const cafeSensor = place.roomSensors.get("1-CAFE")!;
      const cafeEyes = new Set(cafe(seed));
      const frames = new Map<string, DetectionsReading>();
      let [last, inside, inCafe, most] = [0, 0, 0, 0];
      let framed = false;
      const check = (at: number): void => {
        const seen = [...frames.values()].flatMap(({ world }) => world.length).reduce((sum, count) => sum + count, 0);
        // Those on the stairs are inside and seen by nobody; nobody is seen who did not come in, or twice.
        assert.ok(seen <= inside, `${seen} seen, ${inside} inside at ${at}`);
        const inRoom = [...frames]
          .filter(([sensor]) => cafeEyes.has(sensor))
          .reduce((sum, [, { world }]) => sum + world.length, 0);
        assert.equal(inRoom, inCafe);
        most = Math.max(most, seen);
      };
      for (const observation of day) {
        assert.ok(observation.at >= last);
        // What happened up to a tick comes before its frames: they are compared once the tick is over.
        if (framed && observation.at !== last) check(last);
        framed = observation.kind === "detections" || observation.kind === "motion";
        last = observation.at;
        if (observation.kind === "traffic") {
          if (observation.sensor === place.streetSensor) inside += observation.in - observation.out;
          else if (observation.sensor === cafeSensor) inCafe += observation.in - observation.out;
          assert.ok(inside >= 0 && inCafe >= 0);
        } else if (observation.kind === "detections") frames.set(observation.sensor, observation);
      }
      assert.equal(inside, 0);
      assert.equal(inCafe, 0);
      assert.ok([...frames.values()].every(({ world }) => world.length === 0));
      assert.ok(most >= 10, "people were there");
      assert.ok(last - morning < 12 * 3_600_000);
    }),
    fewRuns,
  );

  function cafe(seed: number): string[] {
    const floor = createBuilding(seed).sites[0]!.buildings![0]!.floors![0]!;
    const room = floor.rooms!.find(({ customID }) => customID === "1-CAFE")!;
    return floor
      .sensors!.filter(({ room_id, footprint }) => room_id === room.id && footprint !== undefined)
      .map(({ id }) => id);
  }
});

test("whatever the seed: a sensor sees only what lies under it, at least every two seconds while there is somebody", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const eyes = new Map(readPlace(createBuilding(seed)).presence.map((eye) => [eye.sensor, eye.box]));
      const before = new Map<string, DetectionsReading>();
      for (const observation of wholeDay(seed).day) {
        if (observation.kind !== "detections") continue;
        for (const point of observation.world) assert.ok(within(eyes.get(observation.sensor)!, point));
        const previous = before.get(observation.sensor);
        if (previous !== undefined && previous.world.length > 0) assert.equal(observation.at - previous.at, 2000);
        before.set(observation.sensor, observation);
      }
      assert.equal(before.size, eyes.size);
    }),
    fewRuns,
  );
});

test("whatever the seed: each observation has an id of the allowed form, once per kind", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const ids = new Set<string>();
      for (const { kind, id } of wholeDay(seed).day) {
        const name = `${kind} ${id}`;
        if (!/^[a-z]+ [A-Za-z0-9_-]{1,128}$/.test(name) || ids.has(name)) assert.fail(name);
        ids.add(name);
      }
    }),
    fewRuns,
  );
});

test("who comes in has opened the door some seconds before, and visitors have called or shown a pass", () => {
  const { day, seed } = wholeDay(3);
  const place = readPlace(createBuilding(seed));
  const opened = day.filter((one) => one.kind === "access" && one.access_point === place.mainDoor && one.name !== null);
  const entered = day.filter((one) => one.kind === "traffic" && one.sensor === place.streetSensor && one.in === 1);
  assert.equal(opened.length, entered.length);
  for (const entry of entered)
    assert.ok(
      opened.some(({ at }) => at < entry.at && entry.at - at <= 6000),
      "the door was opened for this one",
    );
  const calls = day.filter((one) => one.kind === "call");
  assert.ok(calls.length > 0);
  for (const call of calls) {
    const host = place.members.find(({ tenant }) => tenant === call.recipient.id);
    assert.equal(call.recipient.type, host === undefined ? "Attendant" : "Tenant");
    assert.deepEqual(call.unit, host === undefined ? null : { id: host.unit });
  }
  const methods = new Set(
    day.flatMap((one) => (one.kind === "access" ? [JSON.stringify(one.entry_method)?.replace(/\d+/, "n")] : [])),
  );
  for (const method of ['"Swipe to open"', '{"access_tool":n}', '{"keychain":n}', '"Remote Doorman"', "null"])
    assert.ok(methods.has(method), `${method} of ${[...methods].join(" ")}`);
});

test("meeting rooms, the café and motion sensors are used, and the first person comes within the first minute", () => {
  const { day } = wholeDay(2);
  assert.ok(day.some((one) => one.kind === "traffic" && one.in === 1 && one.at - morning < 60_000));
  assert.ok(day.some((one) => one.kind === "motion" && one.motion));
  assert.ok(day.some((one) => one.kind === "motion" && !one.motion));
  assert.ok(
    day.some((one) => one.kind === "detections" && one.world.length >= 3),
    "several people under one sensor",
  );
});

test("after a day comes the next, with people of the same building and ids of its own", () => {
  const building = createBuilding(4);
  const first = [...oneDay(4, building, morning)];
  const both = people(4, building, morning);
  for (const { kind, id } of first) {
    const { value } = both.next();
    if ((value as SimulatedObservation).id !== id) assert.fail(`${kind} ${id}`);
  }
  const { value } = both.next();
  assert.equal((value as SimulatedObservation).at, morning + 86_400_000);
});

test("a track is one unbroken way through doors and over stairs at a walking pace", () => {
  const places = fc.constantFrom(
    "1-LOBBY",
    "1-CAFE",
    "1-MAIL",
    "1-CORRIDOR",
    "1-EAST",
    "2-MEETING-A",
    "2-FOCUS",
    "2-CORRIDOR",
    "2-OPEN",
  );
  const visits = fc.array(fc.tuple(places, fc.nat(11), fc.integer({ min: 0, max: 600_000 })), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(visits, (stops) => {
      const tracker = createTracker(0.5);
      tracker.enter(1000, streetDoor);
      for (const [room, index, ms] of stops) {
        tracker.walk(seat(room, index));
        tracker.stay(tracker.now() + ms);
      }
      tracker.leave();
      for (const [index, leg] of tracker.legs.entries()) {
        if (index === 0) continue;
        assert.equal(leg.from, tracker.legs[index - 1]!.to);
        assert.deepEqual(leg.start, tracker.legs[index - 1]!.end);
        const metres = Math.hypot(leg.end[0] - leg.start[0], leg.end[1] - leg.start[1]);
        if (leg.level !== null && leg.to - leg.from > 50) assert.ok(metres / ((leg.to - leg.from) / 1000) < 1.4);
      }
      const street = tracker.passings.filter(({ room }) => room === null).map(({ inward }) => inward);
      assert.deepEqual(street, [true, false]);
      for (const { room } of tracker.passings) {
        const turns = tracker.passings.filter((passing) => passing.room === room).map(({ inward }) => inward);
        if (room !== "1-LOBBY")
          assert.ok(
            turns.every((inward, turn) => inward === (turn % 2 === 0)),
            "in and out take turns",
          );
      }
    }),
  );
});

test("a follower knows where a person is, and that nobody is on the stairs or outside", () => {
  const tracker = createTracker(0);
  tracker.enter(0, seat("2-LOUNGE", 0));
  tracker.stay(tracker.now() + 60_000);
  tracker.leave();
  const follow = createFollower(tracker);
  assert.equal(follow(-1), null);
  assert.equal(follow(0)!.level, 0);
  const up = tracker.legs.find(({ level }) => level === null)!;
  assert.equal(follow(up.from), null);
  assert.equal(follow(up.to)!.level, 1);
  assert.equal(follow(tracker.now()), null);
});
