// The people on one floor as of now: every frame counts when it is accepted, in the order of its sensor. Late frames never
// rewrite what was said here; they correct minutes [minutes/].

import type { OccupancyFact } from "../../model/fact.ts";
import type { FloorLayout, LaidSpace } from "./floor-layout.ts";
import { createFloorView, type FloorView } from "./floor-view.ts";
import { type Frame, holdMs } from "./frame.ts";
import type { Statements } from "./statements.ts";

/** A floor that nobody speaks of for so long is not known any more, ms since acceptance. */
export const silentMs = 30_000;

/** A store that stands still writes requests in another order than they came in; a clock that goes back by more was set back. */
const setBackMs = 600_000;

export interface LiveFloor {
  readonly view: FloorView;
  /** A frame older than the sensor's last one says nothing about now. */
  show(frame: Frame, acceptedAt: number): OccupancyFact[];
  /** The same without a word, for frames that were told before; `resume` comes after them. */
  restore(frame: Frame, acceptedAt: number): void;
  /** All frames are restored that were accepted up to `at`: what they show and was not said is said with the next advance. */
  resume(at: number): void;
  /** What must be said without another frame: up to `now`, epoch ms. */
  advance(now: number): OccupancyFact[];
  nextDue(): number;
  /** The frame that counts for this sensor now; undefined: nothing is known of it. */
  shownFrame(sensor: number): Frame | undefined;
  /** Spaces that nobody has spoken for since `silentMs`, since the last call. */
  takeLost(): readonly LaidSpace[];
  /** Event time of the floor: its newest frame. */
  time(): number;
}

/** `before`: the newest frame that an earlier process had, or the floor before its sensors changed. It is not known any more
 * which sensor sent it: what is older and comes late says nothing of now. */
export function createLiveFloor(layout: FloorLayout, statements: Statements, before = -Infinity): LiveFloor {
  const view = createFloorView(layout);
  const frames: (Frame | undefined)[] = layout.sensors.map(() => undefined);
  /** Shown frames, the first to be hidden first; by the time of the floor, so that a sensor that is always some seconds late
   * is held as long as the others. */
  const held: { readonly frame: Frame; readonly until: number }[] = [];
  let heldFrom = 0;
  /** Spaces whose count changed within a second of their last statement, for when it is over. */
  const later = new Set<LaidSpace>();
  /** The first of them is due then, or later. */
  let ripeAt = Infinity;
  /** Spaces that nobody speaks for, and since when: time of acceptance. */
  const unheard = new Map<LaidSpace, number>();
  let lost: LaidSpace[] = [];
  let oldest = before;
  let time = -Infinity;
  let heardAt = -Infinity;
  /** Frames were restored and what they show may not have been said. */
  let isRestored = false;

  function hideUntil(end: number): void {
    while (heldFrom < held.length && held[heldFrom]!.until < end) {
      const { frame } = held[heldFrom++]!;
      if (frames[frame.sensor] === frame) view.hide(frame.sensor);
    }
    if (heldFrom > 32 && heldFrom * 2 > held.length) {
      held.splice(0, heldFrom);
      heldFrom = 0;
    }
  }

  /** The clock was set back: newer frames than this one would keep the floor deaf until it comes to their time again. */
  function forgetTime(): void {
    hideUntil(Infinity);
    frames.fill(undefined);
    oldest = time = heardAt = -Infinity;
  }

  /** Puts the frame where it counts; false: it is older than the sensor's last one, or too old to speak of now. */
  function place(frame: Frame, acceptedAt: number): boolean {
    if (time > acceptedAt + setBackMs) forgetTime();
    const isLate = frame.at < oldest && frame.at < acceptedAt - silentMs;
    const last = frames[frame.sensor];
    if (isLate || (last !== undefined && frame.at < last.at) || frame.at < time - silentMs) return false;
    frames[frame.sensor] = frame;
    time = Math.max(time, frame.at);
    heardAt = Math.max(heardAt, acceptedAt);
    hideUntil(time);
    view.show(frame.sensor, frame.points);
    held.push({ frame, until: time + holdMs });
    return true;
  }

  function state(space: LaidSpace, at: number): OccupancyFact[] {
    if (view.heard(space.index) === 0) {
      later.delete(space);
      if (!unheard.has(space) && statements.last(space) !== undefined) unheard.set(space, heardAt);
      return [];
    }
    unheard.delete(space);
    const fact = statements.state(space, view.count(space.index), at);
    if (fact !== "later") later.delete(space);
    else if (!later.has(space)) {
      later.add(space);
      ripeAt = Math.min(ripeAt, statements.mayAt(space));
    }
    return fact === null || fact === "later" ? [] : [fact];
  }

  /** Spaces whose second is over at `now`. */
  function takeRipe(now: number): LaidSpace[] {
    if (now < ripeAt) return [];
    const ripe: LaidSpace[] = [];
    ripeAt = Infinity;
    for (const space of later) {
      const mayAt = statements.mayAt(space);
      if (mayAt <= now) ripe.push(space);
      else ripeAt = Math.min(ripeAt, mayAt);
    }
    return ripe;
  }

  function stateAll(spaces: Iterable<LaidSpace>, at: (space: LaidSpace) => number): OccupancyFact[] {
    return [...new Set(spaces)].toSorted(inOrder).flatMap((space) => state(space, at(space)));
  }

  /** Twice: a change that must wait for its second may be ripe already. */
  function stateTouched(now: number): OccupancyFact[] {
    const touched = view.touched().map((index) => layout.spaces[index]!);
    const first = stateAll(touched, (space) => Math.max(time, statements.last(space)?.at ?? time));
    return [...first, ...stateAll(takeRipe(now), (space) => statements.mayAt(space))];
  }

  return {
    view,
    show(frame, acceptedAt) {
      if (!place(frame, acceptedAt)) return [];
      const touched = view.touched().map((index) => layout.spaces[index]!);
      // A sensor that is late speaks of now as well as it can: the time of a space never goes back.
      return stateAll([...touched, ...takeRipe(frame.at)], (space) =>
        Math.max(frame.at, statements.last(space)?.at ?? frame.at),
      );
    },
    restore(frame, acceptedAt) {
      place(frame, acceptedAt);
    },
    resume(at) {
      isRestored = at < heardAt + silentMs;
      if (isRestored) return;
      // Silent since then: everything was said, and perhaps not all was restored.
      hideUntil(Infinity);
      view.touched();
    },
    advance(now) {
      // What was seen until then comes first: a restart may come long after.
      const facts = isRestored || now >= ripeAt ? stateTouched(now) : [];
      isRestored = false;
      if (now >= heardAt + silentMs) hideUntil(Infinity);
      facts.push(...stateTouched(now));
      for (const [space, since] of unheard) {
        if (now < since + silentMs) continue;
        unheard.delete(space);
        lost.push(space);
      }
      return facts;
    },
    nextDue() {
      if (isRestored) return -Infinity;
      let next = heldFrom < held.length ? heardAt + silentMs : Infinity;
      next = Math.min(next, ripeAt);
      for (const since of unheard.values()) next = Math.min(next, since + silentMs);
      return next;
    },
    shownFrame: (sensor) => (view.isShown(sensor) ? frames[sensor] : undefined),
    takeLost() {
      const taken = lost;
      lost = [];
      return taken;
    },
    time: () => Math.max(time, oldest),
  };
}

const rank = { room: 0, floor: 1, zone: 2 } as const;
const inOrder = (one: LaidSpace, other: LaidSpace): number =>
  rank[one.level] - rank[other.level] || one.index - other.index;
