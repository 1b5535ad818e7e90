// Names of lines: in a lane with order "subject", what is owed about one subject goes one after another. Pure; both stores keep
// who waits behind whom.

import { classNumber } from "./codes.ts";

/** A delivery and the line in which it waits. */
export interface Waiting {
  readonly lane: number;
  readonly line: string;
  readonly delivery: number;
}

/** A due time of each class, by its number. */
export type DueByClass = [live: number, retry: number, replay: number];

/** The line of a delivery. `again`: resent, replayed, or a repeat of an earlier minute; these keep order among themselves. */
export const lineOf = (ofClass: number, again: number, subject: string): string =>
  `${ofClass === classNumber.replay ? "replay" : again === 1 ? "again" : "live"}:${subject}`;

const ofSubjects = /^(?:live|again|replay):/;

/** Whether `lineOf` named it; other lines are of states [latest-only.ts]. */
export const isOfSubject = (line: string): boolean => ofSubjects.test(line);

/** Deliveries that one read of a lane sets aside, lets go again or supersedes: some 10 ms. */
export const mostMoved = 2_000;
