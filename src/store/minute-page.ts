// From stored hours of one subject to what a reader asked for. Hours cross threads as bytes and are decoded here, on the
// reader's side: a year is 525,600 minutes, and copying that many objects would take longer than reading them.

import type { Minute } from "../model/minute.ts";
import type { MinutePage, MinuteQuery } from "./history.ts";
import { decodeHour } from "./minute-hours.ts";

/** An hour as it is stored. */
export interface StoredHour {
  /** Its begin, epoch ms. */
  readonly hour: number;
  readonly minutes: Uint8Array;
}

export interface StoredHours {
  /** In ascending order. */
  readonly hours: readonly StoredHour[];
  /** Begin of the time that was not read yet, epoch ms; null: there is nothing more. */
  readonly next: number | null;
}

/** Minutes with `from` ≤ begin < `until`. */
export function minutesWithin(hours: readonly StoredHour[], from: number, until: number): Minute[] {
  return hours.flatMap(({ hour, minutes }) => decodeHour(hour, minutes).filter(({ at }) => at >= from && at < until));
}

/** Where the reading for a page begins. */
export const startOf = ({ from, after }: MinuteQuery): number => Math.max(from, (after ?? -Infinity) + 1);

export function minutePage(query: MinuteQuery, { hours, next }: StoredHours): MinutePage {
  const found = minutesWithin(hours, startOf(query), query.until);
  if (found.length > query.limit) {
    const items = found.slice(0, query.limit);
    return { items, after: items.at(-1)!.at };
  }
  return { items: found, after: next === null ? null : next - 1 };
}
