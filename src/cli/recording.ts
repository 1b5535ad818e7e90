// What a recording is to `belfry replay`: a building model of its own and a stream of observations. One file per format
// stands in formats/; this file must not know any of them.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { ModelDocument } from "../building/document.ts";
import { CommandFailure } from "./failure.ts";

export interface RecordingLine {
  /** 1, 2, 3, … */
  readonly number: number;
  readonly text: string;
  /** How much of the file is read with this line, 0 to 1. */
  readonly share: number;
}

/** One step of a replay: an observation as JSON text, or a line that gives none. */
export type Recorded =
  | { readonly line: number; readonly share: number; readonly at: number | null; readonly text: string }
  | { readonly line: number; readonly share: number; readonly problem: string };

export interface RecordingFormat {
  /** The place it was recorded in, put before the first observation; null: the model that the server has. */
  readonly model: ModelDocument | null;
  /** Lazy. Ids are the same every time the same file is read, so that sending twice is harmless. */
  observations(lines: AsyncIterable<RecordingLine>): AsyncIterable<Recorded>;
}

/** Lines of a file, read as they are asked for. */
export async function* readLines(path: string): AsyncGenerator<RecordingLine> {
  const size = await fileSize(path);
  const stream = createReadStream(path, { encoding: "utf8" });
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  let number = 0;
  try {
    for await (const text of lines) {
      number++;
      yield { number, text, share: size === 0 ? 1 : stream.bytesRead / size };
    }
  } finally {
    lines.close();
    stream.destroy();
  }
}

async function fileSize(path: string): Promise<number> {
  try {
    const file = await stat(path);
    if (file.isDirectory()) throw new CommandFailure(`${path} is a directory; name the recording in it.`);
    return file.size;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${path} cannot be read. Is the name right?`, { cause: error });
  }
}

/** Numbers observations of one format: `calit2-000001`, `calit2-000002`, … */
export function createNumbering(format: string): () => string {
  let last = 0;
  return () => `${format}-${String(++last).padStart(6, "0")}`;
}

/** A wall clock without a zone, `2005-07-24` and `13:30:00` (or `9:05:00`), taken as UTC; null: not a time. */
export function wallClock(date: string, time: string): number | null {
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date.trim());
  const clock = /^(\d{1,2}):(\d{2}):(\d{2})$/.exec(time.trim());
  if (day === null || clock === null) return null;
  const [year, month, date_] = day.slice(1).map(Number) as [number, number, number];
  const [hour, minute, second] = clock.slice(1).map(Number) as [number, number, number];
  const at = Date.UTC(year, month - 1, date_, hour, minute, second);
  const back = new Date(at);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === date_ && back.getUTCHours() === hour;
  return same && minute < 60 && second < 60 ? at : null;
}

/** A count as written in a column, or null. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}
