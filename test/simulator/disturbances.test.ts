import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { readObservation } from "../../src/ingest/observations/parse-observation.ts";
import { toWorld } from "../../src/building/geometry.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import { clocksOf } from "../../src/simulator/disturbances/clocks.ts";
import { type Disturbances, undisturbed, usualDisturbances } from "../../src/simulator/disturbances/disturbances.ts";
import { outagesOf } from "../../src/simulator/disturbances/outages.ts";
import type { SentObservation } from "../../src/simulator/observation.ts";
import { within } from "../../src/simulator/plan.ts";
import { simulateDay } from "../../src/simulator/simulate.ts";
import { first } from "./first.ts";

const morning = Date.UTC(2026, 8, 1, 7, 30);
const seed = 8;
const building = createBuilding(seed);
const house = (disturbances: Disturbances) =>
  simulateDay({ seed, building, morning, disturbances, emptyFrameMs: 30_000 });
const { place, day } = house(undisturbed);
const clean = [...house(undisturbed).sent()];
const only = (some: Partial<Disturbances>) => [...house({ ...undisturbed, ...some }).sent()];
/** Observations of the first hours: enough for shares of frames. */
const firstHours = 60_000;
const morningOnly = (some: Partial<Disturbances>) => first(house({ ...undisturbed, ...some }).sent(), firstHours);

const name = ({ observation: { kind, id } }: SentObservation): string => `${kind} ${id}`;
const byName = new Map(clean.map((one) => [name(one), one]));
const original = (one: SentObservation): SentObservation => byName.get(name(one))!;
const footprints = new Map(place.presence.map((eye) => [eye.sensor, eye]));

/** Metres on the floor of everybody in a frame. */
function pointsOf({ observation }: SentObservation) {
  if (observation.kind !== "detections") return null;
  const { footprint } = footprints.get(observation.sensor)!;
  return observation.world ?? observation.local!.map((point) => toWorld(footprint, point));
}

/** The share is as said, within four standard deviations of chance. */
function assertShare(part: number, whole: number, share: number): void {
  assert.ok(Math.abs(part / whole - share) < 4 * Math.sqrt((share * (1 - share)) / whole), `${part} of ${whole}`);
}

test("the same seed gives the same sequence to the last byte, another seed another one", () => {
  const digest = (other: number): string => {
    const hash = createHash("sha256");
    const simulated = simulateDay({
      seed: other,
      building,
      morning,
      disturbances: usualDisturbances,
      emptyFrameMs: 30_000,
    });
    for (const one of first(simulated.sent(), firstHours)) hash.update(JSON.stringify(one));
    return hash.digest("hex");
  };
  assert.equal(digest(seed), digest(seed));
  assert.notEqual(digest(seed), digest(seed + 1));
});

test("with everything off, each observation is sent once, at its moment and in order", () => {
  assert.ok(clean.every(({ observation, sentAt }) => observation.at === sentAt));
  assert.ok(clean.every(({ sentAt }, index) => index === 0 || clean[index - 1]!.sentAt <= sentAt));
  assert.equal(byName.size, clean.length);
});

test("the server can read every observation, disturbed or not, but for those of before 2000", () => {
  for (const { observation, sentAt } of [...clean.slice(0, firstHours), ...morningOnly(usualDisturbances)]) {
    const read = readObservation(JSON.parse(JSON.stringify(observation)), sentAt);
    // A clock that stands in 1970 is refused; everything else is read.
    const isWrong = observation.at < Date.UTC(2000, 0);
    if (read.status === "rejected" && !isWrong) assert.fail(`${read.message} ${JSON.stringify(observation)}`);
  }
});

test("a sensor with a counting line tells metres and who is who, every other one shares of its view", () => {
  for (const { observation } of clean) {
    if (observation.kind !== "detections") continue;
    const hasLine = footprints.get(observation.sensor)!.line !== null;
    const { world, local, tracks } = observation;
    assert.deepEqual([world !== undefined, tracks !== undefined, local === undefined], [hasLine, hasLine, hasLine]);
  }
});

test("whatever is switched on: nothing is sent before it was seen by a right clock, and all in order of sending", () => {
  const share = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: 0 });
  const switched = fc.record({
    misses: share,
    inventions: share,
    noise: fc.constantFrom(null, usualDisturbances.noise),
    clocks: fc.constantFrom(null, usualDisturbances.clocks),
    outages: fc.constantFrom(null, usualDisturbances.outages),
    lateness: fc.constantFrom(null, usualDisturbances.lateness),
    duplicates: share,
  });
  fc.assert(
    fc.property(switched, (disturbances) => {
      let last = 0;
      for (const one of morningOnly(disturbances)) {
        assert.ok(one.sentAt >= last);
        assert.ok(one.sentAt >= original(one).sentAt);
        last = one.sentAt;
      }
    }),
    { numRuns: 4 },
  );
});

test("a tenth of the people in frames is missed, and nobody else is moved", () => {
  let [people, missed] = [0, 0];
  for (const one of morningOnly({ misses: 0.1 })) {
    const [before, after] = [pointsOf(original(one)), pointsOf(one)];
    if (before === null || after === null) continue;
    people += before.length;
    missed += before.length - after.length;
    for (const point of after) assert.ok(before.some((other) => other[0] === point[0] && other[1] === point[1]));
    if (one.observation.kind === "detections" && one.observation.tracks !== undefined)
      assert.equal(one.observation.tracks.length, after.length);
  }
  assertShare(missed, people, 0.1);
});

test("in a fiftieth of the frames somebody is invented, within what the sensor sees", () => {
  let [frames, invented] = [0, 0];
  for (const one of morningOnly({ inventions: 0.02 })) {
    const [before, after] = [pointsOf(original(one)), pointsOf(one)];
    if (before === null || after === null || one.observation.kind !== "detections") continue;
    frames++;
    if (after.length === before.length) continue;
    invented++;
    assert.equal(after.length, before.length + 1);
    assert.ok(within(footprints.get(one.observation.sensor)!.box, after.at(-1)!));
    if (one.observation.tracks !== undefined) assert.equal(one.observation.tracks.length, after.length);
  }
  assertShare(invented, frames, 0.02);
});

test("people are seen 0.2 to 0.6 m beside where they are, but never beyond what the sensor sees", () => {
  let [people, asFar] = [0, 0];
  for (const one of morningOnly({ noise: [0.2, 0.6] })) {
    const [before, after] = [pointsOf(original(one)), pointsOf(one)];
    if (before === null || after === null || one.observation.kind !== "detections") continue;
    assert.equal(after.length, before.length);
    for (const [index, [x, y]] of after.entries()) {
      const metres = Math.hypot(x - before[index]![0], y - before[index]![1]);
      people++;
      if (metres >= 0.198) asFar++;
      assert.ok(metres < 0.602);
      assert.ok(within(footprints.get(one.observation.sensor)!.box, [x, y]));
    }
  }
  // The others stand at a wall.
  assert.ok(asFar / people > 0.9);
});

test("clocks are ahead or behind by sensor, one believes that it is 1970, and all is sent when it was", () => {
  const options = { share: 0.3, mostMs: 5000, wrong: 1 };
  const { ahead, wrong } = clocksOf(seed, place, options);
  assert.equal(wrong.size, 1);
  assert.ok([...ahead.values()].some((ms) => ms > 0) && [...ahead.values()].some((ms) => ms < 0));
  for (const one of morningOnly({ clocks: options })) {
    const { observation, sentAt } = one;
    const before = original(one);
    assert.equal(sentAt, before.sentAt);
    const sensor = ("sensor" in observation ? observation.sensor : null) ?? "";
    if (wrong.has(sensor)) assert.ok(observation.at < 86_400_000);
    else {
      assert.equal(observation.at - before.observation.at, ahead.get(sensor) ?? 0);
      assert.ok(Math.abs(observation.at - before.observation.at) <= 5000);
    }
  }
});

test("a fifth of the observations comes late, by at most four minutes, and none is lost", () => {
  const sent = only({ lateness: { share: 0.2, mostMs: 240_000 } });
  assert.equal(sent.length, clean.length);
  let late = 0;
  for (const one of sent) {
    const delay = one.sentAt - original(one).sentAt;
    assert.ok(delay >= 0 && delay <= 240_000);
    if (delay > 0) late++;
    if (late % 100 === 0) assert.deepEqual(one.observation, original(one).observation);
  }
  assertShare(late, sent.length, 0.2);
});

test("one in twenty observations comes twice, with the same id and content", () => {
  const sent = only({ duplicates: 0.05 });
  const times = new Map<string, number>();
  for (const one of sent) {
    times.set(name(one), (times.get(name(one)) ?? 0) + 1);
    if (times.get(name(one)) === 2) assert.deepEqual(one.observation, original(one).observation);
  }
  assert.equal(times.size, clean.length);
  assert.deepEqual(new Set(times.values()), new Set([1, 2]));
  assertShare(sent.length - clean.length, clean.length, 0.05);
});

test("a sensor, or all behind a hive, is silent during an outage; then what it saw is lost or comes in order", () => {
  const options = { share: 0.3, leastMs: 120_000, mostMs: 900_000, backlog: 0.5 };
  const list = outagesOf(seed, place, day, options);
  assert.ok(list.some(({ backlog }) => backlog) && list.some(({ backlog }) => !backlog));
  const sent = new Map(only({ outages: options }).map((one) => [name(one), one]));
  const devices = new Map([...place.hiveOf].map(([sensor, hive]) => [sensor, [sensor, hive]]));
  let [lost, backlog] = [0, 0];
  for (const [index, one] of clean.entries()) {
    const { sensor, hive } = one.observation as { sensor?: string; hive?: string };
    const own = sensor === undefined ? [hive] : devices.get(sensor)!;
    const outages = list.filter(
      ({ device, from, to }) => own.includes(device) && one.sentAt >= from && one.sentAt < to,
    );
    const after = sent.get(name(one));
    if (outages.length === 0) {
      assert.equal(after?.sentAt, one.sentAt);
      if (index % 16 === 0) assert.deepEqual(after, one);
    } else if (outages.length === 1 && !outages[0]!.backlog) {
      assert.equal(after, undefined);
      lost++;
    } else if (outages.length === 1) {
      assert.equal(after?.sentAt, outages[0]!.to);
      backlog++;
    }
  }
  assert.ok(lost > 100 && backlog > 100);
});

test("a stage draws the same whether the others are on or off", () => {
  const missed = (sent: readonly SentObservation[]) =>
    new Map(sent.map((one) => [name(one), pointsOf(one)?.length ?? 0]));
  const alone = missed(only({ misses: 0.1 }));
  const among = missed(only({ misses: 0.1, noise: [0.2, 0.6], lateness: usualDisturbances.lateness, duplicates: 0.5 }));
  assert.equal(among.size, alone.size);
  for (const [which, people] of alone) if (among.get(which) !== people) assert.fail(which);
});

test("with an overlap, people are seen by several sensors of their room and by none of another", () => {
  const wide = simulateDay({ seed, building: createBuilding(seed, { overlap: 2 }), morning, emptyFrameMs: 30_000 });
  const eyes = new Map(wide.place.presence.map((eye) => [eye.sensor, eye]));
  const rooms = wide.place.spaces.filter(({ kind }) => kind === "room");
  let [seen, twice] = [0, 0];
  const frames = new Map<string, readonly string[]>();
  for (const { observation } of first(wide.sent(), firstHours)) {
    if (observation.kind !== "detections" || (observation.at - morning) % 30_000 !== 0) continue;
    const { footprint, level, box } = eyes.get(observation.sensor)!;
    const points = observation.world ?? observation.local!.map((point) => toWorld(footprint, point));
    for (const [x, y] of points) {
      assert.ok(
        rooms.some((room) => room.level === level && within(room.box, [x, y]) && within(room.box, [box.x0, box.y0])),
      );
      const person = `${observation.at} ${level} ${x} ${y}`;
      const before = frames.get(person) ?? [];
      frames.set(person, [...before, observation.sensor]);
    }
  }
  for (const sensors of frames.values()) {
    seen++;
    if (sensors.length > 1) twice++;
  }
  assert.ok(twice > seen / 20, `${twice} of ${seen}`);
});
