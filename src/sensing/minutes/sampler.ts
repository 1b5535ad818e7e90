// Frames of one floor in order of event time → how many people each space held, as samples of a quarter of a second → the value
// of a minute. A minute is a function of the frames from `reachMs` before its begin to its end and the margin, so that it can
// be computed again in any order and at any time.

import { minuteMs } from "../../model/minute.ts";
import type { FloorLayout } from "../presence/floor-layout.ts";
import { createFloorView } from "../presence/floor-view.ts";
import { type Frame, holdMs } from "../presence/frame.ts";
import { marginMs, minuteValue, type MinuteValue } from "./estimator.ts";

/** Frames that come within it make one sample of a space: a floor of a thousand sensors has as many as a room. */
const sampleMs = 250;

/** Frames of so long before a minute matter to it. */
export const reachMs = marginMs + holdMs + sampleMs;

/** Of a minute, by index of the space: those that were observed for long enough. */
export type SpaceValues = readonly (readonly [space: number, value: MinuteValue])[];

export interface Sampler {
  /** In order of `at`. */
  show(frame: Frame): void;
  /** All frames before this time were shown. */
  reach(time: number): void;
  /** After `reach(minute + minuteMs + marginMs)`. */
  minute(minute: number): SpaceValues;
  /** Samples before this time are not asked for any more, but for the one that holds at it. */
  forget(before: number): void;
  /** Whether anybody is heard at the time reached. */
  isHeard(): boolean;
}

interface SpaceSamples {
  readonly at: number[];
  readonly count: number[];
}

export function createSampler(layout: FloorLayout): Sampler {
  const view = createFloorView(layout);
  const samples: (SpaceSamples | undefined)[] = layout.spaces.map(() => undefined);
  const shown: (Frame | undefined)[] = layout.sensors.map(() => undefined);
  const held: Frame[] = [];
  let heldFrom = 0;
  let slot = -Infinity;

  /** Ends the sample under way. */
  function sample(): void {
    for (const index of view.touched()) {
      const count = view.heard(index) === 0 ? -1 : view.count(index);
      const space = (samples[index] ??= { at: [], count: [] });
      space.at.push(slot);
      space.count.push(count);
    }
  }

  function enter(time: number): void {
    const next = time - (time % sampleMs);
    if (next === slot) return;
    sample();
    slot = next;
  }

  function hideUntil(end: number): void {
    for (; heldFrom < held.length; heldFrom++) {
      const frame = held[heldFrom]!;
      if (frame.at + holdMs > end) break;
      if (shown[frame.sensor] !== frame) continue;
      enter(frame.at + holdMs);
      view.hide(frame.sensor);
    }
    if (heldFrom > 32 && heldFrom * 2 > held.length) {
      held.splice(0, heldFrom);
      heldFrom = 0;
    }
  }

  return {
    show(frame) {
      hideUntil(frame.at);
      enter(frame.at);
      shown[frame.sensor] = frame;
      held.push(frame);
      view.show(frame.sensor, frame.points);
    },
    reach(time) {
      hideUntil(time);
      enter(time);
    },
    minute(minute) {
      const until = minute + minuteMs + marginMs;
      const values: (readonly [number, MinuteValue])[] = [];
      for (const [index, space] of samples.entries()) {
        if (space === undefined) continue;
        const value = minuteValue({ ...space, until }, minute);
        if (value !== null) values.push([index, value]);
      }
      return values;
    },
    forget(before) {
      for (const space of samples) {
        if (space === undefined) continue;
        const first = firstAfter(space.at, before) - 1;
        if (first <= 0) continue;
        space.at.splice(0, first);
        space.count.splice(0, first);
      }
    },
    isHeard: () => view.heard(0) > 0,
  };
}

/** Index of the first that is later than `time`. */
function firstAfter(times: readonly number[], time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle]! <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
