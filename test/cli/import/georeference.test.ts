// Degrees to metres, against published lengths of a degree on the WGS 84 ellipsoid.

import assert from "node:assert/strict";
import { test } from "node:test";
import { degrees, georeferenceAt, projectionOf } from "../../../src/cli/import/georeference.ts";

test("a degree is as long as it is on the ellipsoid", () => {
  for (const [latitude, east, north] of [
    [0, 111_319, 110_574],
    [15, 107_550, 110_649],
    [45, 78_847, 111_132],
    [60, 55_800, 111_412],
    [75, 28_902, 111_618],
  ] as const) {
    const length = georeferenceAt([0, latitude], 0).metres_per_degree;
    assert.deepEqual(length.map(Math.round), [east, north], `latitude ${latitude}`);
  }
});

test("the origin is [0, 0], x runs east and y north, to the millimetre", () => {
  const project = projectionOf(georeferenceAt([8.5417, 47.3769], 0));
  assert.deepEqual(project(8.5417, 47.3769), [0, 0]);
  assert.deepEqual(project(8.5427, 47.3769), [75.52, 0]);
  assert.deepEqual(project(8.5417, 47.3779), [0, 111.178]);
});

test("a plan whose x axis points north has what lies east of the origin on its negative y axis", () => {
  const project = projectionOf(georeferenceAt([8.5417, 47.3769], 90));
  assert.deepEqual(project(8.5427, 47.3769), [0, -75.52]);
  assert.deepEqual(project(8.5417, 47.3779), [111.178, 0]);
});

test("what cannot be a longitude and a latitude is no position", () => {
  const project = projectionOf(georeferenceAt([0, 0], 0));
  for (const [x, y] of [
    [181, 0],
    [0, 91],
    [-180.1, 0],
    [0, -90.1],
  ] as const) {
    assert.equal(project(x, y), null);
    assert.equal(degrees(x, y), null);
  }
  assert.deepEqual(degrees(-180, 90), [-180, 90]);
});
