// Where one person is at every moment of a day: legs of walking and staying in order of time, none over another. Whoever
// has one track cannot be in two places.

import type { Point } from "../model/fact.ts";
import { type Spot, streetDoor, way } from "./way.ts";

export interface Leg {
  /** Epoch ms; the person is on this leg from `from` until before `to`. */
  readonly from: number;
  readonly to: number;
  /** Floor; null: on the stairs, where no sensor sees. */
  readonly level: number | null;
  readonly start: Point;
  readonly end: Point;
}

export interface Passing {
  readonly at: number;
  /** Code of the room whose door it is; null: the street door. */
  readonly room: string | null;
  readonly inward: boolean;
}

export interface Track {
  readonly legs: readonly Leg[];
  readonly passings: readonly Passing[];
  /** Chance of this person, for small moves. */
  readonly phase: number;
}

export interface Tracker extends Track {
  /** Time up to which the track is known. */
  now(): number;
  /** From the street to a spot. */
  enter(at: number, to: Spot): void;
  walk(to: Spot): void;
  /** Stays where it is; a time before now is ignored. */
  stay(until: number): void;
  /** To the street. */
  leave(): void;
}

const metresPerMs = 1.3 / 1000;
const stairsMs = 14_000;

export function createTracker(phase: number): Tracker {
  const legs: Leg[] = [];
  const passings: Passing[] = [];
  let time = 0;
  let here: Spot = streetDoor;

  const leg = (level: number | null, end: Point, ms: number): void => {
    if (ms <= 0) return;
    legs.push({ from: time, to: time + ms, level, start: here.point, end });
    time += ms;
  };
  const walk = (to: Spot): void => {
    for (const step of way(here, to)) {
      if (step.kind === "door") {
        // On the threshold one is outside: inward counts a moment after, outward at once.
        passings.push({ at: time + (step.inward ? 1 : 0), room: step.room, inward: step.inward });
        continue;
      }
      const [dx, dy] = [step.to[0] - here.point[0], step.to[1] - here.point[1]];
      if (step.kind === "stairs") leg(null, step.to, stairsMs * Math.abs(step.level - here.level));
      else leg(step.level, step.to, Math.round(Math.hypot(dx, dy) / metresPerMs));
      here = { level: step.level, room: here.room, point: step.to };
    }
    here = to;
  };
  return {
    legs,
    passings,
    phase,
    now: () => time,
    enter(at, to) {
      time = at;
      here = streetDoor;
      passings.push({ at, room: null, inward: true });
      walk(to);
    },
    walk,
    stay: (until) => leg(here.level, here.point, until - time),
    leave() {
      walk(streetDoor);
      passings.push({ at: time, room: null, inward: false });
    },
  };
}

/** Where a leg has led to at this time, in whole millimetres; those who stay do not move. */
export function pointAt({ from, to, start, end }: Leg, at: number): Point {
  const share = (at - from) / (to - from);
  return [millimetres(start[0] + (end[0] - start[0]) * share), millimetres(start[1] + (end[1] - start[1]) * share)];
}

export const staysPut = ({ start, end }: Leg): boolean => start[0] === end[0] && start[1] === end[1];

/** People who stay are never quite still: they move this often, ms. */
const swayMs = 2000;

/** Finds positions along a track at times that only grow. */
export function createFollower(track: Track): (at: number) => { level: number; point: Point } | null {
  let next = 0;
  let swayed: { leg: Leg; at: number; here: { level: number; point: Point } } | null = null;
  return (at) => {
    while (next < track.legs.length && track.legs[next]!.to <= at) next++;
    const leg = track.legs[next];
    if (leg === undefined || at < leg.from || leg.level === null) return null;
    if (!staysPut(leg)) return { level: leg.level, point: pointAt(leg, at) };
    const moved = at - (at % swayMs);
    if (swayed?.leg !== leg || swayed.at !== moved)
      swayed = { leg, at: moved, here: { level: leg.level, point: sway(leg.start, moved, track.phase) } };
    return swayed.here;
  };
}

function sway([x, y]: Point, at: number, phase: number): Point {
  const seconds = at / 1000;
  return [
    millimetres(x + 0.1 * Math.sin(seconds / 7 + phase * 6.28)),
    millimetres(y + 0.08 * Math.sin(seconds / 11 + phase * 17)),
  ];
}

const millimetres = (metres: number): number => Math.round(metres * 1000) / 1000;
