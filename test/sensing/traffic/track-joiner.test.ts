import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Point } from "../../../src/model/fact.ts";
import { beginPath, continuePath, join, type PathEnd } from "../../../src/sensing/traffic/track-joiner.ts";

/** Somebody who walked these metres each half second, the last step at 1,000. */
const walker = ([x, y]: Point, [dx, dy]: Point): PathEnd => {
  const begin = beginPath(0, [x - 2 * dx, y - 2 * dy]);
  return continuePath(continuePath(begin, 500, [x - dx, y - dy]), 1_000, [x, y]);
};

const still = (...point: Point): PathEnd => beginPath(1_000, point);

describe("joining points to paths", () => {
  test("takes the nearest first, and each point and each path once", () => {
    assert.deepEqual(
      join(
        [still(0, 0), still(1, 0)],
        [
          [0.9, 0],
          [0.6, 0],
        ],
        1_500,
      ),
      [1, 0],
    );
    assert.deepEqual(join([still(0, 0), still(0.3, 0)], [[0.2, 0]], 1_500), [1]);
    assert.deepEqual(
      join(
        [still(0, 0)],
        [
          [0.2, 0],
          [0.1, 0],
        ],
        1_500,
      ),
      [null, 0],
    );
    assert.deepEqual(join([], [[0, 0]], 1_500), [null]);
  });

  test("looks where somebody who walks is expected, along both axes", () => {
    for (const [step, there] of [
      [
        [0.6, 0],
        [0.6, 0],
      ],
      [
        [0, 0.6],
        [0, 0.6],
      ],
      [
        [-0.4, -0.4],
        [-0.4, -0.4],
      ],
    ] as const) {
      // Another one stands now where the walker was.
      assert.deepEqual(join([walker([0, 0], step)], [[0, 0], there], 1_500), [null, 0], step.join());
    }
  });

  test("reaches as far as a sensor errs and somebody walks meanwhile", () => {
    assert.deepEqual(join([still(0, 0)], [[1.4, 0]], 1_500), [0]);
    assert.deepEqual(join([still(0, 0)], [[1.41, 0]], 1_500), [null]);
    assert.deepEqual(join([still(0, 0)], [[2.4, 0]], 2_000), [0]);
  });
});
