// From the bytes of a request to its items: a JSON object, a JSON array or NDJSON. Each item keeps the text it was sent
// in. What is not JSON at all is refused as a whole; a bad NDJSON line is rejected alone.

import { BelfryError } from "../../errors.ts";
import { utf8Text } from "../../http/json-body.ts";
import type { IngestItem, RejectedItem } from "../ingest-port.ts";
import { splitJsonArray, type SplitLimits, trim } from "./split-json-array.ts";

export type BodyForm = "json" | "ndjson";

export interface Batch {
  readonly items: readonly IngestItem[];
  /** Where item i stood in the request. */
  readonly positions: readonly number[];
  /** Lines that are no JSON. */
  readonly rejected: readonly RejectedItem[];
}

const forms: Readonly<Record<string, BodyForm>> = {
  "application/json": "json",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/jsonl": "ndjson",
};

/** Null: a media type or a character set that is not read. */
export function bodyForm(contentType: string | undefined): BodyForm | null {
  const [essence, ...parameters] = (contentType ?? "").split(";");
  for (const parameter of parameters) {
    const charset = /^\s*charset\s*=\s*"?([^"]*)"?\s*$/i.exec(parameter)?.[1];
    if (charset !== undefined && !/^utf-?8$/i.test(charset)) return null;
  }
  return forms[essence!.trim().toLowerCase()] ?? null;
}

/** Throws UNREADABLE_BODY and PAYLOAD_TOO_LARGE. */
export function readBody(bytes: Uint8Array, form: BodyForm, limits: SplitLimits): Batch {
  const text = utf8Text(bytes);
  return form === "json" ? readJson(text, limits) : readLines(text, limits);
}

function readJson(text: string, limits: SplitLimits): Batch {
  const pieces = splitJsonArray(text, limits);
  if (pieces.status === "too_deep") throw new BelfryError("UNREADABLE_BODY", tooDeep(limits));
  if (pieces.status === "too_many") throw tooMany(limits);
  const value = parse(text);
  if (value === unreadable) {
    // NDJSON that calls itself JSON: taken only where every line is whole, else it is torn JSON.
    const lines = text.includes("\n") ? readLines(text, limits) : null;
    if (lines !== null && lines.items.length > 0 && lines.rejected.length === 0) return lines;
    throw new BelfryError(
      "UNREADABLE_BODY",
      "The body is not JSON. Send one JSON object or array, or one object per line as application/x-ndjson.",
    );
  }
  const values: readonly unknown[] = pieces.array ? (value as readonly unknown[]) : [value];
  const items = pieces.texts.map((text, index) => ({ text, value: values[index] }));
  return { items, positions: items.map((_, index) => index), rejected: [] };
}

/** Lines of white space are nothing; positions count the others. */
function readLines(text: string, limits: SplitLimits): Batch {
  const items: IngestItem[] = [];
  const positions: number[] = [];
  const rejected: RejectedItem[] = [];
  let index = 0;
  for (const line of text.split("\n")) {
    // Files that were joined bring a byte order mark each.
    const trimmed = trim(line, line.charCodeAt(0) === 0xfeff ? 1 : 0, line.length);
    if (trimmed === "") continue;
    if (index >= limits.items) throw tooMany(limits);
    // A line is read as one value even where it is an array, so only its depth is of interest here.
    const deep = splitJsonArray(trimmed, { ...limits, items: Infinity }).status === "too_deep";
    const value = deep ? unreadable : parse(trimmed);
    if (value === unreadable) {
      const message = deep ? tooDeep(limits) : "This line is not JSON. Put exactly one JSON object on each line.";
      rejected.push({ index, code: "UNREADABLE_ITEM", message });
    } else {
      items.push({ text: trimmed, value });
      positions.push(index);
    }
    index++;
  }
  return { items, positions, rejected };
}

const unreadable = Symbol("unreadable");

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return unreadable;
  }
}

const tooDeep = (limits: SplitLimits): string =>
  `The JSON is nested deeper than ${limits.depth} levels. Send it flatter.`;

const tooMany = (limits: SplitLimits): BelfryError =>
  new BelfryError("PAYLOAD_TOO_LARGE", `The body has more than ${limits.items} items. Send it in several requests.`);
