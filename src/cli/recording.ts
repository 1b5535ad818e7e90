// What a recording is to `belfry replay`: a building model of its own and a stream of observations. One file per format
// stands in formats/; this file must not know any of them.

import type { ModelDocument } from "../building/document.ts";
import type { RecordingLine } from "./text-lines.ts";

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

/** A count as written in a column, or null. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}
