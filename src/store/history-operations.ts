// The reads that make up the history, as a store answers them: a slice of a list at a time, minutes by the hour.

import type { EntryFilter, EntryPage, EntryView, History, MinuteQuery, Page, PageRequest } from "./history.ts";
import type { FiguresQuery, LaneFigures } from "./figure-reads.ts";
import type { StoredHours } from "./minute-page.ts";
import type { EndedPage, EndedQuery, EventRange, KeptPage, KeptQuery } from "./replay-reads.ts";
import type { NumberedPage, NumberedQuery } from "./sequence-reads.ts";

/** Bodies of one page, in UTF-16 units; the last one may exceed it. A page of large bodies ends early: whoever reads it, and
 * whatever it passes through, has little memory. */
export const mostBodies = 1024 * 1024;
/** And of one slice of it: what passes between threads costs both of them. */
export const sliceBodies = mostBodies / 4;

export interface EntryReads {
  entries(filter: EntryFilter, limit: number, offset: number): EntryPage;
  entriesBefore(filter: EntryFilter, page: PageRequest): Page<EntryView>;
}

export interface MinuteReads {
  /** Whole hours, until there are minutes enough for a page. */
  minutes(query: MinuteQuery): StoredHours;
}

export interface ReplayReads {
  eventRange(from: number, to: number): EventRange;
  keptEvents(query: KeptQuery): KeptPage;
  endedDeliveries(query: EndedQuery): EndedPage;
}

export interface SequenceReads {
  numbered(query: NumberedQuery): NumberedPage;
}

export interface FigureReads {
  figures(query: FiguresQuery): readonly LaneFigures[];
}

export type HistoryOperations = {
  [Name in Exclude<
    keyof History,
    keyof EntryReads | keyof MinuteReads | keyof ReplayReads | keyof SequenceReads | keyof FigureReads
  >]: (...given: Parameters<History[Name]>) => Awaited<ReturnType<History[Name]>>;
} & EntryReads &
  MinuteReads &
  ReplayReads &
  SequenceReads &
  FigureReads;
