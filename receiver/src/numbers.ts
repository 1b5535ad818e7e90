// Which numbers of a subscription have come, and which are missing: pure rules. Belfry numbers what it owes from 1 on, without holes;
// numbers come out of order where it tries again.

import { header, type HeaderSource } from "./headers.ts";

/** From the first to the last of them. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Missing extends Range {
  /** When they were first missed, ms since 1970. */
  readonly since: number;
}

/** JSON can hold it. */
export interface Numbers {
  /** The highest number known; null: none is. */
  readonly last: number | null;
  /** Numbers up to `last` that have not come, in their order. */
  readonly missing: readonly Missing[];
}

export const nothingCame: Numbers = { last: null, missing: [] };

/** Ranges that are remembered. Beyond them the two oldest become one, with what has come between them. */
const mostRanges = 1_000;

/** The numbers up to `last` exist. The first one that is heard of is the beginning: nothing before it is missing. */
export function upTo({ last: before, missing }: Numbers, last: number, now: number): Numbers {
  if (before !== null && last <= before) return { last: before, missing };
  if (before === null) return { last, missing };
  return { last, missing: bounded([...missing, { from: before + 1, to: last, since: now }]) };
}

function bounded(missing: readonly Missing[]): readonly Missing[] {
  if (missing.length <= mostRanges) return missing;
  const [oldest, next, ...others] = missing as readonly [Missing, Missing, ...Missing[]];
  return [{ ...oldest, to: next.to }, ...others];
}

/** These have come, or will not. */
export function without({ last, missing }: Numbers, { from, to }: Range): Numbers {
  const left = missing.flatMap((each) => {
    if (each.to < from || each.from > to) return [each];
    const before = each.from < from ? [{ ...each, to: from - 1 }] : [];
    return each.to > to ? [...before, { ...each, from: to + 1 }] : before;
  });
  return { last, missing: bounded(left) };
}

/** From `belfry-sequence`; null: the event has no number. */
export function sequenceOf(headers: HeaderSource): number | null {
  const text = header(headers, "belfry-sequence") ?? "";
  return /^[1-9]\d{0,15}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null;
}

/** From `belfry-sequence-skipped`, such as `6-7, 9`: numbers that will not come, since something newer took their place. */
export function skippedBy(headers: HeaderSource): readonly Range[] {
  const text = header(headers, "belfry-sequence-skipped") ?? "";
  return text.split(",").flatMap((part) => {
    const [, first, last = first] = /^\s*([1-9]\d{0,15})(?:-([1-9]\d{0,15}))?\s*$/.exec(part) ?? [];
    return first === undefined ? [] : [{ from: Number(first), to: Number(last) }];
  });
}
