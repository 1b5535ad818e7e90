import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { Fact } from "../../src/model/fact.ts";
import type { MotionObservation } from "../../src/model/observation.ts";
import { campus, compiled } from "../building/models.ts";
import { only, senses } from "./senses.ts";

const building = await compiled(campus());

const moves = (sensor: string, at: number, report: boolean | number): MotionObservation => ({
  kind: "motion",
  id: null,
  at,
  sensor,
  ...(typeof report === "boolean" ? { motion: report } : { confidence: report }),
});

const edges = (facts: readonly Fact[]) =>
  only(facts, "motion").map(({ room, motion, at }) => `${room} ${motion ? "moves" : "rests"} @${at}`);

describe("motion of a room", () => {
  test("begins with the first sensor that moves and ends with the last one", () => {
    const { sense } = senses(building);
    assert.deepEqual(edges(sense(moves("sensor_1", 1, true), moves("sensor_2", 2, true))), ["room_1 moves @1"]);
    assert.deepEqual(edges(sense(moves("sensor_1", 3, false), moves("sensor_1", 4, false))), []);
    assert.deepEqual(edges(sense(moves("sensor_2", 5, false))), ["room_1 rests @5"]);
  });

  test("is only ever an edge", () => {
    const { sense } = senses(building);
    assert.deepEqual(edges(sense(moves("sensor_1", 1, false), moves("sensor_1", 2, false))), []);
    assert.deepEqual(edges(sense(moves("sensor_1", 3, true), moves("sensor_1", 4, true))), ["room_1 moves @3"]);
  });

  test("is a confidence of at least the room's threshold", () => {
    const { sense } = senses(building);
    assert.deepEqual(edges(sense(moves("sensor_1", 1, 0.049), moves("sensor_1", 2, 0.05))), ["room_1 moves @2"]);
    assert.deepEqual(edges(sense(moves("sensor_3", 3, 0.49), moves("sensor_3", 4, 0.5))), ["room_2 moves @4"]);
    assert.deepEqual(edges(sense(moves("sensor_3", 5, 0.1))), ["room_2 rests @5"]);
  });

  test("is not changed by a report older than the sensor's last one", () => {
    const { sense } = senses(building);
    sense(moves("sensor_1", 5, true));
    assert.deepEqual(edges(sense(moves("sensor_1", 4, false))), []);
    assert.deepEqual(edges(sense(moves("sensor_2", 3, true), moves("sensor_1", 6, false))), []);
  });

  test("never goes back in time when a sensor's clock is slow", () => {
    const { sense } = senses(building);
    sense(moves("sensor_1", 5, true), moves("sensor_1", 6, false));
    assert.deepEqual(sense(moves("sensor_2", 3, true)), [
      { kind: "motion", room: "room_1", motion: true, at: 6, revision: 1 },
    ]);
  });

  test("is unknown of a sensor without a room", () => {
    const { sense, memory } = senses(building);
    assert.deepEqual(sense(moves("sensor_5", 1, true)), []);
    assert.equal(memory.size, 0);
  });

  test("ends when the sensor that moved has left the model and another one rests", async () => {
    const { sense, move } = senses(building);
    sense(moves("sensor_1", 1, true));
    const smaller = campus();
    smaller.sites[0]!.buildings[0]!.floors![0]!.sensors!.splice(0, 1);
    move(await compiled(smaller));
    assert.deepEqual(edges(sense(moves("sensor_2", 2, false))), ["room_1 rests @2"]);
  });

  test("changes sides with every edge, beginning with motion, and its time never goes back", () => {
    const reports = fc.array(
      fc.record({ sensor: fc.constantFrom("sensor_1", "sensor_2"), at: fc.nat(30), motion: fc.boolean() }),
    );
    fc.assert(
      fc.property(reports, (all) => {
        const facts = only(
          senses(building).sense(...all.map((each) => moves(each.sensor, each.at, each.motion))),
          "motion",
        );
        for (const [index, fact] of facts.entries()) {
          assert.equal(fact.motion, index % 2 === 0);
          const before = facts[index - 1];
          if (before === undefined) continue;
          assert.ok(fact.at > before.at || (fact.at === before.at && fact.revision === before.revision + 1));
        }
      }),
    );
  });
});
