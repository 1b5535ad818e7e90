// Room Occupancy Estimation: two motion sensors in one room with its true head count, a sample each 30 s. How long after the
// last motion is the room still taken as occupied?

import { readFileSync } from "node:fs";
import type { BuildingModel } from "../../src/building/building.ts";
import { wallClock } from "../../src/cli/wall-clock.ts";
import { createMotionSensing } from "../../src/sensing/motion/motion.ts";
import { createRecords } from "../../src/sensing/records.ts";

export const motionFile = "room-occupancy-estimation/Occupancy_Estimation.csv";

export interface MotionSample {
  readonly at: number;
  readonly moves: readonly [s6: boolean, s7: boolean];
  readonly people: number;
}

export function readMotion(path: string): MotionSample[] {
  const [header = "", ...rows] = readFileSync(path, "utf8").trim().split(/\r?\n/);
  const columns = header.split(",");
  return rows.map((row) => {
    const cells = row.split(",");
    const cell = (name: string): string => cells[columns.indexOf(name)]!;
    const at = wallClock(cell("Date"), cell("Time"))!;
    return {
      at,
      moves: [cell("S6_PIR") === "1", cell("S7_PIR") === "1"],
      people: Number(cell("Room_Occupancy_Count")),
    };
  });
}

export interface MotionScore {
  /** Share of samples that are right about whether somebody is there. */
  readonly right: number;
  /** How often the room was taken as left while somebody was there. */
  readonly falseVacancies: number;
  /** Share of the occupied samples in which the room was taken as empty, and of the empty ones as occupied. */
  readonly occupiedLost: number;
  readonly emptyKept: number;
}

/** `occupied`: for each sample whether the room was taken as occupied at its moment. */
export function motionScore(samples: readonly MotionSample[], occupied: readonly boolean[]): MotionScore {
  const there = samples.filter(({ people }) => people > 0).length;
  const lost = samples.filter(({ people }, i) => people > 0 && !occupied[i]).length;
  const kept = samples.filter(({ people }, i) => people === 0 && occupied[i]).length;
  return {
    right: 1 - (lost + kept) / samples.length,
    falseVacancies: samples.filter(({ people }, i) => people > 0 && !occupied[i] && occupied[i - 1] === true).length,
    occupiedLost: lost / there,
    emptyKept: kept / (samples.length - there),
  };
}

/** A gap after which the recording begins anew. */
const longestGapMs = 120_000;

/** The recording in its contiguous parts. */
export function contiguous(samples: readonly MotionSample[]): MotionSample[][] {
  const parts: MotionSample[][] = [];
  for (const [i, sample] of samples.entries()) {
    if (i === 0 || sample.at - samples[i - 1]!.at > longestGapMs) parts.push([]);
    parts.at(-1)!.push(sample);
  }
  return parts;
}

/** What the program says: whether the room moves once the reports of a moment are in. */
export function sensed(samples: readonly MotionSample[], model: BuildingModel): boolean[] {
  const sensing = createMotionSensing(createRecords([]));
  sensing.follow(model);
  let moving = false;
  return samples.map(({ at, moves }) => {
    const facts = ["S6", "S7"].flatMap((id, index) => {
      const sensor = model.sensors.get(id)!;
      return sensing.fold({ kind: "motion", id: null, sensor: id, at, motion: moves[index]! }, sensor, model);
    });
    moving = [...facts, ...sensing.advance(at, model)].at(-1)?.motion ?? moving;
    return moving;
  });
}
