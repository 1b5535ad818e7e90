import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import type { Point } from "../../../src/model/fact.ts";
import { firstStance, type Line, step } from "../../../src/sensing/traffic/counting-line.ts";

/** Two metres from south to north: its left is the west. */
const line: Line = [
  [0, 0],
  [0, 2],
];

/** What a path gives: `in`, `out`, in order. */
function passages(path: readonly Point[], along: Line = line): string[] {
  const [first, ...rest] = path as [Point, ...Point[]];
  let stance = firstStance(along, first);
  let from = first;
  return rest.flatMap((to) => {
    const next = step(along, stance, from, to);
    ({ stance } = next);
    from = to;
    return next.passage ?? [];
  });
}

describe("passing a line", () => {
  const cases: readonly (readonly [string, readonly Point[], readonly string[]])[] = [
    [
      "from its right to its left is in",
      [
        [1, 1],
        [-1, 1],
      ],
      ["in"],
    ],
    [
      "from its left to its right is out",
      [
        [-1, 1],
        [1, 1],
      ],
      ["out"],
    ],
    [
      "there and back is both",
      [
        [1, 1],
        [-1, 1],
        [1, 1],
      ],
      ["in", "out"],
    ],
    [
      "around its end is neither",
      [
        [1, 3],
        [-1, 3],
      ],
      [],
    ],
    [
      "around its end and back through it is one",
      [
        [1, 3],
        [-1, 3],
        [-1, 1],
        [1, 1],
      ],
      ["out"],
    ],
    [
      "by its very end counts",
      [
        [1, 2],
        [-1, 2],
      ],
      ["in"],
    ],
    [
      "touching it and going back is nothing",
      [
        [1, 1],
        [0, 1],
        [1, 1],
      ],
      [],
    ],
    [
      "standing on it and going on is one",
      [
        [1, 1],
        [0, 1],
        [0, 1],
        [-1, 1],
      ],
      ["in"],
    ],
    [
      "walking along it and leaving by the end is nothing",
      [
        [1, 1],
        [0, 1],
        [0, 3],
        [-1, 3],
      ],
      [],
    ],
    [
      "lingering on it is one",
      [
        [1, 1],
        [-0.05, 1],
        [0.05, 1],
        [-0.3, 1],
        [0.3, 1],
        [-0.5, 1],
      ],
      ["in"],
    ],
    [
      "lingering on it and going back is nothing",
      [
        [1, 1],
        [-0.3, 1],
        [0.3, 1],
        [-0.3, 1],
        [1, 1],
      ],
      [],
    ],
    [
      "stepping over it a little and then well beyond is one",
      [
        [1, 1],
        [-0.1, 1],
        [-0.15, 1],
        [-0.5, 1],
      ],
      ["in"],
    ],
    [
      "first seen on it is nobody passing",
      [
        [0, 1],
        [-1, 1],
      ],
      [],
    ],
    [
      "first seen close to it still counts",
      [
        [0.1, 1],
        [-1, 1],
      ],
      ["in"],
    ],
    [
      "a step so long that it meets the endless line beside it is nothing",
      [
        [1, 3],
        [-1, 2.5],
      ],
      [],
    ],
    [
      "slantwise counts by where it is met",
      [
        [1, 3],
        [-1, 0],
      ],
      ["in"],
    ],
  ];
  for (const [name, path, expected] of cases) {
    test(name, () => assert.deepEqual(passages(path), expected));
  }

  test("changes its name when the line is drawn from the other end", () => {
    assert.deepEqual(
      passages(
        [
          [1, 1],
          [-1, 1],
        ],
        [line[1], line[0]],
      ),
      ["out"],
    );
  });

  test("never counts the same way twice in a row, but around its ends", () => {
    const inside = fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }));
    fc.assert(
      fc.property(fc.array(inside, { minLength: 1 }), (path) => {
        const found = passages(path);
        assert.ok(found.every((each, index) => each !== found[index - 1]));
        // Ins less outs is where the path ends against where it began, once both are clear of the line.
        const [begin, end] = [path[0]![0], path.at(-1)![0]];
        if (Math.abs(begin) < 0.4 || Math.abs(end) < 0.4) return;
        const net = found.filter((each) => each === "in").length - found.filter((each) => each === "out").length;
        assert.equal(net, Number(end < 0) - Number(begin < 0));
      }),
    );
  });
});
