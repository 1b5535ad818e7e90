// The frames of presence sensors: everybody under a sensor, every two seconds, and nobody as well, since silence says nothing.
// While somebody is there, sensors with a counting line look more often, and know people again from frame to frame.

import type { Point } from "../model/fact.ts";
import type { DetectionsReading } from "./observation.ts";
import type { SimulatedDay } from "./people.ts";
import type { PresenceEye, SimulatedPlace } from "./place.ts";
import { within } from "./plan.ts";
import { createFollower } from "./track.ts";

/** The hold time of a frame is 3 s. */
export const frameMs = 2000;
/** A person on the way passes the line between two frames, and is seen on either side of it. */
const lineFrameMs = 500;

interface Watch {
  readonly eye: PresenceEye;
  readonly index: number;
  /** Who is there now. */
  under: { person: number; point: Point }[];
  /** Who was in the last frame, and under which name. */
  seen: Map<number, string>;
  named: number;
}

/** `emptyFrameMs`: how often sensors say that nobody is there, a multiple of `frameMs`. */
export function* frames(place: SimulatedPlace, day: SimulatedDay, emptyFrameMs: number): Generator<DetectionsReading> {
  const followers = day.tracks.map(createFollower);
  const all = place.presence.map((eye, index): Watch => ({ eye, index, under: [], seen: new Map(), named: 0 }));
  const atLines = all.filter(({ eye }) => eye.line !== null);
  const [allByLevel, atLinesByLevel] = [all, atLines].map((watches) => Map.groupBy(watches, ({ eye }) => eye.level));
  for (let at = day.from; at <= day.to; at += lineFrameMs) {
    const since = at - day.from;
    const whole = since % frameMs === 0;
    const byLevel = whole ? allByLevel! : atLinesByLevel!;
    for (const [person, follow] of followers.entries()) {
      const here = follow(at);
      if (here === null) continue;
      for (const watch of byLevel.get(here.level) ?? [])
        if (within(watch.eye.box, here.point)) watch.under.push({ person, point: here.point });
    }
    for (const watch of whole ? all : atLines)
      if (watch.under.length > 0 || watch.seen.size > 0 || since % emptyFrameMs === 0) yield look(watch, at);
  }
}

/** Somebody who was not in the frame before gets a new name. */
function look(watch: Watch, at: number): DetectionsReading {
  const { eye, index, under, seen } = watch;
  watch.under = [];
  watch.seen = new Map(under.map(({ person }) => [person, seen.get(person) ?? String(++watch.named)]));
  return {
    id: `sim-${at}-${index}`,
    kind: "detections",
    sensor: eye.sensor,
    at,
    world: under.map(({ point }) => point),
    ...(eye.line === null ? {} : { tracks: [...watch.seen.values()] }),
  };
}
