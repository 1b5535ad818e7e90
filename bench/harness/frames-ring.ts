// Frames of a grid, made once and told again and again at ever later times, so that making them costs a bench nothing.

import type { DetectionsObservation } from "../../src/model/observation.ts";
import { framesIn, type GridShape } from "../../src/simulator/grid.ts";

export interface FramesRing {
  /** In order of time. */
  readonly frames: readonly DetectionsObservation[];
  /** The frame at this place in the endless sequence. */
  at(index: number): DetectionsObservation;
}

/** Each sensor speaks twice a second, of two people on average. */
const framesPerSecond = 2;
const people = 2;
/** Of each sensor in the ring. */
const framesOfSensor = 40;

/** `from`: epoch ms of the first frame. */
export function ringOf(shape: GridShape, from: number): FramesRing {
  const frames: DetectionsObservation[] = [];
  const count = shape.floors * shape.sensorsPerFloor * framesOfSensor;
  for (const frame of framesIn(shape, { seed: 1, from, people, framesPerSecond }))
    if (frames.push(frame) === count) break;
  const lapMs = (framesOfSensor / framesPerSecond) * 1000;
  return {
    frames,
    at(index) {
      const frame = frames[index % count]!;
      return { ...frame, at: frame.at + Math.floor(index / count) * lapMs };
    },
  };
}
