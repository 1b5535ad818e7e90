import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { Point } from "../../../src/model/fact.ts";
import type { Observation } from "../../../src/model/observation.ts";
import { built, groundFloor, hall } from "../hall.ts";
import { frame, minuteWords, type Senses, senses } from "../senses.ts";

const minute = 60_000;
const t = Date.UTC(2026, 0, 5, 9);

/** The room of sensors 3 and 4 is zeroed after `windowS` of silence. */
async function quiet(windowS = 120, change: (floor: ReturnType<typeof groundFloor>) => void = () => {}) {
  const model = hall();
  const floor = groundFloor(model);
  Object.assign(floor.rooms[1]!, { pir_zero_enable: true, pir_zero_window: windowS });
  change(floor);
  return built(model);
}

const motion = (at: number, moves: boolean, sensor = "sensor_3"): Observation => ({
  kind: "motion",
  id: null,
  at: t + at * 1_000,
  sensor,
  motion: moves,
});
/** A heater that a presence sensor takes for somebody. */
const ghost = (from: number, until: number, sensor = "sensor_3"): Observation[] => {
  const all: Observation[] = [];
  for (let at = from; at < until; at += 2) all.push(frame(sensor, t + at * 1_000, [5, 2] as Point));
  return all;
};
const inOrder = (...all: readonly Observation[]) => all.toSorted((a, b) => a.at - b.at);
/** Reports of rest that a motion sensor repeats. */
const rest = (from: number, until: number, sensor = "sensor_3"): Observation[] =>
  Array.from({ length: Math.ceil((until - from) / 20) }, (_, index) => motion(from + index * 20, false, sensor));

const roomWords = (facts: Parameters<typeof minuteWords>[0]) =>
  minuteWords(facts, t).filter((each) => each.startsWith("room_2"));
/** The values that stand in the end, by minute. */
const ended = ({ minutes }: Senses, space = "room:room_2"): (number | undefined)[] =>
  Array.from({ length: 9 }, (_, index) => minutes.get(`${space} ${t + index * minute}`)?.value);

describe("a room whose motion sensors agree that nobody is there", () => {
  test("has zero minutes from the start of the absence on, those told before by corrections", async () => {
    const house = senses(await quiet(120));
    const all = inOrder(motion(10, true), ...rest(30, 420), ...ghost(0, 420));
    const facts = [...house.sense(...all), ...house.pass(t + 9 * minute)];
    // Minute 0 holds the motion, minute 1 was told before two minutes of silence were over.
    assert.deepEqual(roomWords(facts), [
      "room_2 1 @0",
      "room_2 1 @1",
      "room_2 0 @1 r1 was 1",
      "room_2 0 @2",
      "room_2 0 @3",
      "room_2 0 @4",
      "room_2 0 @5",
      "room_2 0 @6",
    ]);
    const { min, max, mean, observedS } = house.minutes.get(`room:room_2 ${t + 3 * minute}`)!;
    assert.deepEqual([min, max, mean, observedS], [0, 0, 0, 60]);
  });

  test("counts again from the minute in which somebody moves", async () => {
    const house = senses(await quiet(200));
    const all = inOrder(motion(10, true), ...rest(30, 230), motion(250, true), ...rest(270, 350), ...ghost(0, 400));
    house.sense(...all);
    house.pass(t + 9 * minute);
    assert.deepEqual(ended(house).slice(0, 6), [1, 0, 0, 0, 1, 1]);
  });

  test("is not taken for empty through a motion between two absences", async () => {
    const house = senses(await quiet(100));
    const all = inOrder(motion(1, true), ...rest(21, 260), motion(261, true), ...rest(281, 440), ...ghost(0, 440));
    house.sense(...all);
    house.pass(t + 12 * minute);
    assert.deepEqual(ended(house).slice(0, 7), [1, 0, 0, 0, 1, 0, 0]);
  });

  test("zeroes its zones with it, and leaves the floor and other rooms as they are seen", async () => {
    const house = senses(
      await quiet(120, (floor) => {
        floor.zones.push({
          id: "zone_2",
          name: "Heater",
          room_id: "room_2",
          coordinates: [
            [4, 1],
            [6, 1],
            [6, 3],
            [4, 3],
          ],
        });
      }),
    );
    const other = ghost(0, 420, "sensor_1").map((each) => frame("sensor_1", each.at, [1, 1]));
    house.sense(...inOrder(motion(10, true), ...rest(30, 420), ...ghost(0, 420), ...other));
    house.pass(t + 9 * minute);
    assert.deepEqual(ended(house, "zone:zone_2").slice(2, 6), [0, 0, 0, 0]);
    assert.deepEqual(ended(house, "room:room_1").slice(2, 6), [1, 1, 1, 1]);
    assert.deepEqual(ended(house, "floor:space_1").slice(2, 6), [2, 2, 2, 2]);
  });

  test("is zeroed only where it is asked for, by sensors that may, and by all of them", async () => {
    const all = inOrder(motion(10, true), ...rest(30, 420), ...ghost(0, 420));
    const off = senses(
      await quiet(120, ({ rooms }) => {
        rooms[1]!["pir_zero_enable"] = false;
      }),
    );
    off.sense(...all);
    off.pass(t + 9 * minute);
    assert.deepEqual(ended(off).slice(0, 7), [1, 1, 1, 1, 1, 1, 1]);

    const barred = senses(
      await quiet(120, ({ sensors }) => {
        sensors[2]!["pir_zero_enable"] = false;
      }),
    );
    barred.sense(...all);
    barred.pass(t + 9 * minute);
    assert.deepEqual(ended(barred).slice(0, 7), [1, 1, 1, 1, 1, 1, 1]);

    const other: Observation[] = [];
    for (let at = 5; at < 420; at += 20) other.push(motion(at, true, "sensor_4"));
    const disagreed = senses(await quiet(120));
    disagreed.sense(...inOrder(...all, ...other));
    disagreed.pass(t + 9 * minute);
    assert.deepEqual(ended(disagreed).slice(0, 7), [1, 1, 1, 1, 1, 1, 1]);
  });

  test("is not zeroed while one of them is not heard of", async () => {
    const house = senses(await quiet(120));
    // The second sensor reports rest for a minute and is silent from then on.
    const all = inOrder(motion(10, true), ...rest(30, 420), ...rest(0, 60, "sensor_4"), ...ghost(0, 420));
    house.sense(...all);
    house.pass(t + 9 * minute);
    assert.deepEqual(ended(house).slice(0, 7), [1, 1, 1, 1, 1, 1, 1]);
  });

  test("says nothing of minutes that nobody observed", async () => {
    const house = senses(await quiet(120));
    const facts = house.sense(...inOrder(motion(10, true), ...rest(30, 420), ...ghost(0, 60)));
    facts.push(...house.pass(t + 9 * minute));
    assert.deepEqual(ended(house).slice(0, 7), [1, undefined, undefined, undefined, undefined, undefined, undefined]);
  });

  test("changes nothing that is past its lateness", async () => {
    const house = senses(await quiet(480));
    house.sense(...inOrder(motion(0, true), ...rest(20, 620), ...ghost(0, 620)));
    house.pass(t + 11 * minute);
    // At 8 minutes the third minute is the oldest that may change.
    assert.deepEqual(ended(house), [1, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("is corrected back when a motion comes late", async () => {
    const house = senses(await quiet(120));
    house.sense(...inOrder(motion(10, true), ...rest(30, 280), ...ghost(0, 280)));
    const facts = house.accept(motion(190, true), t + 290_000);
    facts.push(...house.pass(t + 9 * minute));
    assert.deepEqual(roomWords(facts).slice(0, 1), ["room_2 1 @3 r1 was 0"]);
    assert.deepEqual(ended(house).slice(0, 4), [1, 0, 0, 1]);
  });
});

describe("a motion that comes later than its sensor's reports are kept", () => {
  test("ends the absence that it falls into, and leaves of it what is long enough", async () => {
    const house = senses(await quiet(120));
    // Of a report every second, those of half a minute are kept.
    const reports = Array.from({ length: 288 }, (_, index) => motion(12 + index, false));
    house.sense(...inOrder(motion(10, true), ...reports, ...ghost(0, 300)));
    house.pass(t + 302_000);
    assert.deepEqual(ended(house).slice(0, 4), [1, 0, 0, 0]);
    house.accept(motion(250, true), t + 303_000);
    house.accept(motion(150, true), t + 304_000);
    house.pass(t + 9 * minute);
    // From 10 s to 150 s is long enough, from 150 s to 250 s is not.
    assert.deepEqual(ended(house).slice(0, 5), [1, 0, 1, 1, 1]);
  });
});

interface Given {
  readonly at: number;
  readonly delay: number;
  readonly twice: boolean;
}

/** Seconds after t at which somebody moves, and how each report comes. */
const given = fc.record({
  moves: fc.array(fc.nat({ max: 420 }), { maxLength: 4 }),
  ways: fc.array(
    fc.record({
      at: fc.constant(0),
      delay: fc.oneof({ weight: 4, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(200) }),
      twice: fc.boolean(),
    }),
    { minLength: 40, maxLength: 40 },
  ),
  cuts: fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 3 }),
});

describe("zeroed minutes of what comes late, in any order and twice", () => {
  test("end as those of what comes in order, where the process is killed meanwhile as well", async () => {
    const building = await quiet(100);
    const played = (all: readonly (readonly [Observation, number])[], cuts: readonly number[]): unknown => {
      const house = senses(building);
      let now = t - 200_000;
      const passTo = (until: number) => {
        while (now < until) {
          const next = Math.min(now + 1_000, until);
          if (cuts.some((cut) => t + cut * 1_000 > now && t + cut * 1_000 <= next)) house.restart();
          now = next;
          house.pass(now);
        }
      };
      for (const [observation, acceptedAt] of all) {
        passTo(acceptedAt);
        house.accept(observation, acceptedAt);
      }
      passTo(t + 15 * minute);
      return ended(house);
    };
    fc.assert(
      fc.property(given, ({ moves, ways, cuts }) => {
        const reports = Array.from({ length: 40 }, (_, index) => index * 20 + 1).map((at) =>
          motion(
            at,
            moves.some((moved) => moved > at - 20 && moved <= at),
          ),
        );
        const wayOf = (index: number): Given => ways[index % ways.length]!;
        // How often the sensor repeats itself is known: what its first reports mean depends on their order.
        const seen = [...rest(-199, 0), ...ghost(0, 440)].map((each): [Observation, number] => [each, each.at]);
        const calm = [...seen, ...reports.map((each): [Observation, number] => [each, each.at])];
        const disturbed = reports.flatMap((each, index): [Observation, number][] => {
          const { delay, twice } = wayOf(index);
          const first: [Observation, number] = [each, each.at + delay * 1_000];
          return twice ? [first, [each, each.at + delay * 1_000 + 7_000]] : [first];
        });
        const sorted = (all: [Observation, number][]) => all.toSorted(([, a], [, b]) => a - b);
        assert.deepEqual(played(sorted([...seen, ...disturbed]), cuts), played(sorted(calm), []));
      }),
      { numRuns: 60 },
    );
  });
});
