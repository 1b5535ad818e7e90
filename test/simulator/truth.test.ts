import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import type { Point } from "../../src/model/fact.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import { liveDay } from "../../src/simulator/people.ts";
import { readPlace } from "../../src/simulator/place.ts";
import { within } from "../../src/simulator/plan.ts";
import { sense } from "../../src/simulator/sensors.ts";
import { simulateDay } from "../../src/simulator/simulate.ts";
import { createFollower } from "../../src/simulator/track.ts";
import { truthOf } from "../../src/simulator/truth.ts";

const morning = Date.UTC(2026, 8, 1, 7, 30);
const minute = 60_000;
const seeds = fc.integer({ min: 0, max: 100_000 });
/** Fewer frames to look at. */
const seldomEmpty = { emptyFrameMs: 30_000 };
const fewRuns = { numRuns: 3 };
const house = (seed: number) => simulateDay({ seed, building: createBuilding(seed), morning });

test("whatever the seed: undisturbed sensors see in every space as many people as are there", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { place, day, truth } = house(seed);
      const frames = new Map<string, readonly Point[]>();
      let last = day.from;
      for (const one of sense(seed, place, day, seldomEmpty)) {
        if (one.kind !== "detections") continue;
        if (one.at !== last && (last - day.from) % 2000 === 0) {
          for (const { id, level, box } of place.spaces) {
            const eyes = place.presence.filter((eye) => eye.level === level);
            const seen = eyes.flatMap(({ sensor }) => frames.get(sensor) ?? []).filter((point) => within(box, point));
            if (seen.length !== truth.count(id, last))
              assert.fail(`${seen.length} for ${truth.count(id, last)} at ${last}`);
          }
        }
        last = one.at;
        frames.set(one.sensor, one.world!);
      }
    }),
    fewRuns,
  );
});

test("whatever the seed: counts are those of the tracks at any millisecond", () => {
  fc.assert(
    fc.property(seeds, fc.array(fc.nat(11 * 3_600_000), { minLength: 50, maxLength: 50 }), (seed, moments) => {
      const { place, day, truth } = house(seed);
      // Most changes happen at doors: the millisecond before and after each passing is worth a look.
      const passings = day.tracks.flatMap((track) => track.passings.map(({ at }) => at)).slice(0, 200);
      const times = [...moments.map((at) => morning + at), ...passings.flatMap((at) => [at - 1, at, at + 1])];
      for (const at of times) {
        const people = day.tracks.map((track) => createFollower(track)(at)).filter((here) => here !== null);
        for (const { id, level, box } of place.spaces) {
          const there = people.filter((here) => here.level === level && within(box, here.point)).length;
          assert.equal(truth.count(id, at), there);
        }
      }
    }),
    fewRuns,
  );
});

test("a minute is the count that held longest, the least, the most, and the mean over time", () => {
  const { truth, day } = house(11);
  let changing = 0;
  for (const { id } of truth.spaces) {
    for (let at = Math.floor(day.from / minute) * minute; at < day.from + 40 * minute; at += minute) {
      const counts = Array.from({ length: 600 }, (_, index) => truth.count(id, at + index * 100));
      const told = truth.minute(id, at);
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      assert.ok(Math.abs(told.mean - mean) < 0.02);
      assert.ok(told.min <= Math.min(...counts) && told.max >= Math.max(...counts));
      const held = (count: number) => counts.filter((each) => each === count).length;
      assert.ok(held(told.value) >= Math.max(...counts.map(held)) - 2);
      if (told.max > told.min) changing++;
    }
  }
  assert.ok(changing > 20);
});

test("those who went in and those who went out of a door are those who are behind it", () => {
  const { truth, place } = house(12);
  const cafe = place.counters.find(({ room }) => room === "1-CAFE")!;
  const space = truth.spaces.find(
    ({ kind, level, box }) => kind === "room" && level === 0 && box.x0 === 8 && box.y0 === 0,
  )!;
  const crossings = truth.crossings(cafe.sensor);
  assert.ok(crossings.length > 20);
  let inside = 0;
  for (const [index, { at, inward }] of crossings.entries()) {
    inside += inward ? 1 : -1;
    // Two may pass at once.
    if (crossings[index + 1]?.at !== at && crossings[index + 1]?.at !== at + 1)
      assert.equal(truth.count(space.id, at), inside);
  }
  assert.equal(inside, 0);
  const spans = truth.occupied(space.id);
  assert.equal(spans[0]!.from, crossings[0]!.at);
  for (const { from, to } of spans) {
    assert.ok(truth.count(space.id, from) > 0 && truth.count(space.id, to - 1) > 0);
    assert.equal(truth.count(space.id, to), 0);
    assert.equal(truth.count(space.id, from - 1), 0);
  }
});

test("whatever the seed: a line is crossed by those whose track is seen on its right and then on its left, or back", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const place = readPlace(createBuilding(seed));
      const day = liveDay(seed, place, morning);
      const truth = truthOf(place, day);
      for (const { sensor } of place.presence.filter(({ line }) => line !== null)) {
        const sides = new Map<string, boolean>();
        const seen: { at: number; inward: boolean }[] = [];
        for (const one of sense(seed, place, day, seldomEmpty)) {
          if (one.kind !== "detections" || one.sensor !== sensor) continue;
          for (const [index, track] of one.tracks!.entries()) {
            // In is towards the stairs, to greater x: the line runs down the corridor's width at x = 15.
            const inside = one.world![index]![0] > 15;
            if (sides.get(track) === !inside) seen.push({ at: one.at, inward: inside });
            sides.set(track, inside);
          }
        }
        const crossings = truth.crossings(sensor);
        assert.ok(crossings.some(({ inward }) => inward) && crossings.length > 10);
        // Seen at the next look, half a second later at most; who crosses between the same two looks comes in any order.
        const looks = crossings.map(({ at, inward }) => ({
          at: Math.ceil((at - morning) / 500) * 500 + morning,
          inward,
        }));
        const inOrder = (list: typeof seen) =>
          list.toSorted((one, other) => one.at - other.at || +one.inward - +other.inward);
        assert.deepEqual(inOrder(seen), inOrder(looks));
      }
    }),
    // One crosses the line exactly at a look.
    { ...fewRuns, examples: [[41_824]] },
  );
});

test("entries are what the doors wrote", () => {
  const { truth, day } = house(13);
  assert.deepEqual(
    truth.entries,
    day.panels.filter(({ kind }) => kind === "access"),
  );
  assert.ok(truth.entries.length > 20);
});

test("a space that is not in the building is an error", () => {
  assert.throws(() => house(1).truth.count("room_unknown", morning), /no space room_unknown/);
});
