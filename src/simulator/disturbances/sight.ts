// What a presence sensor sees wrong in a frame: people it misses, people it invents, people beside where they are. Points are
// metres on the floor here.

import type { Point } from "../../model/fact.ts";
import type { DetectionsReading, SentObservation } from "../observation.ts";
import type { SimulatedPlace } from "../place.ts";
import type { Box } from "../plan.ts";
import type { SeededRandom } from "../random.ts";
import type { Stage } from "./disturbances.ts";

type Frame = DetectionsReading & { readonly world: readonly Point[] };

/** Points stay so far within what the sensor sees, metres: its last millimetre belongs to its neighbour. */
const marginM = 0.001;

export const misses = (share: number, random: SeededRandom): Stage =>
  ofFrames((frame) => {
    const seen = frame.world.map(() => !random.chance(share));
    const among = <Item>(items: readonly Item[]): Item[] => items.filter((_, index) => seen[index]);
    return { ...frame, world: among(frame.world), ...(frame.tracks && { tracks: among(frame.tracks) }) };
  });

export function inventions(share: number, place: SimulatedPlace, random: SeededRandom): Stage {
  const boxes = boxesOf(place);
  let invented = 0;
  return ofFrames((frame) => {
    if (!random.chance(share)) return frame;
    const { x0, y0, x1, y1 } = boxes.get(frame.sensor)!;
    const point: Point = [millimetres(random.between(x0, x1)), millimetres(random.between(y0, y1))];
    const track = `invented-${++invented}`;
    return {
      ...frame,
      world: [...frame.world, kept(point, boxes.get(frame.sensor)!)],
      ...(frame.tracks && { tracks: [...frame.tracks, track] }),
    };
  });
}

export function noise([least, most]: readonly [number, number], place: SimulatedPlace, random: SeededRandom): Stage {
  const boxes = boxesOf(place);
  return ofFrames((frame) => ({
    ...frame,
    world: frame.world.map(([x, y]) => {
      const [metres, angle] = [random.between(least, most), random.between(0, 2 * Math.PI)];
      const moved: Point = [millimetres(x + metres * Math.cos(angle)), millimetres(y + metres * Math.sin(angle))];
      return kept(moved, boxes.get(frame.sensor)!);
    }),
  }));
}

const boxesOf = (place: SimulatedPlace): ReadonlyMap<string, Box> =>
  new Map(place.presence.map(({ sensor, box }) => [sensor, box]));

function kept([x, y]: Point, { x0, y0, x1, y1 }: Box): Point {
  return [Math.min(Math.max(x, x0), x1 - marginM), Math.min(Math.max(y, y0), y1 - marginM)];
}

const millimetres = (metres: number): number => Math.round(metres * 1000) / 1000;

function ofFrames(change: (frame: Frame) => DetectionsReading): Stage {
  return function* (sent: Iterable<SentObservation>) {
    for (const one of sent) {
      const { observation, sentAt } = one;
      if (observation.kind !== "detections") yield one;
      else yield { observation: change({ ...observation, world: observation.world ?? [] }), sentAt };
    }
  };
}
