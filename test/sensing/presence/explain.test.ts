import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { Point } from "../../../src/model/fact.ts";
import type { LoggedObservation, Observation } from "../../../src/model/observation.ts";
import { explain, type Explanation, neededFor, type Question } from "../../../src/sensing/sensing.ts";
import { built, groundFloor, hall } from "../hall.ts";
import { frame, senses } from "../senses.ts";

const t = Date.UTC(2026, 0, 5, 8);
const model = hall();
groundFloor(model).rooms[1]!["overlap"] = "sum";
const building = await built(model);
const spaces = [
  ["floor", "space_1"],
  ["room", "room_1"],
  ["room", "room_2"],
  ["room", "room_3"],
  ["zone", "zone_1"],
] as const;

const logged = (observation: Observation, acceptedAt = observation.at, position = 1): LoggedObservation => ({
  position,
  organization: "org_1",
  acceptedAt,
  observation,
});

function explained(question: Question, observations: readonly LoggedObservation[]): Explanation {
  const steps = explain(building, question, observations);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value!;
}

/** Frames of all sensors, some hundred ms apart, in order. */
const frames = fc
  .array(
    fc.record({
      sensor: fc.integer({ min: 1, max: 5 }),
      after: fc.integer({ min: 0, max: 900 }),
      points: fc.array(fc.tuple(fc.integer({ min: 0, max: 48 }), fc.integer({ min: 0, max: 16 })), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((all) => {
    let at = t;
    return all.map(({ sensor, after, points }) => {
      at += after;
      return frame(`sensor_${sensor}`, at, ...points.map(([x, y]): Point => [x / 4, y / 4]));
    });
  });

describe("an explanation", () => {
  test("counts as the live floor does, and its people add up to the count, in every space", () => {
    fc.assert(
      fc.property(frames, (observations) => {
        const { sense, sensing } = senses(building);
        sense(...observations);
        const { presence } = sensing();
        const live = presence.live("space_1")!;
        const { at } = observations.at(-1)!;
        // A frame holds up to and with its last millisecond here, and up to it there.
        fc.pre(observations.every((each) => each.at !== at - 3_000));
        for (const [level, id] of spaces) {
          const { moment } = explained(
            { level, id, at },
            observations.map((each) => logged(each)),
          );
          const space = presence.layout("space_1")!.spaces.find((each) => each.key === `${level}:${id}`)!;
          const known = live.view.heard(space.index) === 0 ? null : live.view.count(space.index);
          assert.equal(moment.value, known, `${level} ${id}`);
          const counted = moment.people.reduce((sum, { counts }) => sum + counts, 0);
          if (known !== null) assert.equal(counted, known, `${level} ${id}`);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("gives the minute the value that was told when it ended", () => {
    fc.assert(
      fc.property(frames, (observations) => {
        const all = observations.flatMap((each) => [0, 20_000, 40_000].map((ms) => ({ ...each, at: each.at + ms })));
        const inOrder = all.toSorted((a, b) => a.at - b.at);
        const { sense, pass, minutes } = senses(building);
        sense(...inOrder);
        pass(t + 200_000);
        for (const [level, id] of spaces) {
          const { value } = explained(
            { level, id, at: t + 30_000 },
            inOrder.map((each) => logged(each)),
          );
          const told = minutes.get(`${level}:${id} ${t}`);
          assert.deepEqual(
            value && [value.value, value.min, value.max, value.mean],
            told === undefined ? null : [told.value, told.min, told.max, told.mean],
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test("counts everybody once for each sensor where sensors are summed", () => {
    const both = [frame("sensor_3", t, [5.8, 2]), frame("sensor_4", t, [5.9, 2])];
    const at = t + 1;
    const ofRoom = explained(
      { level: "room", id: "room_2", at },
      both.map((each) => logged(each)),
    ).moment;
    assert.deepEqual([ofRoom.value, ofRoom.people.map(({ counts }) => counts)], [2, [2]]);
    const ofFloor = explained(
      { level: "floor", id: "space_1", at },
      both.map((each) => logged(each)),
    ).moment;
    assert.deepEqual([ofFloor.value, ofFloor.people.map(({ sensors }) => sensors)], [1, [["sensor_3", "sensor_4"]]]);
  });

  test("takes of each sensor the frame that was sensed last before the moment, and of one moment that accepted last", () => {
    const observations = [
      logged(frame("sensor_3", t + 2_000, [5, 2], [5, 3]), t + 2_000, 2),
      logged(frame("sensor_3", t, [5, 2]), t + 9_000, 3),
      logged(frame("sensor_3", t + 1_000), t + 1_000, 1),
      logged(frame("sensor_3", t + 2_000, [5, 2]), t + 2_500, 4),
    ];
    const value = (at: number) => explained({ level: "room", id: "room_2", at }, observations).moment.value;
    assert.deepEqual([t - 1, t, t + 999, t + 1_000, t + 2_000, t + 4_999, t + 5_000].map(value), [
      null,
      1,
      1,
      0,
      1,
      1,
      null,
    ]);
  });

  test("needs no more of the log than it asks for", () => {
    const { from, until } = neededFor(t + 30_000);
    const observations = Array.from({ length: 400 }, (_, index) =>
      frame("sensor_3", t - 150_000 + index * 1_000, ...Array.from({ length: index % 4 }, (_each, i): Point => [5, i])),
    );
    const needed = observations.filter(({ at }) => at >= from && at < until);
    assert.ok(needed.length < observations.length / 2);
    for (const at of [t, t + 30_000, t + 59_999]) {
      const question = { level: "room", id: "room_2", at } as const;
      assert.deepEqual(
        explained(
          question,
          needed.map((each) => logged(each)),
        ),
        explained(
          question,
          observations.map((each) => logged(each)),
        ),
      );
    }
  });

  test("is null for a space that the model does not have", () => {
    for (const [level, id] of [
      ["room", "space_1"],
      ["zone", "nowhere"],
      ["floor", "room_1"],
    ] as const) {
      assert.equal(explain(building, { level, id, at: t }, []).next().value, null);
    }
  });
});
