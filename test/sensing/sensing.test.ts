import assert from "node:assert/strict";
import { test } from "node:test";
import type { Observation } from "../../src/model/observation.ts";
import { built, hall } from "./hall.ts";
import { only, senses } from "./senses.ts";

const t = Date.UTC(2026, 0, 5, 9);
const building = await built(hall());

test("a heartbeat says of a motion sensor that it is there: only then is its silence about motion a rest", () => {
  const edges = (heartbeatsUntil: number) => {
    const { sense, pass } = senses(building);
    const minute = (at: number): number => t + at * 60_000;
    const motion = (at: number): Observation => ({
      kind: "motion",
      id: null,
      sensor: "sensor_3",
      at: minute(at),
      motion: true,
    });
    const beat = (at: number): Observation => ({ kind: "heartbeat", id: null, sensor: "sensor_3", at: minute(at) });
    const facts = sense(motion(0), ...[1, 2, 3, 4].map(beat), motion(4.5));
    for (let at = 5; at < heartbeatsUntil; at++) facts.push(...sense(beat(at)));
    facts.push(...pass(minute(30)));
    return only(facts, "motion").map(({ motion, at }) => [motion, (at - t) / 60_000]);
  };
  assert.deepEqual(edges(15), [
    [true, 0],
    [false, 9.5],
  ]);
  assert.deepEqual(edges(5), [[true, 0]]);
});
