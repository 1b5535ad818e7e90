// Minutes that were said before all of their frames had come, and when each is computed again from the log: soon, then at most
// once a minute, and a last time when lateness ends [design §4.12]. Remembered across restarts.

import { latenessMs, minuteMs } from "../../model/minute.ts";
import type { SensingRecords } from "../records.ts";
import { closeAfterMs } from "./floor-minutes.ts";

export interface LateMinute {
  readonly floor: string;
  readonly minute: number;
  /** Somebody asked for it: also what was accepted after its lateness counts. */
  readonly isAsked?: boolean;
}

/** `late`: something came for a minute that was said. `atOnce`: it has no value yet. `asked`: at once, with what came too late. */
export type Reason = "late" | "atOnce" | "asked";

export interface LateMinutes {
  /** This minute must be computed again, since `now`. */
  mark(late: LateMinute, now: number, reason?: Reason): void;
  /** Somebody wants all these minutes computed again. */
  ask(floor: string, minutes: readonly number[], now: number): void;
  /** How many minutes that somebody asked for are not computed yet. */
  asked(floor: string): number;
  /** Minutes to compute again now, the oldest first; those that somebody asked for wait for all others. */
  due(now: number): readonly LateMinute[];
  /** It was computed again; `hasValue`: and was observed for long enough. */
  done(late: LateMinute, now: number, hasValue: boolean): void;
  nextDue(): number;
}

interface Marked {
  readonly minute: number;
  /** When to compute it again, epoch ms; null: nothing came since it was. */
  readonly due: number | null;
  /** When it was computed again last; null: not yet. */
  readonly last: number | null;
  readonly isAsked?: boolean;
}

/** What comes together late is told together, ms. */
const gatherMs = 5_000;
const leastGapMs = 60_000;

export function createLateMinutes(records: SensingRecords): LateMinutes {
  const floors = records.of<{ readonly minutes: readonly Marked[] }>("late");

  function put(floor: string, marked: readonly Marked[]): void {
    const given = new Set(marked.map(({ minute }) => minute));
    const others = (floors.get(floor)?.minutes ?? []).filter(({ minute }) => !given.has(minute));
    floors.set(floor, { minutes: [...others, ...marked].toSorted((a, b) => a.minute - b.minute) });
  }

  return {
    mark({ floor, minute }, now, reason = "late") {
      const before = floors.get(floor)?.minutes.find((each) => each.minute === minute);
      const isAsked = before?.due != null && before.isAsked === true;
      const isNews = reason === "asked" ? !isAsked : reason === "atOnce" && (before?.due ?? 0) > now;
      if (before?.due != null && !isNews) return;
      const last = before?.last ?? null;
      const soonest = reason === "late" ? Math.max(now + gatherMs, last === null ? 0 : last + leastGapMs) : now;
      // Not before it is over, also where the clock was set back.
      const over = minute + minuteMs + closeAfterMs;
      const due = Math.max(over, Math.min(soonest, Math.max(now, endOf(minute)), before?.due ?? Infinity));
      put(floor, [{ minute, due, last, ...((isAsked || reason === "asked") && { isAsked: true }) }]);
    },
    ask(floor, minutes, now) {
      const known = new Map(floors.get(floor)?.minutes.map((each) => [each.minute, each]));
      put(
        floor,
        minutes.map((minute) => ({ minute, due: now, last: known.get(minute)?.last ?? null, isAsked: true })),
      );
    },
    asked: (floor) => floors.get(floor)?.minutes.filter(({ isAsked }) => isAsked === true).length ?? 0,
    due(now) {
      const all: LateMinute[] = [];
      for (const [floor, { minutes }] of floors.entries()) {
        for (const { minute, due, isAsked } of minutes) {
          if (due !== null && due <= now) all.push({ floor, minute, ...(isAsked && { isAsked }) });
        }
      }
      return all.toSorted((a, b) => Number(a.isAsked === true) - Number(b.isAsked === true) || a.minute - b.minute);
    },
    done({ floor, minute }, now, hasValue) {
      const kept = (floors.get(floor)?.minutes ?? []).filter(
        (each) => each.minute !== minute && (each.due !== null || now < endOf(each.minute)),
      );
      const mine: Marked[] = hasValue && now < endOf(minute) ? [{ minute, due: null, last: now }] : [];
      const minutes = [...kept, ...mine].toSorted((a, b) => a.minute - b.minute);
      if (minutes.length === 0) floors.delete(floor);
      else floors.set(floor, { minutes });
    },
    nextDue() {
      let next = Infinity;
      for (const [, { minutes }] of floors.entries())
        for (const { due } of minutes) if (due !== null && due < next) next = due;
      return next;
    },
  };
}

const endOf = (minute: number): number => minute + minuteMs + latenessMs;
