import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Point } from "../../src/model/fact.ts";
import type { DetectionsObservation } from "../../src/model/observation.ts";
import { campus, compiled } from "../building/models.ts";
import { only, senses } from "./senses.ts";

const model = campus();
Object.assign(model.sites[0]!.buildings[0]!.floors![0]!.sensors![0]!, {
  center: [87.189995, 27.579999],
  footprint: [3.9888, 3.9888],
});
const building = await compiled(model);

const frame = (sensor: string, given: { local: Point[] } | { world: Point[] }): DetectionsObservation => ({
  kind: "detections",
  id: null,
  at: 1_700_000_000_000,
  sensor,
  ...given,
});

const detections = (sensor: string, given: { local: Point[] } | { world: Point[] }) =>
  only(senses(building).sense(frame(sensor, given)), "detections");

describe("detections", () => {
  const local: Point[] = [
    [0.5625, 0.125],
    [0.75, 0.5625],
  ];
  const world: Point[] = [
    [85.694195, 27.829299],
    [87.439395, 28.577199],
  ];
  world[1] = [87.439295, 28.577199];

  test("of a placed sensor carry its view and the floor, as in the vendor's example", () => {
    assert.deepEqual(detections("sensor_1", { local }), [
      { kind: "detections", at: 1_700_000_000_000, revision: 0, sensor: "sensor_1", local, world },
    ]);
  });

  test("given on the floor carry the sensor's view too", () => {
    const [fact] = detections("sensor_1", { world });
    assert.deepEqual(fact?.world, world);
    assert.deepEqual(fact?.local, local);
  });

  test("given on the floor are rounded to a micrometre", () => {
    assert.deepEqual(detections("sensor_1", { world: [[1.23456789, -0.00000001]] })[0]?.world, [[1.234568, 0]]);
  });

  test("of nobody are a fact too", () => {
    assert.deepEqual(
      detections("sensor_1", { local: [] }).map((fact) => [fact.local, fact.world]),
      [[[], []]],
    );
  });

  test("of a sensor that nobody placed are none: nobody knows where its people stand", () => {
    assert.deepEqual(detections("sensor_2", { local }), []);
    assert.deepEqual(detections("sensor_2", { world }), []);
  });

  test("name the sensor by its id, however the observation names it", () => {
    for (const name of ["1", "00:17:0D:00:00:CC:BB:01"])
      assert.equal(detections(name, { local })[0]?.sensor, "sensor_1");
  });

  test("come out of every frame, also one that arrives late", () => {
    const { sense } = senses(building);
    sense(frame("sensor_1", { local }));
    const late = only(sense({ ...frame("sensor_1", { local: [] }), at: 1_699_999_999_000 }), "detections");
    assert.deepEqual(
      late.map(({ at }) => at),
      [1_699_999_999_000],
    );
  });
});

test("nothing follows from a sensor that the model does not know", () => {
  const { sense, memory } = senses(building);
  assert.deepEqual(sense(frame("sensor_9", { local: [] })), []);
  assert.deepEqual(sense({ kind: "traffic", id: null, at: 0, sensor: "sensor_9", in: 1, out: 0 }), []);
  assert.deepEqual(sense({ kind: "motion", id: null, at: 0, sensor: "sensor_9", motion: true }), []);
  assert.deepEqual(
    [...memory.keys()].filter((key) => key.includes("sensor_9")),
    [],
  );
});
