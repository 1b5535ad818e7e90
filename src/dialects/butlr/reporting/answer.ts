// The answer of a report as JSON text, in the three forms that clients ask for [clients.md §1.3]. Long ones are written in
// slices.

import type { Pause } from "../../../turns.ts";
import { placeColumns } from "./place-columns.ts";
import type { SeriesValues } from "./report.ts";
import type { GroupKey, ReportRequest } from "./request.ts";
import { pageOf, type Row, rowsByTime, rowWriter } from "./rows.ts";
import { createTally, type Tally } from "./tally.ts";
import { timeText } from "./time-text.ts";

/** Rows written without a pause. */
const slice = 500;

export async function reportAnswer(
  request: ReportRequest,
  found: readonly SeriesValues[],
  pause: Pause,
): Promise<string> {
  const { grouping } = request;
  if (grouping === "assets") return `{"data":${await byAsset(request, found, pause)}}`;
  const rows = await rowsByTime(found, pause);
  if (grouping !== "rows") return `{"data":${await grouped(grouping, rows, pause)}}`;
  if (request.paging === null) return `{"data":${await flat(request, rows, pause)}}`;
  const { items, info } = pageOf(rows, request.paging);
  return `{"data":${await flat(request, items, pause)},"page_info":${JSON.stringify(info)}}`;
}

async function flat(request: ReportRequest, rows: readonly Row[], pause: Pause): Promise<string> {
  const write = rowWriter(request);
  const parts: string[] = [];
  for (let from = 0; from < rows.length; from += slice) {
    await pause();
    parts.push(
      rows
        .slice(from, from + slice)
        .map(write)
        .join(","),
    );
  }
  return `[${parts.join(",")}]`;
}

/** `{"room_1": {"2026-06-17T10:00:00Z": {"median": 3}}}`. Passages have full rows instead, one for each direction. */
async function byAsset(request: ReportRequest, found: readonly SeriesValues[], pause: Pause): Promise<string> {
  const write = rowWriter(request);
  const parts: string[] = [];
  for (const { series, statistic, values } of found) {
    await pause();
    const times = new Map<number, string[]>();
    for (const [index, { name }] of series.fields.entries()) {
      for (const { time, value } of values[index]!) {
        const texts = times.get(time) ?? [];
        const row = { series, field: name, time, value };
        texts.push(series.fields.length > 1 ? write(row) : `{"${statistic}":${value}}`);
        times.set(time, texts);
      }
    }
    if (times.size === 0) continue;
    const entries = [...times]
      .toSorted(([a], [b]) => a - b)
      .map(([time, texts]) => `"${timeText(time)}":${series.fields.length > 1 ? `[${texts.join(",")}]` : texts[0]!}`);
    parts.push(`${JSON.stringify(series.asset)}:{${entries.join(",")}}`);
  }
  return `{${parts.join(",")}}`;
}

type Group = Tally | Map<string, Group>;

/** Nested by the keys in their order; leaves are statistics of the windows' values. */
async function grouped(keys: readonly GroupKey[], rows: readonly Row[], pause: Pause): Promise<string> {
  const top = new Map<string, Group>();
  const nameOf = namer();
  for (const [index, row] of rows.entries()) {
    if (index % slice === 0) await pause();
    if (row.value === null) continue;
    let group = top;
    for (const key of keys.slice(0, -1)) group = within(group, nameOf(row, key), () => new Map()) as Map<string, Group>;
    const leaf = within(group, nameOf(row, keys.at(-1)!), createTally) as Tally;
    leaf.add(row.value);
  }
  await pause();
  return groupText(top);
}

function within(group: Map<string, Group>, name: string, make: () => Group): Group {
  const known = group.get(name);
  if (known !== undefined) return known;
  const made = make();
  group.set(name, made);
  return made;
}

function namer(): (row: Row, key: GroupKey) => string {
  const columns = new Map<Row["series"], Readonly<Record<string, string>>>();
  return ({ series, field, time }, key) => {
    if (key === "time") return timeText(time);
    if (key === "field") return field;
    if (key === "measurement") return series.measurement;
    const known = columns.get(series) ?? placeColumns(series.place, series.tag);
    columns.set(series, known);
    return known[key] ?? "";
  };
}

function groupText(group: Group): string {
  if (!(group instanceof Map)) return JSON.stringify(statisticsOf(group));
  return `{${[...group].map(([name, inner]) => `${JSON.stringify(name)}:${groupText(inner)}`).join(",")}}`;
}

const statisticsOf = (tally: Tally) => ({
  sum: tally.of("sum"),
  min: tally.of("min"),
  max: tally.of("max"),
  count: tally.of("count"),
  mean: tally.of("mean"),
  median: tally.of("median"),
  stddev: tally.of("deviation"),
  first: tally.of("first"),
  last: tally.of("last"),
});
