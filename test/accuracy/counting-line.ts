// Jülich: 75 people leave a room through one door, close together, 25 frames a second. How many does a counting line along
// the door count, with the ids that the recording gives and without, at fewer frames and with less exact sensors?

import { readFileSync } from "node:fs";
import type { BuildingModel } from "../../src/building/building.ts";
import type { Point } from "../../src/model/fact.ts";
import { createRecords } from "../../src/sensing/records.ts";
import { createTrafficSensing } from "../../src/sensing/traffic/traffic.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";

export const lineFile = "juelich-pedestrian-trajectories/040_c_56_h-.txt";

export interface LineFrame {
  readonly at: number;
  readonly points: readonly Point[];
  readonly tracks: readonly string[];
}

export function readFrames(path: string): LineFrame[] {
  const frames = new Map<number, { points: Point[]; tracks: string[] }>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [person, frame, x, y] = line.trim().split(/\s+/).map(Number) as [number, number, number, number];
    const seen = frames.get(frame) ?? { points: [], tracks: [] };
    frames.set(frame, seen);
    seen.points.push([x, y]);
    seen.tracks.push(String(person));
  }
  return [...frames].toSorted(([a], [b]) => a - b).map(([frame, seen]) => ({ at: frame * 40, ...seen }));
}

/** The same people one after the other, 10 s apart: the door on a usual day. */
export function oneByOne(frames: readonly LineFrame[]): LineFrame[] {
  const paths = new Map<string, { at: number; point: Point }[]>();
  for (const { at, points, tracks } of frames) {
    for (const [i, track] of tracks.entries()) {
      const path = paths.get(track) ?? [];
      paths.set(track, path);
      path.push({ at, point: points[i]! });
    }
  }
  let begin = 0;
  return [...paths].flatMap(([track, path]) => {
    const shift = begin - path[0]!.at;
    begin = path.at(-1)!.at + shift + 10_000;
    return path.map(({ at, point }): LineFrame => ({ at: at + shift, points: [point], tracks: [track] }));
  });
}

/** Each n-th frame, as a sensor sees it that misplaces people by so many metres (standard deviation of each axis) and misses
 * each of them in a share of frames. */
export function seen(
  frames: readonly LineFrame[],
  { nth, metres, misses }: { readonly nth: number; readonly metres: number; readonly misses: number },
  random: SeededRandom,
): LineFrame[] {
  const off = (): number =>
    metres * Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(random.between(0, 2 * Math.PI));
  return frames
    .filter((_, i) => i % nth === 0)
    .map(({ at, points, tracks }) => {
      const kept = points.map(() => !random.chance(misses));
      return {
        at,
        points: points.filter((_, i) => kept[i]).map(([x, y]): Point => [x + off(), y + off()]),
        tracks: tracks.filter((_, i) => kept[i]),
      };
    });
}

/** People that the program's counting line counts. In the recording all go out. */
export function counted(
  frames: readonly LineFrame[],
  withIds: boolean,
  model: BuildingModel,
): { readonly in: number; readonly out: number } {
  const { track } = createTrafficSensing(createRecords([]));
  const eye = model.sensors.get("eye")!;
  const facts = frames.flatMap(({ at, points, tracks }) => track(at, points, withIds ? tracks : null, eye));
  const sum = (side: "in" | "out"): number => facts.reduce((total, fact) => total + fact[side], 0);
  return { in: sum("in"), out: sum("out") };
}
