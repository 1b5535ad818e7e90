// A report worked out: the values of every series, window by window.

import type { BuildingModel } from "../../../building/building.ts";
import { BelfryError } from "../../../errors.ts";
import { isOpen } from "./opening-hours.ts";
import { minutePages, type MinuteReaderDeps, mostMinutes } from "./read-minutes.ts";
import type { ReportRequest } from "./request.ts";
import { type ReportSeries, seriesOf } from "./series.ts";
import { createSummary, firstWithin, type SummaryRules, type WindowValue } from "./summary.ts";
import type { StatisticFunction } from "./tally.ts";
import { minuteMs, windowGrid } from "./time-windows.ts";

/** A window is over so long after its end, ms: by then its last minute is kept [sensing closes it within 9 s]. */
export const closedAfterMs = 10_000;

/** Values of a report of which pages are asked for, and of one that is answered whole. */
const mostValues = { paged: 50_000, whole: 25_000 } as const;

/** A series with its values: field by field, in the order of time. */
export interface SeriesValues {
  readonly series: ReportSeries;
  readonly statistic: StatisticFunction;
  readonly values: readonly (readonly WindowValue[])[];
}

/** `now`: epoch ms. Throws BAD_REQUEST for a report that is too large, with what to do about it. */
export async function runReport(
  request: ReportRequest,
  model: BuildingModel,
  now: number,
  deps: MinuteReaderDeps,
): Promise<readonly SeriesValues[]> {
  const { window, start, value, hours } = request;
  const stop = Math.min(request.stop, now - closedAfterMs);
  const grid = windowGrid(window.every, window.timeZone, window.offset);
  const shared = { grid, start, stop, empty: window.empty, value, isOpen: isOpen(hours, window.timeZone) };
  const from = firstWithin(grid, start).start;
  if (from >= stop) return [];
  const found: SeriesValues[] = [];
  let total = 0;
  const all = seriesOf(model, request.measurements, request.places);
  checkSize(all, from, stop, request);
  for (const series of all) {
    const statistic = window.statistic ?? (series.measurement === "traffic" ? "sum" : "median");
    const rules: SummaryRules = { ...shared, statistic };
    const summary = createSummary(series.fields, rules);
    const range = { organization: model.organization.id, from, until: stop };
    for await (const minutes of minutePages(deps, range, series)) summary.add(minutes);
    const values = summary.end();
    found.push({ series, statistic, values });
    total += values.reduce((sum, each) => sum + each.length, 0);
    checkValues(total, request);
  }
  return found;
}

function checkSize(all: readonly ReportSeries[], from: number, stop: number, request: ReportRequest): void {
  const minutes = Math.ceil((stop - from) / minuteMs) * all.length;
  if (minutes > mostMinutes) {
    throw tooLarge(`${all.length} series over this time are ${minutes} minutes; at most ${mostMinutes} are read`);
  }
  if (request.window.empty === "left out") return;
  const windows = Math.floor((stop - from) / request.window.every);
  checkValues(windows * all.reduce((sum, { fields }) => sum + fields.length, 0), request);
}

function checkValues(total: number, { paging }: ReportRequest): void {
  const limit = paging === null ? mostValues.whole : mostValues.paged;
  if (total <= limit) return;
  const advice = paging === null ? ", or ask for pages with paginate" : "";
  throw tooLarge(`The answer would have more than ${limit} values`, advice);
}

const tooLarge = (fact: string, more = ""): BelfryError =>
  new BelfryError("BAD_REQUEST", `${fact}. Name fewer places, a shorter time or longer windows${more}.`);
