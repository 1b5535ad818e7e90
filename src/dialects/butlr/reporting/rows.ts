// The values of a report as rows: flat, in the order of time, with pages. Texts that are the same in all rows of a series are
// made once.

import { clockOf } from "../../../model/time-zone.ts";
import type { Pause } from "../../../turns.ts";
import { placeColumns } from "./place-columns.ts";
import type { SeriesValues } from "./report.ts";
import type { Paging, ReportRequest } from "./request.ts";
import type { ReportSeries } from "./series.ts";
import { timeText } from "./time-text.ts";
import { hourMs, minuteMs } from "./time-windows.ts";

export interface Row {
  readonly series: ReportSeries;
  readonly field: string;
  readonly time: number;
  readonly value: number | null;
}

/** In the order of time; at one time, in the order of the series and their fields. */
export async function rowsByTime(found: readonly SeriesValues[], pause: Pause): Promise<readonly Row[]> {
  const byTime = new Map<number, Row[]>();
  for (const { series, values } of found) {
    await pause();
    for (const [index, { name }] of series.fields.entries()) {
      for (const { time, value } of values[index]!) {
        const row = { series, field: name, time, value };
        const rows = byTime.get(time);
        if (rows === undefined) byTime.set(time, [row]);
        else rows.push(row);
      }
    }
  }
  await pause();
  return [...byTime.keys()].toSorted((a, b) => a - b).flatMap((time) => byTime.get(time)!);
}

export interface PageInfo {
  readonly page: number;
  readonly page_item_count: number;
  readonly total_item_count: number;
  readonly total_pages: number;
}

export function pageOf<Item>(
  items: readonly Item[],
  { page, limit }: Paging,
): { readonly items: readonly Item[]; readonly info: PageInfo } {
  const here = items.slice((page - 1) * limit, page * limit);
  const info = {
    page,
    page_item_count: here.length,
    total_item_count: items.length,
    total_pages: Math.ceil(items.length / limit),
  };
  return { items: here, info };
}

/** The JSON text of a row. `start` and `stop` are those of the request. */
export function rowWriter({ start, stop, window }: ReportRequest): (row: Row) => string {
  const clock = clockOf(window.timeZone);
  const range = `"start":"${timeText(start)}","stop":"${timeText(stop)}"`;
  const columns = new Map<ReportSeries, string>();
  const columnsOf = (series: ReportSeries): string => {
    const known = columns.get(series);
    if (known !== undefined) return known;
    const text = JSON.stringify(placeColumns(series.place, series.tag)).slice(1);
    columns.set(series, text);
    return text;
  };
  return ({ series, field, time, value }) =>
    `{"field":"${field}","measurement":"${series.measurement}","time":"${timeText(time)}",${range},"value":${value},` +
    `"preprocessed":false,"timezone_offset":"${offsetText(clock.offsetAt(time))}",${columnsOf(series)}`;
}

/** `-7h`, `0h`, `5h30m`. */
export function offsetText(offset: number): string {
  const size = Math.abs(offset);
  const minutes = Math.floor((size % hourMs) / minuteMs);
  return `${offset < 0 ? "-" : ""}${Math.floor(size / hourMs)}h${minutes === 0 ? "" : `${minutes}m`}`;
}
