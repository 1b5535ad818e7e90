// When nobody was in a room, as all of its motion sensors agree that may zero it [butlr.md §5.4]: none of them saw motion for as
// long as the room wants it, and the absence began where that silence did. Remembered, since reports are not kept for long.

import type { BuildingModel, Room } from "../../building/building.ts";
import { latenessMs, minuteMs, minuteOf } from "../../model/minute.ts";
import { createDueTimes } from "../due-times.ts";
import type { SensingRecords } from "../records.ts";
import type { Pir } from "./pir.ts";
import { type Span, stillness } from "./stillness.ts";

/** A minute of which is now known that nobody was in the room, or not any more. */
export interface ReconsideredMinute {
  readonly room: Room;
  readonly minute: number;
}

export interface Absences {
  /** A sensor of the room has reported. `moved`: moments of motion that follow from it. */
  reported(room: Room, moved: readonly number[], now: number, model: BuildingModel): readonly ReconsideredMinute[];
  /** Absences that last, minute by minute. */
  advance(now: number, model: BuildingModel): readonly ReconsideredMinute[];
  nextDue(): number;
  /** Whether nobody was in the room in this minute, from its begin to its end. */
  has(room: string, minute: number): boolean;
  /** Also after a restart: it finds which rooms to look at. */
  follow(model: BuildingModel): void;
}

/** As long as observations are kept: a minute that is computed again later must come out the same. */
const keptMs = 86_400_000;
/** Minutes that may still change, and one more. */
const openMs = minuteMs + latenessMs + minuteMs;

/** `zeroing`: what the sensors of the room that may zero it have reported. */
export function createAbsences(
  records: SensingRecords,
  zeroing: (room: Room, model: BuildingModel) => readonly Pir[],
): Absences {
  const known = records.of<{ readonly spans: readonly Span[] }>("absence");
  const due = createDueTimes();
  const spansOf = (room: string): readonly Span[] => known.get(room)?.spans ?? [];

  function put(room: Room, spans: readonly Span[], now: number): readonly ReconsideredMinute[] {
    const before = spansOf(room.id);
    if (isSame(before, spans)) return [];
    if (spans.length === 0) known.delete(room.id);
    else known.set(room.id, { spans });
    const changed: ReconsideredMinute[] = [];
    for (let minute = minuteOf(now - openMs); minute < now; minute += minuteMs) {
      if (covers(before, minute) !== covers(spans, minute)) changed.push({ room, minute });
    }
    return changed;
  }

  /** `moved`: also motions that are too old to be among the reports that are kept. */
  function review(room: Room, moved: readonly number[], now: number, model: BuildingModel) {
    const { windowMs } = room.pirZero;
    const isLong = ({ from, until }: Span): boolean => until - from >= windowMs;
    const cut = moved.reduce((spans, at) => cutAt(spans, at, isLong), spansOf(room.id));
    const pirs = zeroing(room, model);
    if (pirs.length === 0) return put(room, cut, now);
    const { since, spans } = stillness(pirs, now);
    // One that lasts is written down by the minute.
    const lasting = (span: Span): Span => (span.until === now ? { ...span, until: minuteOf(now) } : span);
    const past = cut.flatMap(({ from, until }) => (from < since ? [{ from, until: Math.min(until, since) }] : []));
    const all = [...past, ...spans.filter(isLong).map(lasting)].filter(({ until }) => until > now - keptMs);
    return put(room, all.filter(hasMinute), now);
  }

  return {
    reported(room, moved, now, model) {
      if (!room.pirZero.enabled) return [];
      due.set(room.id, minuteOf(now) + minuteMs);
      return review(room, moved, now, model);
    },
    advance(now, model) {
      const changed: ReconsideredMinute[] = [];
      for (let id = due.take(now); id !== undefined; id = due.take(now)) {
        const room = model.rooms.get(id);
        if (room === undefined || !room.pirZero.enabled) continue;
        changed.push(...review(room, [], now, model));
        due.set(id, minuteOf(now) + minuteMs);
      }
      return changed;
    },
    nextDue: () => due.next(),
    has: (room, minute) => covers(spansOf(room), minute),
    follow(model) {
      due.clear();
      for (const [id] of known.entries()) if (model.rooms.get(id)?.pirZero.enabled !== true) known.delete(id);
      for (const room of model.rooms) if (room.pirZero.enabled) due.set(room.id, 0);
    },
  };
}

const covers = (spans: readonly Span[], minute: number): boolean =>
  spans.some(({ from, until }) => from <= minute && minute + minuteMs <= until);

/** Others need not be remembered, unless they may grow. */
const hasMinute = ({ from, until }: Span): boolean => Math.ceil(from / minuteMs) * minuteMs + minuteMs <= until;

const isSame = (some: readonly Span[], others: readonly Span[]): boolean =>
  some.length === others.length &&
  some.every(({ from, until }, index) => others[index]!.from === from && others[index]!.until === until);

function cutAt(spans: readonly Span[], at: number, isLong: (span: Span) => boolean): readonly Span[] {
  return spans.flatMap((span) => {
    if (at <= span.from || span.until <= at) return [span];
    return [
      { from: span.from, until: at },
      { from: at, until: span.until },
    ].filter(isLong);
  });
}
