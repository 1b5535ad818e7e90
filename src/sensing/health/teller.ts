// What is told of sensors and hives, and when their records are written: the same for both. What is told is a function of the
// log alone. A silence is told with the moment at which it had lasted too long, whenever it is noticed, and before whatever is
// heard next.

import type { HealthFact } from "../../model/fact.ts";
import type { DueTimes } from "../due-times.ts";
import { growSilent, patience, type Voice } from "./voice.ts";

/** How far health has come: shared by everybody whose health it is. */
export interface Progress {
  /** Everything in the log up to here was heard. */
  position: number;
  /** Since when the server listens without a break, epoch ms: silence before it proves nothing. */
  listening: number;
}

export interface Watched {
  /** In the due times. */
  readonly key: string;
  readonly voice: Voice;
  /** Where its record was read: what was logged up to here is in it. */
  readonly readTo: number;
  /** What was told of it last, as one number. */
  told: number;
  /** When it was told. */
  toldAt: number;
  written: number;
  /** Something was heard that is not in its record yet. */
  isUnwritten: boolean;
  /** Its silence is told as soon as it is later than this. */
  tellAfter: number;
}

export interface TellerDeps<Place, Each> {
  readonly due: DueTimes;
  readonly progress: Readonly<Progress>;
  /** Everything of which a change is told, in one number: every frame is compared. */
  readonly stateOf: (each: Each) => number;
  /** Writes its record. */
  readonly write: (place: Place, each: Each) => void;
  readonly factOf: (place: Place, each: Each, at: number) => HealthFact;
}

export interface Teller<Place, Each> {
  /** What silence has made of it before this moment. */
  silence(place: Place, each: Each, before: number): readonly HealthFact[];
  /** It was changed at this moment: a fact where it is another way than was told last. */
  tell(place: Place, each: Each, at: number, mustWrite?: boolean): HealthFact | null;
  /** Its time has come: what silence means, and whether its record must be written. */
  judge(place: Place, each: Each, now: number): readonly HealthFact[];
  /** Works out anew when its time comes. */
  plan(each: Each): void;
}

/** What is heard of somebody stands in their record after so much, ms. Until then it is read from the log again after a restart:
 * this is much less than what is read there [ingest/derive/reread-mark.ts]. */
const writtenEveryMs = 60_000;

export const neverTold = {
  told: -1,
  toldAt: -Infinity,
  written: -Infinity,
  isUnwritten: false,
  tellAfter: Infinity,
} as const;

/** A message that a slow store took long to log may come after a silence was told that it would have ended: what is told of
 * somebody still goes forwards in time. Only a clock that was set back may be followed. */
function after(toldAt: number, at: number): number {
  return at > toldAt || at < toldAt - setBackMs ? at : toldAt + 1;
}

const setBackMs = 60_000;

export function createTeller<Place, Each extends Watched>(deps: TellerDeps<Place, Each>): Teller<Place, Each> {
  const { due, progress, stateOf, factOf } = deps;

  function plan(each: Each): void {
    each.tellAfter = Math.max(each.voice.heard, progress.listening) + patience(each.voice);
    const writeAt = each.isUnwritten ? each.written + writtenEveryMs : Infinity;
    due.set(each.key, Math.min(each.tellAfter + 1, writeAt));
  }

  function write(place: Place, each: Each, at: number): void {
    each.written = at;
    each.isUnwritten = false;
    deps.write(place, each);
  }

  function tell(place: Place, each: Each, at: number, mustWrite = false): HealthFact | null {
    const state = stateOf(each);
    const isNew = state !== each.told;
    each.told = state;
    if (isNew) each.toldAt = after(each.toldAt, at);
    if (isNew || mustWrite || at >= each.written + writtenEveryMs) write(place, each, at);
    else each.isUnwritten = true;
    plan(each);
    return isNew ? factOf(place, each, each.toldAt) : null;
  }

  function silence(place: Place, each: Each, before: number): readonly HealthFact[] {
    const facts: HealthFact[] = [];
    while (each.tellAfter < before) {
      const at = each.voice.heard + patience(each.voice);
      growSilent(each.voice);
      const fact = tell(place, each, at);
      if (fact !== null) facts.push(fact);
    }
    return facts;
  }

  return {
    silence,
    tell,
    plan,
    judge(place, each, now) {
      const facts = silence(place, each, now);
      if (each.isUnwritten && now >= each.written + writtenEveryMs) write(place, each, now);
      plan(each);
      return facts;
    },
  };
}
