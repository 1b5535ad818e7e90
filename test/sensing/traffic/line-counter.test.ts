import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { Sensor } from "../../../src/building/building.ts";
import type { Point } from "../../../src/model/fact.ts";
import { createTrafficSensing } from "../../../src/sensing/traffic/traffic.ts";
import { campus, compiled } from "../../building/models.ts";
import { recording } from "../../fixtures/recordings.ts";
import { keptRecords } from "../kept-records.ts";

/** Sensor 1 with the line y = 0, whose left is the north; `change` what else it should be. */
async function model(line: readonly [Point, Point] | null, change: Record<string, unknown> = {}) {
  const document = campus();
  const sensors = document.sites[0]!.buildings[0]!.floors![0]!.sensors! as Record<string, unknown>[];
  Object.assign(sensors[0]!, line === null ? {} : { counting_line: { line } }, change);
  return compiled(document);
}

const across = [
  [-3, 0],
  [3, 0],
] as const;
const building = await model(across);
const eye = building.sensors.get("sensor_1")!;

interface Frame {
  readonly at: number;
  readonly points: readonly Point[];
  readonly tracks?: readonly string[];
}

function counted(frames: readonly Frame[], sensor: Sensor = eye, kept = keptRecords()): { in: number; out: number } {
  const { track } = createTrafficSensing(kept.records);
  const facts = frames.flatMap(({ at, points, tracks }) => track(at, points, tracks ?? null, sensor));
  return { in: facts.reduce((sum, fact) => sum + fact.in, 0), out: facts.reduce((sum, fact) => sum + fact.out, 0) };
}

describe("a counting line", () => {
  test("gives traffic of its sensor at the moment of the frame", () => {
    const { track } = createTrafficSensing(keptRecords().records);
    assert.deepEqual(track(1_000, [[0, -0.5]], null, eye), []);
    assert.deepEqual(track(2_000, [[0, 0.5]], null, eye), [
      { kind: "traffic", at: 2_000, revision: 0, sensor: "sensor_1", in: 1, out: 0 },
    ]);
  });

  test("counts two who pass each other in one frame as one fact", () => {
    const { track } = createTrafficSensing(keptRecords().records);
    const tracks = ["a", "b"];
    track(
      0,
      [
        [0, -0.5],
        [1, 0.5],
      ],
      tracks,
      eye,
    );
    assert.deepEqual(
      track(
        500,
        [
          [0, 0.5],
          [1, -0.5],
        ],
        tracks,
        eye,
      ).map((fact) => [fact.in, fact.out]),
      [[1, 1]],
    );
  });

  test("follows ids wherever the points go and in whatever order they come", () => {
    const frames = [
      {
        at: 0,
        points: [
          [-2, -2],
          [2, 2],
        ],
        tracks: ["a", "b"],
      },
      {
        at: 500,
        points: [
          [-2, -1],
          [2, 2.5],
        ],
        tracks: ["b", "a"],
      },
    ] as const;
    assert.deepEqual(counted(frames), { in: 1, out: 1 });
  });

  test("joins the points of a walk to one path, and takes a far one for somebody else", () => {
    const walk = [-1, -0.6, -0.2, 0.2, 0.6].map((y, index) => ({ at: index * 300, points: [[0, y]] as const }));
    assert.deepEqual(counted(walk), { in: 1, out: 0 });
    assert.deepEqual(counted([walk[0]!, { at: 300, points: [[0, 2]] }]), { in: 0, out: 0 });
  });

  test("forgets a path that nobody continues for three seconds, and an id after ten", () => {
    const apart = (ms: number, tracks?: readonly string[]) => [
      { at: 0, points: [[0, -0.5]] as const, ...(tracks && { tracks }) },
      { at: ms, points: [[0, 0.5]] as const, ...(tracks && { tracks }) },
    ];
    assert.deepEqual(counted(apart(3_000)), { in: 1, out: 0 });
    assert.deepEqual(counted(apart(3_001)), { in: 0, out: 0 });
    assert.deepEqual(counted(apart(10_000, ["a"])), { in: 1, out: 0 });
    assert.deepEqual(counted(apart(10_001, ["a"])), { in: 0, out: 0 });
  });

  test("counts nobody by a frame that is older than the one before it", () => {
    const frames = [
      { at: 1_000, points: [[0, -0.5]], tracks: ["a"] },
      { at: 500, points: [[0, 0.5]], tracks: ["a"] },
      { at: 1_500, points: [[0, -0.4]], tracks: ["a"] },
    ] as const;
    assert.deepEqual(counted(frames), { in: 0, out: 0 });
  });

  test("misses nobody over a restart", () => {
    const kept = keptRecords();
    counted([{ at: 0, points: [[0, -0.5]] }], eye, kept);
    assert.deepEqual(counted([{ at: 500, points: [[0, 0.5]] }], eye, kept.restart()), { in: 1, out: 0 });
  });

  test("is not there on a sensor without one", async () => {
    const plain = (await model(null)).sensors.get("sensor_1")!;
    const kept = keptRecords();
    assert.deepEqual(
      counted(
        [
          { at: 0, points: [[0, -0.5]] },
          { at: 500, points: [[0, 0.5]] },
        ],
        plain,
        kept,
      ),
      {
        in: 0,
        out: 0,
      },
    );
    assert.deepEqual(kept.keys(), []);
  });

  const changes: readonly (readonly [string, readonly [Point, Point] | null, Record<string, unknown>])[] = [
    ["another device", across, { mac_address: "00-17-0d-00-00-cc-bb-99" }],
    ["another room", across, { room_id: "room_2", zone_ids: [] }],
    [
      "another line",
      [
        [-3, 0.1],
        [3, 0.1],
      ],
      {},
    ],
  ];
  for (const [name, line, change] of changes) {
    test(`begins anew with ${name}: nobody's path goes on`, async () => {
      const kept = keptRecords();
      counted([{ at: 0, points: [[0, -0.5]] }], eye, kept);
      const now = (await model(line, change)).sensors.get("sensor_1")!;
      assert.deepEqual(counted([{ at: 500, points: [[0, 0.5]] }], now, kept.restart()), { in: 0, out: 0 });
    });
  }

  test("is forgotten with its sensor", async () => {
    const kept = keptRecords();
    const sensing = createTrafficSensing(kept.records);
    sensing.track(0, [[0, -0.5]], null, eye);
    sensing.follow(building);
    assert.deepEqual(kept.keys(), ["paths:sensor_1"]);
    sensing.follow(await model(null));
    assert.deepEqual(kept.keys(), []);
  });
});

const juelich = recording("juelich-pedestrian-trajectories/040_c_56_h-.txt");

describe("Jülich: 75 people leave through one door, and nobody comes back", { skip: juelich.skip }, () => {
  const all = new Map<number, { points: Point[]; tracks: string[] }>();
  for (const line of juelich.skip === false ? readFileSync(juelich.path, "utf8").split(/[\r\n]+/) : []) {
    if (line === "" || line.startsWith("#")) continue;
    const [person, frame, x, y] = line.trim().split(/\s+/).map(Number) as [number, number, number, number];
    const seen = all.get(frame) ?? { points: [], tracks: [] };
    seen.points.push([x, y]);
    seen.tracks.push(String(person));
    all.set(frame, seen);
  }
  const frames = [...all].toSorted(([a], [b]) => a - b);
  const every = (nth: number) =>
    frames
      .filter(([frame]) => frame % nth === 0)
      .map(([frame, { points, tracks }]) => ({ at: frame * 40, points, tracks }));

  for (const nth of [1, 2, 5, 12, 25]) {
    test(`with ids, at ${Math.round(250 / nth) / 10} frames a second`, () => {
      assert.deepEqual(counted(every(nth)), { in: 0, out: 75 });
    });
  }
  for (const nth of [1, 2, 5, 12]) {
    test(`without ids, at ${Math.round(250 / nth) / 10} frames a second`, () => {
      const unnamed = every(nth).map(({ at, points }) => ({ at, points }));
      assert.deepEqual(counted(unnamed), { in: 0, out: 75 });
    });
  }
});
