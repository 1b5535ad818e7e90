// Counts who walks over the counting lines of presence sensors, frame by frame. It remembers where each path has come to,
// so that a restart misses nobody who passes meanwhile. How a line is passed is counting-line.ts.

import type { BuildingModel, Sensor } from "../../building/building.ts";
import type { Point } from "../../model/fact.ts";
import type { SensingRecords } from "../records.ts";
import { identityOf, isOf, type SensorIdentity } from "../sensor-identity.ts";
import { firstStance, type Line, type Stance, step } from "./counting-line.ts";
import { beginPath, continuePath, join, type PathEnd } from "./track-joiner.ts";

export interface Crossings {
  readonly in: number;
  readonly out: number;
}

export interface LineCounter {
  /** null: the sensor has no line, or the frame is older than the one before it. */
  count(at: number, points: readonly Point[], tracks: readonly string[] | null, sensor: Sensor): Crossings | null;
  follow(model: BuildingModel): void;
}

interface Path extends PathEnd {
  /** As the sensor calls it; null: it gives no ids. */
  readonly track: string | null;
  readonly stance: Stance;
}

/** The last frame of a sensor, and the paths that may go on. */
interface Paths extends SensorIdentity {
  readonly at: number;
  readonly line: Line;
  readonly paths: readonly Path[];
}

/** Ms after which a path that no point continues is forgotten. Ids outlive somebody who is hidden for a while. */
const forgottenAfterMs = { joined: 3_000, named: 10_000 };

export function createLineCounter(records: SensingRecords): LineCounter {
  const known = records.of<Paths>("paths");
  return {
    count(at, points, tracks, sensor) {
      const line = sensor.countingLine;
      if (line === null) return null;
      const last = known.get(sensor.id);
      const goesOn = last !== undefined && isOf(last, sensor) && isSameLine(last.line, line);
      if (goesOn && at < last.at) return null;
      const paths = (goesOn ? last.paths : []).filter((path) => at - path.at <= patience(path));
      const { paths: next, crossings } = walk(line, paths, at, points, tracks);
      if (next.length > 0 || paths.length > 0 || !goesOn) {
        known.set(sensor.id, { ...identityOf(sensor), at, line, paths: next });
      }
      return crossings;
    },
    follow(model) {
      for (const [id, paths] of known.entries()) {
        const sensor = model.sensors.get(id);
        if (!isOf(paths, sensor) || sensor?.countingLine == null) known.delete(id);
      }
    },
  };
}

/** One frame further. */
function walk(
  line: Line,
  paths: readonly Path[],
  at: number,
  points: readonly Point[],
  tracks: readonly string[] | null,
): { readonly paths: readonly Path[]; readonly crossings: Crossings } {
  const continued = tracks === null ? joinUnnamed(paths, points, at) : joinNamed(paths, tracks);
  const crossings = { in: 0, out: 0 };
  const gone = new Set(continued);
  const next = paths.filter((path) => !gone.has(path));
  for (const [index, point] of points.entries()) {
    const path = continued[index];
    const track = tracks?.[index] ?? null;
    if (path == null) {
      next.push({ ...beginPath(at, point), track, stance: firstStance(line, point) });
      continue;
    }
    const { stance, passage } = step(line, path.stance, path.point, point);
    if (passage !== null) crossings[passage]++;
    next.push({ ...continuePath(path, at, point), track, stance });
  }
  return { paths: next, crossings };
}

function joinUnnamed(paths: readonly Path[], points: readonly Point[], at: number): (Path | null)[] {
  const unnamed = paths.filter(({ track }) => track === null);
  return join(unnamed, points, at).map((index) => (index === null ? null : unnamed[index]!));
}

function joinNamed(paths: readonly Path[], tracks: readonly string[]): (Path | null)[] {
  const byTrack = new Map(paths.flatMap((path) => (path.track === null ? [] : [[path.track, path] as const])));
  return tracks.map((track) => byTrack.get(track) ?? null);
}

const patience = ({ track }: Path): number => (track === null ? forgottenAfterMs.joined : forgottenAfterMs.named);

function isSameLine([a, b]: Line, [c, d]: Line): boolean {
  return a[0] === c[0] && a[1] === c[1] && b[0] === d[0] && b[1] === d[1];
}
