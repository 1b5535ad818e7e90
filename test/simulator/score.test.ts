import assert from "node:assert/strict";
import { test } from "node:test";
import { createBuilding } from "../../src/simulator/building.ts";
import { type Said, score } from "../../src/simulator/score.ts";
import { scoreTable } from "../../src/simulator/score-table.ts";
import { simulateDay } from "../../src/simulator/simulate.ts";
import type { Truth } from "../../src/simulator/truth.ts";

const minute = 60_000;
const { truth, place } = simulateDay({ seed: 2, building: createBuilding(2), morning: Date.UTC(2026, 8, 1, 7, 30) });
const nothing: Said = { minutes: [], instants: [], trafficOccupancy: [], traffic: [], motion: [] };

/** What one would say who knows everything. */
function sayTruth({ spaces, from, to, counting, crossings, ...about }: Truth): Said {
  const minutes = spaces.flatMap(({ id }) =>
    Array.from({ length: Math.floor((to - from) / minute) }, (_, index) => {
      const at = from + index * minute;
      return { space: id, at, count: about.minute(id, at).value, revision: 0, observedS: 60 };
    }),
  );
  const edges = spaces.flatMap(({ id }) =>
    about.occupied(id).flatMap((span) => [
      { space: id, at: span.from, motion: true },
      { space: id, at: span.to, motion: false },
    ]),
  );
  const seconds = Array.from({ length: Math.floor((to - from) / 1000) }, (_, index) => from + index * 1000);
  const lobby = spaces[1]!.id;
  return {
    minutes,
    instants: seconds.map((at) => ({ space: lobby, at, count: about.count(lobby, at) })),
    trafficOccupancy: minutes.filter(({ space }) => space === spaces[0]!.id),
    traffic: counting.flatMap((sensor) =>
      crossings(sensor).map(({ at, inward }) => ({ sensor, at, in: inward ? 1 : 0, out: inward ? 0 : 1 })),
    ),
    motion: edges,
  };
}
const right = sayTruth(truth);
const perfect = { meanAbsoluteError: 0, exact: 1, exactOccupied: 1, withinOne: 1, closingError: 0, falseVacancies: 0 };

test("the truth has a perfect score", () => {
  const { minutes, floorMinutes, firstMinutes, instants, trafficOccupancy, ...rest } = score(right, truth);
  for (const { compared, ...figures } of [minutes, floorMinutes, firstMinutes, instants, trafficOccupancy]) {
    assert.deepEqual(figures, perfect);
    assert.ok(compared > 0);
  }
  assert.equal(floorMinutes.compared, minutes.compared * (2 / place.spaces.length));
  assert.equal(rest.corrected, 0);
  assert.equal(rest.observed, 1);
  assert.deepEqual(rest.traffic.said, rest.traffic.true);
  assert.ok(rest.traffic.true.in > 50 && rest.traffic.true.in === rest.traffic.true.out);
  assert.equal(rest.motion.right, 1);
  assert.equal(rest.motion.falseVacancies, 0);
});

test("errors are counted for what they are: by how much, how many, and what is left at the end", () => {
  const one = right.minutes.slice(0, 10).map((said) => ({ ...said, count: said.count + 1 }));
  const three = right.minutes.slice(10, 20).map((said) => ({ ...said, count: said.count + 3 }));
  const { minutes } = score({ ...right, minutes: [...one, ...three] }, truth);
  assert.equal(minutes.compared, 20);
  assert.equal(minutes.meanAbsoluteError, 2);
  assert.equal(minutes.exact, 0);
  assert.equal(minutes.withinOne, 0.5);
  const [floor] = place.spaces;
  const atEnd = right.minutes.filter(({ space }) => space === floor!.id).at(-1)!;
  const left = score({ ...right, minutes: [...right.minutes, { ...atEnd, count: 4, revision: 1 }] }, truth);
  assert.equal(left.minutes.closingError, 4);
});

test("of a minute that was corrected the last value counts, and the first is judged apart", () => {
  const wrong = right.minutes.map((said) => ({ ...said, count: said.count + 2 }));
  const corrections = right.minutes.slice(0, wrong.length / 4).map((said) => ({ ...said, revision: 1 }));
  const judged = score({ ...right, minutes: [...wrong, ...corrections] }, truth);
  assert.equal(judged.minutes.compared, wrong.length);
  assert.ok(Math.abs(judged.minutes.exact - 0.25) < 0.001);
  assert.equal(judged.firstMinutes.exact, 0);
  assert.ok(Math.abs(judged.corrected - 0.25) < 0.001);
});

test("a 0 where somebody was is a false vacancy, of minutes and of motion", () => {
  const busy = right.minutes.filter(({ count }) => count > 0);
  const empty = busy.slice(0, 7).map((said) => ({ ...said, count: 0 }));
  const { minutes } = score({ ...right, minutes: [...empty, ...busy.slice(7, 14)] }, truth);
  assert.equal(minutes.falseVacancies, 7);
  assert.equal(minutes.exactOccupied, 0.5);
  const { space, at } = busy[0]!;
  const span = truth.occupied(space).find(({ from, to }) => from < at + minute && to > at)!;
  const motion = [
    { space, at: span.from, motion: true },
    { space, at: span.from + 1, motion: false },
  ];
  const judged = score({ ...right, motion }, truth).motion;
  assert.equal(judged.falseVacancies, 1);
  assert.ok(judged.right < 1);
});

test("an instant statement holds until the next one about its space", () => {
  const space = place.spaces.find(({ id }) => truth.occupied(id).length === 1) ?? place.spaces[0]!;
  const said = [{ space: space.id, at: truth.from, count: 0 }];
  const { instants } = score({ ...nothing, instants: said }, truth);
  const occupied = truth.occupied(space.id).reduce((sum, { from, to }) => sum + to - from, 0);
  assert.ok(Math.abs(1 - instants.exact - occupied / (truth.to - truth.from)) < 0.001);
  assert.equal(instants.falseVacancies, Math.round((1 - instants.exact) * instants.compared));
});

test("minutes that were not said, and seconds not observed, were not observed", () => {
  const half = right.minutes.filter((_, index) => index % 2 === 0).map((said) => ({ ...said, observedS: 30 }));
  assert.ok(Math.abs(score({ ...right, minutes: half }, truth).observed - 0.25) < 0.01);
});

test("the table says what was measured, and a dash where nothing was said", () => {
  const lines = scoreTable(score({ ...right, trafficOccupancy: [], motion: [] }, truth)).split("\n");
  assert.match(lines[0]!, /^estimate +compared +mean error +exact +occupied +within 1 +closing +false vacancies$/);
  assert.match(lines[1]!, /^minutes +\d+ +0\.000 +100\.0 % +100\.0 % +100\.0 % +0 +0$/);
  assert.match(lines[5]!, /^traffic occupancy +0( +-){6}$/);
  assert.match(lines[6]!, /^Minutes corrected afterwards 0\.0 %, observed 100\.0 % of the time\.$/);
  assert.match(lines[7]!, /^Traffic: (\d+) in and (\d+) out of \1 and \2\.$/);
  assert.match(lines[8]!, /^Motion: right - of the time/);
  assert.doesNotMatch(scoreTable(score(nothing, truth)), /NaN/);
});
