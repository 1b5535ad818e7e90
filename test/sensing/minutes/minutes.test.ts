import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { OccupancyFact, Point } from "../../../src/model/fact.ts";
import type { Observation } from "../../../src/model/observation.ts";
import { built, groundFloor, hall } from "../hall.ts";
import { frame, minuteWords, only, senses } from "../senses.ts";

const building = await built(hall());
const minute = 60_000;
const t = Date.UTC(2026, 0, 5, 9);

/** A frame every `every` ms from `from` until `until`, in s after t. */
const frames = (
  sensor: string,
  from: number,
  until: number,
  people: readonly Point[],
  every = 1_000,
): Observation[] => {
  const all: Observation[] = [];
  for (let at = t + from * 1_000; at < t + until * 1_000; at += every) all.push(frame(sensor, at, ...people));
  return all;
};
const one: Point[] = [[6, 1]];
const two: Point[] = [
  [6, 1],
  [6, 3],
];

describe("a minute", () => {
  test("is said once for every space that was observed, at most 10 s after its end", () => {
    const { sense, pass } = senses(building);
    const early = sense(...frames("sensor_3", 0, 60, two));
    assert.deepEqual(minuteWords(early, t), []);
    assert.deepEqual(minuteWords(pass(t + 70_000), t), ["space_1 2 @0", "room_2 2 @0"]);
    assert.deepEqual(minuteWords(pass(t + 20 * minute), t), []);
  });

  test("ends on a quiet floor too, and an explicit empty frame is a zero", () => {
    const { sense, pass, minutes } = senses(building);
    sense(...frames("sensor_3", 0, 20, []));
    assert.deepEqual(minuteWords(pass(t + 70_000), t), ["space_1 0 @0", "room_2 0 @0"]);
    assert.deepEqual(minutes.get(`room:room_2 ${t}`), {
      space: "room:room_2",
      at: t,
      value: 0,
      out: 0,
      min: 0,
      max: 0,
      mean: 0,
      observedS: 22,
      revision: 0,
    });
  });

  test("observed for less than 15 s is not said, and silence is never a zero", () => {
    const { sense, pass } = senses(building);
    sense(...frames("sensor_3", 0, 12, one));
    assert.deepEqual(minuteWords(pass(t + 5 * minute), t), []);
  });

  test("counts people whom two sensors see once", () => {
    const { sense, pass } = senses(building);
    const both = frames("sensor_1", 0, 60, [[2.2, 3]]).flatMap((each) => [
      each,
      frame("sensor_2", each.at + 500, [2.4, 3.2]),
    ]);
    sense(...both);
    assert.deepEqual(minuteWords(pass(t + 70_000), t), ["space_1 1 @0", "room_1 1 @0", "zone_1 0 @0"]);
  });

  test("that changed late is sent again with the same time, the next revision and the value before", () => {
    const { sense, accept, pass, minutes } = senses(building);
    sense(...frames("sensor_3", 0, 20, one));
    pass(t + 70_000);
    const late = frames("sensor_3", 20, 60, two);
    const facts = late.flatMap((each, index) => accept(each, t + 100_000 + index * 10));
    facts.push(...pass(t + 110_000));
    assert.deepEqual(minuteWords(facts, t), ["space_1 2 @0 r1 was 1", "room_2 2 @0 r1 was 1"]);
    assert.equal(minutes.get(`room:room_2 ${t}`)?.revision, 1);
  });

  test("whose value stays is corrected in its row and not sent again", () => {
    const { sense, accept, pass, minutes } = senses(building);
    sense(...frames("sensor_3", 0, 20, one));
    pass(t + 70_000);
    const late = frames("sensor_3", 20, 60, one);
    const facts = late.flatMap((each) => accept(each, t + 100_000));
    facts.push(...pass(t + 110_000));
    assert.deepEqual(minuteWords(facts, t), []);
    assert.deepEqual([minutes.get(`room:room_2 ${t}`)?.observedS, minutes.get(`room:room_2 ${t}`)?.revision], [60, 0]);
  });

  test("that nobody had observed has its first value from what came late", () => {
    const { accept, pass } = senses(building);
    const facts = frames("sensor_3", 0, 60, two).flatMap((each) => accept(each, t + 200_000));
    facts.push(...pass(t + 230_000));
    assert.deepEqual(minuteWords(facts, t), ["space_1 2 @0", "room_2 2 @0"]);
  });

  test("is not changed any more by what comes five minutes after its end, until somebody asks", () => {
    const { sense, accept, pass, sensing } = senses(building);
    sense(...frames("sensor_3", 0, 20, one));
    pass(t + 70_000);
    const late = frames("sensor_3", 20, 50, two);
    const facts = late.flatMap((each) => accept(each, t + 6 * minute + 1));
    facts.push(...pass(t + 10 * minute));
    assert.deepEqual(minuteWords(facts, t), []);
    sensing().presence.recompute("space_1", t, t + minute, t + 10 * minute);
    assert.deepEqual(minuteWords(pass(t + 10 * minute + 1_000), t), ["space_1 2 @0 r1 was 1", "room_2 2 @0 r1 was 1"]);
  });

  test("that is corrected after its lateness leaves out what came after it, unless somebody asked", () => {
    const { sense, accept, pass, sensing } = senses(building);
    sense(...frames("sensor_3", 0, 20, one));
    pass(t + 70_000);
    accept(frame("sensor_3", t + 30_000, ...one), t + 6 * minute - 1);
    const [late] = sensing().late(t + 7 * minute);
    const logged = [...frames("sensor_3", 0, 20, one), ...frames("sensor_3", 20, 60, two)].map(
      (observation, index) => ({
        position: index + 1,
        organization: "org_1",
        acceptedAt: index < 20 ? observation.at : t + 6 * minute + 1,
        observation,
      }),
    );
    const computed = (isAsked: boolean) => {
      const step = sensing()
        .compute({ ...late!, isAsked }, logged)
        .next();
      assert.ok(step.done);
      return minuteWords(step.value.compare([], t + 7 * minute), t);
    };
    assert.deepEqual(computed(false), ["space_1 1 @0", "room_2 1 @0"]);
    assert.deepEqual(computed(true), ["space_1 2 @0", "room_2 2 @0"]);
  });

  test("that is not over is not computed again, whoever asks", () => {
    const { sense, pass, sensing } = senses(building);
    sense(...frames("sensor_3", 0, 110, one));
    sensing().presence.recompute("space_1", t, t + 5 * minute, t + 110_000);
    const facts = pass(t + 130_000);
    assert.deepEqual(minuteWords(facts, t), ["space_1 1 @1", "room_2 1 @1"]);
  });

  test("is late only where the next one is closed", () => {
    const { sense, accept, pass } = senses(building);
    sense(...frames("sensor_3", 0, 20, one), ...frames("sensor_3", 60, 80, one));
    const facts = [
      ...pass(t + 130_000),
      ...frames("sensor_3", 20, 60, two).flatMap((each) => accept(each, t + 131_000)),
    ];
    facts.push(...pass(t + 150_000));
    const late = only(facts, "occupancy").filter(({ window, space }) => window === "minute" && space === "room_2");
    assert.deepEqual(
      late.map(({ at, isLate }) => [(at - t) / minute, isLate]),
      [
        [1, false],
        [0, true],
      ],
    );
  });

  test("under way when the model changes is computed with the place as it is now", async () => {
    const { sense, move, pass } = senses(building);
    sense(...frames("sensor_3", 0, 30, one));
    const model = hall();
    Object.assign(groundFloor(model).sensors[2]!, { room_id: "room_1" });
    move(await built(model));
    sense(...frames("sensor_3", 30, 60, one));
    assert.deepEqual(minuteWords(pass(t + 80_000), t), ["space_1 1 @0", "room_1 1 @0"]);
  });

  test("is not asked for every second where a clock that was set back left frames ahead of it", () => {
    const { sense, restart, sensing } = senses(building);
    sense(frame("sensor_3", t, ...one));
    restart();
    sensing().advance(t - 60 * minute);
    assert.equal(sensing().presence.nextDue(), t + 6_001, "the frame can be put in order then");
  });

  test("under way when the process ends is said as if it had not", () => {
    const { sense, pass, restart } = senses(building);
    sense(...frames("sensor_3", 0, 40, two));
    restart();
    sense(...frames("sensor_3", 40, 60, []));
    restart();
    assert.deepEqual(minuteWords(pass(t + 70_000), t), ["space_1 2 @0", "room_2 2 @0"]);
    restart();
    assert.deepEqual(minuteWords(pass(t + 5 * minute), t), []);
  });
});

interface Given {
  readonly sensor: string;
  readonly at: number;
  readonly people: number;
  readonly delay: number;
  readonly twice: boolean;
}

const spots: Readonly<Record<string, number>> = { sensor_1: 2.2, sensor_2: 2.4, sensor_3: 5, sensor_5: 10 };
const given: fc.Arbitrary<Given[]> = fc.array(
  fc.record({
    sensor: fc.constantFrom("sensor_1", "sensor_2", "sensor_3", "sensor_5"),
    at: fc.integer({ min: 0, max: 3 * minute }),
    people: fc.nat(3),
    delay: fc.oneof({ weight: 4, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.nat(4 * minute) }),
    twice: fc.boolean(),
  }),
  { minLength: 60, maxLength: 240 },
);

const observed = ({ sensor, at, people }: Given): Observation =>
  frame(sensor, t + at, ...Array.from({ length: people }, (_, index): Point => [spots[sensor]!, 0.5 + 1.1 * index]));

/** Of frames of one sensor and moment one counts, whatever their order: here the last given. */
const distinct = (all: readonly Given[]): Given[] => [
  ...new Map(all.map((each) => [`${each.sensor} ${each.at}`, each])).values(),
];

interface Said {
  readonly fact: OccupancyFact;
  readonly when: number;
}

/** All minutes said, each with the moment it was said. `cuts`: moments at which the process ends. */
function saidOf(all: readonly (readonly [Observation, number])[], cuts: readonly number[] = []): Said[] {
  const { accept, pass, restart } = senses(building);
  const said: Said[] = [];
  let now = t;
  const note = (facts: ReturnType<typeof pass>) => {
    for (const fact of only(facts, "occupancy")) if (fact.window === "minute") said.push({ fact, when: now });
  };
  const passTo = (until: number) => {
    while (now < until) {
      const next = Math.min(now + 1_000, until);
      if (cuts.some((cut) => cut > now && cut <= next)) restart();
      now = next;
      note(pass(now));
    }
  };
  for (const [observation, acceptedAt] of all) {
    passTo(acceptedAt);
    note(accept(observation, acceptedAt));
  }
  passTo(t + 10 * minute);
  return said;
}

const inOrder = (all: readonly Given[]) =>
  all.toSorted((a, b) => a.at - b.at).map((each): [Observation, number] => [observed(each), t + each.at + 100]);
const disturbed = (all: readonly Given[]) =>
  all
    .flatMap((each): [Observation, number][] => {
      const first: [Observation, number] = [observed(each), t + each.at + each.delay];
      return each.twice ? [first, [observed(each), t + each.at + each.delay + 1_500]] : [first];
    })
    .toSorted(([, a], [, b]) => a - b);

const finals = (said: readonly Said[]): Record<string, number> =>
  Object.fromEntries(said.map(({ fact: { space, at, count } }) => [`${space} ${(at - t) / minute}`, count]));

describe("minutes of what comes late, in any order and twice", () => {
  test("end at the values of what comes in order, which is never corrected", () => {
    fc.assert(
      fc.property(given, (all) => {
        const frames = distinct(all);
        const calm = saidOf(inOrder(frames));
        assert.ok(calm.every(({ fact }) => fact.revision === 0));
        assert.deepEqual(finals(saidOf(disturbed(frames))), finals(calm));
      }),
      { numRuns: 60 },
    );
  });

  test("are the same where the process is killed meanwhile", () => {
    fc.assert(
      fc.property(given, fc.array(fc.integer({ min: t, max: t + 8 * minute }), { maxLength: 4 }), (all, cuts) => {
        const frames = disturbed(distinct(all));
        assert.deepEqual(finals(saidOf(frames, cuts)), finals(saidOf(frames)));
      }),
      { numRuns: 60 },
    );
  });

  test("are corrected by another value only, one revision at a time, at most once a minute and once at the end", () => {
    fc.assert(
      fc.property(given, (all) => {
        const bySpace = new Map<string, Said[]>();
        for (const each of saidOf(disturbed(distinct(all)))) {
          const key = `${each.fact.space} ${each.fact.at}`;
          bySpace.set(key, [...(bySpace.get(key) ?? []), each]);
        }
        for (const said of bySpace.values()) {
          for (const [index, { fact, when }] of said.entries()) {
            assert.equal(fact.revision, index);
            const before = said[index - 1];
            if (before === undefined) continue;
            assert.equal(fact.previous, before.fact.count);
            assert.notEqual(fact.count, before.fact.count);
            const isEnd = when >= fact.at + 6 * minute;
            if (index > 1 && !isEnd) assert.ok(when - before.when >= minute, `${when - before.when} ms`);
            assert.ok(when <= fact.at + 6 * minute + 2_000);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
