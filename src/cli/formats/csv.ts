// Rows of a CSV file whose columns its user names: what points-csv and counts-csv have in common. A file that cannot be
// this format at all ends the command before anything is sent; a row that cannot be read is told with its line.

import { readTime } from "../../model/moment.ts";
import { CommandFailure } from "../failure.ts";
import type { RecordingLine } from "../text-lines.ts";

/** What the user says about a file that does not describe itself. */
export interface FileOptions {
  /** Names of columns in the file, by what they hold: `time` → `timestamp`. */
  readonly columns: ReadonlyMap<string, string>;
  /** The sensor of all rows, where no column names it. */
  readonly sensor: string | null;
}

export interface CsvRow<Name extends string> {
  readonly line: number;
  readonly share: number;
  /** Epoch ms, whole. */
  readonly at: number;
  readonly sensor: string;
  /** Trimmed; empty where the row ends before it or the file has no such column. */
  cell(name: Name): string;
  has(name: Name): boolean;
}

export type CsvItem<Name extends string> =
  | { readonly row: CsvRow<Name> }
  | { readonly line: number; readonly share: number; readonly problem: string };

/** The rows below the header. Each has a time, which never goes back for a sensor, and a sensor. `check` says what is
 * wrong with the columns that were found, if anything. Throws CommandFailure for a header that does not fit. */
export async function* readRows<Name extends string>(
  lines: AsyncIterable<RecordingLine>,
  options: FileOptions,
  names: readonly Name[],
  check: (has: (name: Name) => boolean) => string | null,
): AsyncGenerator<CsvItem<Name>> {
  let header: Header<Name> | null = null;
  const lastOf = new Map<string, number>();
  for await (const { number: line, text, share } of lines) {
    if (text.trim() === "") continue;
    if (header === null) {
      header = readHeader(text, options, names, check);
      continue;
    }
    const row = readRow(header, options, line, share, text);
    if (typeof row === "string") {
      yield { line, share, problem: row };
      continue;
    }
    const last = lastOf.get(row.sensor) ?? row.at;
    if (row.at < last) {
      const problem = `is ${last - row.at} ms before an earlier row of sensor ${row.sensor}: sort the file by time, oldest first`;
      yield { line, share, problem };
      continue;
    }
    lastOf.set(row.sensor, row.at);
    yield { row };
  }
}

/** Where each column stands. */
interface Header<Name extends string> {
  readonly delimiter: string;
  readonly width: number;
  readonly places: ReadonlyMap<Name | "time" | "sensor", number>;
}

function readHeader<Name extends string>(
  text: string,
  { columns, sensor }: FileOptions,
  names: readonly Name[],
  check: (has: (name: Name) => boolean) => string | null,
): Header<Name> {
  const delimiter = delimiterOf(text);
  const found = splitCells(text, delimiter) ?? [];
  const shown = found.join(", ");
  const all = ["time", "sensor", ...names] as const;
  for (const name of columns.keys()) {
    if (!all.some((known) => known === name)) {
      throw new CommandFailure(`--columns knows no ${name}. It takes ${all.join(", ")}.`);
    }
  }
  const places = new Map<Name | "time" | "sensor", number>();
  for (const name of all) {
    const wanted = columns.get(name);
    const place = found.findIndex((column) => column.toLowerCase() === (wanted ?? name).toLowerCase());
    if (place >= 0) places.set(name, place);
    else if (wanted !== undefined) throw new CommandFailure(`There is no column ${wanted}. The file has: ${shown}.`);
  }
  const missing = check((name) => places.has(name));
  if (!places.has("time") || missing !== null) {
    const lacks = places.has("time") ? missing : "a column time";
    throw new CommandFailure(
      `The first line must name ${lacks}. Say which columns these are, such as --columns time=${found[0] || "timestamp"}. The file has: ${shown}.`,
    );
  }
  if (places.has("sensor") && sensor !== null) {
    throw new CommandFailure("The file has a column for the sensor. Leave out --sensor, or name another column.");
  }
  if (!places.has("sensor") && sensor === null) {
    throw new CommandFailure(
      `No column says which sensor a row is from. Name it (--columns sensor=…), or the one sensor of the file (--sensor ID). The file has: ${shown}.`,
    );
  }
  return { delimiter, width: found.length, places };
}

/** The row, or what is wrong with it. */
function readRow<Name extends string>(
  { delimiter, width, places }: Header<Name>,
  options: FileOptions,
  line: number,
  share: number,
  text: string,
): CsvRow<Name> | string {
  const cells = splitCells(text, delimiter);
  if (cells === null) return "has a quotation mark without its end";
  if (cells.length > width) return `has ${cells.length} cells where the first line has ${width}`;
  const cell = (name: Name | "time" | "sensor"): string => cells[places.get(name) ?? width] ?? "";
  const at = readMoment(cell("time"));
  if (typeof at === "string") return `its time ${at}`;
  const sensor = options.sensor ?? cell("sensor");
  if (sensor === "") return "names no sensor";
  return { line, share, at, sensor, cell, has: (name) => places.has(name) };
}

/** Of comma, semicolon and tab the one that the first line has most of. */
function delimiterOf(text: string): string {
  const counted = [",", ";", "\t"].map((mark) => ({ mark, count: text.split(mark).length }));
  return counted.toSorted((a, b) => b.count - a.count)[0]!.mark;
}

/** Cells of a line as RFC 4180 has them, trimmed; null: a quotation mark without its end. No cell spans lines. */
export function splitCells(text: string, delimiter: string): string[] | null {
  if (!text.includes('"')) return text.split(delimiter).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const mark = text[i]!;
    if (quoted && mark === '"' && text[i + 1] === '"') cell += text[++i]!;
    else if (mark === '"' && (quoted || cell.trim() === "")) quoted = !quoted;
    else if (mark === delimiter && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += mark;
  }
  cells.push(cell.trim());
  return quoted ? null : cells;
}

/** Epoch seconds (10 digits, decimals allowed) or milliseconds, or ISO 8601 with a zone, as epoch ms; else the end of a
 * sentence about what is wrong. */
export function readMoment(text: string): number | string {
  if (text === "") return "is missing";
  if (!/^\d+(\.\d+)?$/.test(text)) {
    const time = readTime(text);
    return typeof time === "number" ? time : time.replace(/\.$/, "");
  }
  const number = Number(text);
  if (number >= 1e9 && number < 1e10) return Math.round(number * 1000);
  if (number >= 1e12 && number < 1e13) return Math.round(number);
  return "is neither epoch seconds (10 digits) nor epoch milliseconds (13 digits)";
}

/** A finite number, or null. */
export function decimal(text: string): number | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : null;
}
