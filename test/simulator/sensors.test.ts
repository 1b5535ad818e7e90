import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import type { DetectionsReading, SimulatedObservation } from "../../src/simulator/observation.ts";
import { liveDay } from "../../src/simulator/people.ts";
import { readPlace } from "../../src/simulator/place.ts";
import { within } from "../../src/simulator/plan.ts";
import { sense } from "../../src/simulator/sensors.ts";
import { simulateDays } from "../../src/simulator/simulate.ts";
import { truthOf } from "../../src/simulator/truth.ts";
import { first } from "./first.ts";

const morning = Date.UTC(2026, 8, 1, 7, 30);
const seeds = fc.integer({ min: 0, max: 100_000 });
/** Fewer frames to look at. */
const seldomEmpty = { emptyFrameMs: 30_000 };
const fewRuns = { numRuns: 3 };

/** As sensors see it: in metres. */
function* dayOf(seed: number): Generator<SimulatedObservation> {
  const place = readPlace(createBuilding(seed));
  yield* sense(seed, place, liveDay(seed, place, morning), seldomEmpty);
}
const wholeDay = (seed: number): { seed: number; day: SimulatedObservation[] } => ({ seed, day: [...dayOf(seed)] });
/** A day that several tests look at. */
const third = wholeDay(3);
const doorSensor = (seed: number, room: string | null): string =>
  readPlace(createBuilding(seed)).counters.find((counter) => counter.room === room)!.sensor;

test("the same seed gives the same day to the last byte", () => {
  const digest = (): string => {
    const hash = createHash("sha256");
    for (const observation of first(dayOf(7), 60_000)) hash.update(JSON.stringify(observation));
    return hash.digest("hex");
  };
  assert.equal(digest(), digest());
});

test("whatever the seed: time goes forward, nobody is in two places, doors and sensors agree, and the day ends empty", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { day } = wholeDay(seed);
      const [streetSensor, cafeSensor] = [doorSensor(seed, null), doorSensor(seed, "1-CAFE")];
      const cafeEyes = new Set(cafe(seed));
      const frames = new Map<string, DetectionsReading>();
      let [last, inside, inCafe, most] = [0, 0, 0, 0];
      let framed = false;
      const check = (at: number): void => {
        const seen = [...frames.values()].map(({ world }) => world!.length).reduce((sum, count) => sum + count, 0);
        // Those on the stairs are inside and seen by nobody; nobody is seen who did not come in, or twice.
        assert.ok(seen <= inside, `${seen} seen, ${inside} inside at ${at}`);
        const inRoom = [...frames]
          .filter(([sensor]) => cafeEyes.has(sensor))
          .reduce((sum, [, { world }]) => sum + world!.length, 0);
        assert.equal(inRoom, inCafe);
        most = Math.max(most, seen);
      };
      for (const observation of day) {
        assert.ok(observation.at >= last);
        // What happened up to a tick comes before its frames: they are compared once the tick is over. Between whole ticks only
        // sensors with a line look.
        if (framed && observation.at !== last && (last - morning) % 2000 === 0) check(last);
        framed = observation.kind === "detections" || observation.kind === "motion";
        last = observation.at;
        if (observation.kind === "traffic") {
          if (observation.sensor === streetSensor) inside += observation.in! - observation.out!;
          else if (observation.sensor === cafeSensor) inCafe += observation.in! - observation.out!;
          assert.ok(inside >= 0 && inCafe >= 0);
        } else if (observation.kind === "detections") frames.set(observation.sensor, observation);
      }
      assert.equal(inside, 0);
      assert.equal(inCafe, 0);
      assert.ok([...frames.values()].every(({ world }) => world!.length === 0));
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
      const eyes = new Map(readPlace(createBuilding(seed)).presence.map((eye) => [eye.sensor, eye]));
      const before = new Map<string, DetectionsReading>();
      for (const observation of wholeDay(seed).day) {
        if (observation.kind !== "detections") continue;
        for (const point of observation.world!) assert.ok(within(eyes.get(observation.sensor)!.box, point));
        const previous = before.get(observation.sensor);
        if (previous !== undefined && previous.world!.length > 0)
          assert.equal(observation.at - previous.at, eyes.get(observation.sensor)!.line === null ? 2000 : 500);
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
        if (!/^[a-z_]+ [A-Za-z0-9_-]{1,128}$/.test(name) || ids.has(name)) assert.fail(name);
        ids.add(name);
      }
    }),
    fewRuns,
  );
});

test("who comes in has opened the door some seconds before, and visitors have called or shown a pass", () => {
  const { day, seed } = third;
  const place = readPlace(createBuilding(seed));
  const opened = day.filter((one) => one.kind === "access" && one.access_point === place.mainDoor && one.name !== null);
  const entered = day.filter((one) => one.kind === "traffic" && one.sensor === doorSensor(seed, null) && one.in === 1);
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
  for (const method of [
    '"Swipe to open"',
    '"Visitor Pass (using QR code)"',
    '"Visitor Pass (using PIN)"',
    '"Remote Doorman"',
    '"App call"',
    '"API"',
    '{"access_tool":n}',
    '{"keychain":n}',
    "null",
  ])
    assert.ok(methods.has(method), `${method} of ${[...methods].join(" ")}`);
});

test("meeting rooms, the café and motion sensors are used, and the first person comes within the first minute", () => {
  const { day } = wholeDay(2);
  assert.ok(day.some((one) => one.kind === "traffic" && one.in === 1 && one.at - morning < 60_000));
  assert.ok(day.some((one) => one.kind === "motion" && one.motion));
  assert.ok(day.some((one) => one.kind === "motion" && !one.motion));
  assert.ok(
    day.some((one) => one.kind === "detections" && one.world!.length >= 3),
    "several people under one sensor",
  );
});

test("every call gets a status later, under its guid", () => {
  const { day } = third;
  const ended = new Map(day.flatMap((one) => (one.kind === "call_status" ? [[one.guid, one] as const] : [])));
  const calls = day.filter((one) => one.kind === "call");
  assert.equal(ended.size, calls.length);
  for (const { guid, at } of calls) assert.ok(ended.get(guid)!.at > at);
  const statuses = new Set([...ended.values()].map(({ status }) => status));
  for (const status of statuses) assert.ok(["opened_door", "timeout_online_signal"].includes(status), status);
});

test("every sensor and hive sends a heartbeat each minute", () => {
  const { day } = third;
  const beats = new Map<string, number>();
  for (const one of day) {
    if (one.kind !== "heartbeat") continue;
    const device = (one.sensor ?? one.hive)!;
    const last = beats.get(device);
    if (last !== undefined) assert.equal(one.at - last, 60_000);
    beats.set(device, one.at);
  }
  const floors = createBuilding(3).sites[0]!.buildings![0]!.floors!;
  assert.equal(beats.size, floors.flatMap((floor) => [...floor.sensors!, ...floor.hives!]).length);
});

test("motion is seen in as many samples as motion sensors see it in, by the number of people there", () => {
  const samples = [0, 0, 0, 0];
  const seen = [0, 0, 0, 0];
  for (let seed = 1; seed <= 4; seed++) {
    const place = readPlace(createBuilding(seed, { floors: 4 }));
    const day = liveDay(seed, place, morning);
    const truth = truthOf(place, day);
    const rooms = new Map(
      place.motion.map(({ sensor, level, box }) => [
        sensor,
        place.spaces.find(
          (space) =>
            space.kind === "room" && space.level === level && space.box.x0 === box.x0 && space.box.y0 === box.y0,
        )!.id,
      ]),
    );
    for (const one of sense(seed, place, day, seldomEmpty)) {
      if (one.kind !== "motion") continue;
      const people = Math.min(truth.count(rooms.get(one.sensor)!, one.at), 3);
      samples[people]!++;
      if (one.motion) seen[people]!++;
    }
  }
  for (const [people, share] of [0.003, 0.35, 0.64, 0.77].entries()) {
    assert.ok(samples[people]! > 300, `${samples[people]} samples of ${people}`);
    const spread = 4 * Math.sqrt((share * (1 - share)) / samples[people]!);
    assert.ok(
      Math.abs(seen[people]! / samples[people]! - share) < spread,
      `${people}: ${seen[people]! / samples[people]!}`,
    );
  }
});

test("running totals roll over, begin anew once, and their steps are the people who passed", () => {
  const place = readPlace(createBuilding(6));
  const day = liveDay(6, place, morning);
  const lounge = place.counters.find(({ says }) => says === "totals")!.sensor;
  const totals = [...sense(6, place, day, seldomEmpty)]
    .filter((one) => one.kind === "traffic")
    .filter((one) => one.sensor === lounge);
  let [rolled, reset, entered] = [0, 0, 0];
  for (const [index, { total_in }] of totals.entries()) {
    if (index === 0) continue;
    const step = total_in! - totals[index - 1]!.total_in!;
    if (step < -60_000) rolled++;
    else if (step < 0) reset++;
    entered += step < -60_000 ? step + 65_536 : Math.max(step, 0);
  }
  assert.deepEqual([rolled, reset], [1, 1]);
  assert.equal(
    entered,
    truthOf(place, day)
      .crossings(lounge)
      .filter(({ inward }) => inward).length,
  );
});

test("a person has one track under a sensor with a counting line, from coming until going", () => {
  const place = readPlace(createBuilding(5));
  const lines = new Set(place.presence.filter(({ line }) => line !== null).map(({ sensor }) => sensor));
  const last = new Map<string, ReadonlyMap<string, readonly [number, number]>>();
  let followed = 0;
  for (const one of sense(5, place, liveDay(5, place, morning), seldomEmpty)) {
    if (one.kind !== "detections") continue;
    assert.equal(one.tracks !== undefined, lines.has(one.sensor));
    if (one.tracks === undefined) continue;
    assert.equal(new Set(one.tracks).size, one.world!.length);
    const now = new Map(one.tracks.map((track, index) => [track, one.world![index]!]));
    for (const [track, [x, y]] of now) {
      const before = last.get(one.sensor)?.get(track);
      if (before === undefined) continue;
      followed++;
      assert.ok(Math.hypot(x - before[0], y - before[1]) < 0.7);
    }
    last.set(one.sensor, now);
  }
  assert.ok(followed > 1000);
});

test("a sensor says every two seconds that nobody is there, unless it is to say so seldom", () => {
  const place = readPlace(createBuilding(3));
  const day = liveDay(3, place, morning);
  for (const emptyFrameMs of [2000, 30_000]) {
    const [told, last] = [new Map<string, number>(), place.presence.map(({ sensor }) => sensor)];
    for (const one of sense(3, place, day, emptyFrameMs === 2000 ? {} : { emptyFrameMs })) {
      if (one.at > morning + 10_000) break;
      if (one.kind === "detections") told.set(one.sensor, (told.get(one.sensor) ?? 0) + 1);
    }
    for (const sensor of last) assert.equal(told.get(sensor), emptyFrameMs === 2000 ? 6 : 1);
  }
});

test("after a day comes the next, with people of the same building and ids of its own", () => {
  const building = createBuilding(4);
  const place = readPlace(building);
  const today = sense(4, place, liveDay(4, place, morning));
  const both = simulateDays(4, building, morning);
  for (const { kind, id } of today) {
    const { value } = both.next();
    if (value.id !== id) assert.fail(`${kind} ${id}`);
  }
  const { value } = both.next();
  assert.equal(value.at, morning + 86_400_000);
});
