// The kept minutes of a series, page by page. Each page is worked on in a turn of its own, so a report over years delays nobody.

import type { Minute } from "../../../model/minute.ts";
import type { History } from "../../../store/history.ts";
import type { Turns } from "../../../turns.ts";
import type { ReportSeries } from "./series.ts";

export interface MinuteReaderDeps {
  readonly history: Pick<History, "minutes">;
  readonly turns: Turns;
}

/** What is read: minutes with `from` ≤ begin < `until`. */
export interface MinuteRange {
  readonly organization: string;
  readonly from: number;
  readonly until: number;
}

/** What one request may read: spaces times time. */
export const mostMinutes = 10_000_000;

/** A week. */
const pageSize = 10_080;

/** In the order of time. */
export async function* minutePages(
  { history, turns }: MinuteReaderDeps,
  { organization, from, until }: MinuteRange,
  { series, subject }: Pick<ReportSeries, "series" | "subject">,
): AsyncGenerator<readonly Minute[]> {
  let after: number | null = null;
  do {
    const page = await history.minutes({ organization, series, subject, from, until, limit: pageSize, after });
    await turns.next(organization);
    yield page.items;
    after = page.after;
  } while (after !== null);
}
