// The minutes of one floor as time goes by: frames wait a moment so that they can be put in order, then a minute is closed once.
// A frame that came too late for that leaves its minutes to be computed again from the log [late-minutes.ts].

import { latenessMs, minuteMs, minuteOf } from "../../model/minute.ts";
import type { FloorLayout } from "../presence/floor-layout.ts";
import type { Frame } from "../presence/frame.ts";
import { marginMs } from "./estimator.ts";
import { createSampler, reachMs, type SpaceValues } from "./sampler.ts";

/** A frame may come so long after its moment and still be put in order, ms. */
const orderMs = 6_000;

/** A minute is closed so long after its end, ms, at most 10 s [domain.md §5]; by then its margin should be there. */
export const closeAfterMs = 9_000;

/** Frames are put in order in steps of so much, ms, so that the end of a minute finds little to do. */
const stepMs = 1_000;

/** What `add` gives back for a frame that came after the lateness. */
export const tooLate: readonly number[] = [];

/** A minute that is over. */
export interface ClosedMinute {
  readonly minute: number;
  /** null: frames of it came out of order, it must be computed from the log. */
  readonly values: SpaceValues | null;
}

export interface FloorMinutes {
  /** In order of acceptance. Gives back closed minutes that this frame came late for; `tooLate`: none of its minutes is
   * corrected any more. */
  add(frame: Frame, acceptedAt: number): readonly number[];
  /** Minutes that are over at `now` and were open before, in order, until they have `enough` values; the others stay due. */
  advance(now: number, enough?: number): readonly ClosedMinute[];
  /** When `advance` has something to do, epoch ms; Infinity: nothing is open. */
  nextDue(): number;
  /** Minutes before this one are closed. */
  openFrom(): number;
  /** Whether minutes from there on will be closed; if not, the floor is quiet, and they never will. */
  isOpen(): boolean;
  /** The newest minute that a frame was given for. */
  last(): number;
  /** Open minutes up to this one must be computed from the log: what stands on the floor has changed. */
  distrust(last: number): void;
}

/** `openFrom`: minutes before it were closed by an earlier process. `now`: epoch ms, of the acceptance that made it needed. */
export function createFloorMinutes(layout: FloorLayout, openFrom: number, now: number): FloorMinutes {
  const sampler = createSampler(layout);
  /** In order of event time. */
  let waiting: Frame[] = [];
  /** Frames before it are in the sampler. */
  let reached = now - orderMs;
  let open = openFrom;
  /** The newest minute that a frame was given for. */
  let last = -Infinity;
  const outOfOrder = new Set<number>();

  function insert(frame: Frame): void {
    let place = waiting.length;
    while (place > 0 && waiting[place - 1]!.at > frame.at) place--;
    if (place === waiting.length) waiting.push(frame);
    else waiting.splice(place, 0, frame);
  }

  function order(until: number): void {
    if (until <= reached) return;
    let count = 0;
    while (count < waiting.length && waiting[count]!.at < until) sampler.show(waiting[count++]!);
    if (count > 0) waiting = waiting.slice(count);
    sampler.reach(until);
    reached = until;
  }

  function close(minute: number): ClosedMinute {
    order(minute + minuteMs + marginMs);
    const values = outOfOrder.delete(minute) ? null : sampler.minute(minute);
    sampler.forget(minute + minuteMs - marginMs);
    return { minute, values };
  }

  const dueAt = (minute: number): number => minute + minuteMs + closeAfterMs;
  /** When a frame can be put in order: after a clock was set back it may lie hours ahead. */
  const orderAt = (): number => {
    const first = waiting[0];
    return first === undefined ? Infinity : Math.max(reached + stepMs, first.at + 1) + orderMs;
  };
  /** There is something to say about the minute, or may be. */
  const isOpen = (): boolean => last > -Infinity && (open <= last || sampler.isHeard());

  return {
    add(frame, acceptedAt) {
      const [from, to] = minutesOf(frame.at);
      if (isTooLate(to, acceptedAt)) return tooLate;
      // The floor was quiet: minutes without a frame are not closed one by one.
      if (open < from && (last === -Infinity || open > last) && !sampler.isHeard()) open = from;
      last = Math.max(last, to);
      const isInOrder = frame.at >= reached;
      if (isInOrder) insert(frame);
      const closed: number[] = [];
      for (let minute = from; minute <= to; minute += minuteMs) {
        if (isTooLate(minute, acceptedAt)) continue;
        if (minute < open) closed.push(minute);
        else if (!isInOrder) outOfOrder.add(minute);
      }
      return closed;
    },
    advance(now, enough = Infinity) {
      const closed: ClosedMinute[] = [];
      let values = 0;
      while (dueAt(open) <= now && isOpen()) {
        if (values >= enough) return closed;
        const next = close(open);
        closed.push(next);
        values += next.values?.length ?? 0;
        open += minuteMs;
      }
      order(now - orderMs);
      return closed;
    },
    nextDue: () => (isOpen() ? Math.min(dueAt(open), orderAt()) : Infinity),
    openFrom: () => open,
    isOpen,
    last: () => last,
    distrust(until) {
      if (open === -Infinity) return;
      last = Math.max(last, until);
      for (let minute = open; minute <= until; minute += minuteMs) outOfOrder.add(minute);
    },
  };
}

/** Whether what is accepted then changes this minute only when somebody asks for it. */
export const isTooLate = (minute: number, acceptedAt: number): boolean => acceptedAt > minute + minuteMs + latenessMs;

/** The first and the last minute that a frame of this moment matters to. */
export function minutesOf(at: number): readonly [first: number, last: number] {
  return [minuteOf(at - marginMs), minuteOf(at + reachMs)];
}
