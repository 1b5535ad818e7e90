// What was last said about the people in a space, and when it may be said again: on change, at most once per second, with a
// time that never goes back, so that the newest statement is the one that holds.

import type { OccupancyFact } from "../../model/fact.ts";
import type { Records, SensingRecords } from "../records.ts";
import type { LaidSpace } from "./floor-layout.ts";

/** The last statement about a space. */
export interface Stated {
  readonly at: number;
  readonly count: number;
}

/** Between two statements about one space, ms of event time. */
const leastGapMs = 1_000;

export interface Statements {
  last(space: LaidSpace): Stated | undefined;
  /** A fact where the count is new; "later": not before a second has passed since the last one; null: nothing is new. */
  state(space: LaidSpace, count: number, at: number): OccupancyFact | "later" | null;
  /** When the space may be stated again, epoch ms. */
  mayAt(space: LaidSpace): number;
  /** No sensor speaks for the space any more. */
  forget(key: string): void;
  keys(): Iterable<string>;
}

export function createStatements(records: SensingRecords): Statements {
  const stated: Records<Stated> = records.of<Stated>("occupancy");
  return {
    last: ({ key }) => stated.get(key),
    state({ key, level, id }, count, at) {
      const last = stated.get(key);
      if (last?.count === count) return null;
      if (last !== undefined && at < last.at + leastGapMs) return "later";
      stated.set(key, { at, count });
      return { kind: "occupancy", level, space: id, window: "instant", count, at, revision: 0 };
    },
    mayAt: ({ key }) => (stated.get(key)?.at ?? -Infinity) + leastGapMs,
    forget: (key) => stated.delete(key),
    *keys() {
      for (const [key] of stated.entries()) yield key;
    },
  };
}
