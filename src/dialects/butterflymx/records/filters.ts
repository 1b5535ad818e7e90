// The filters of the vendor's lists: `q[attribute_predicate]=value`, Ransack style [butterflymx.md §3]. What cannot be read is
// ignored, as in production: the answer is then the unfiltered list. Pure.

import { readTime } from "../../../model/moment.ts";
import type { EntryFilter } from "../../../store/history.ts";
import type { Shown } from "./show.ts";

export type Query = Readonly<Record<string, unknown>>;

interface Filter {
  readonly attribute: string;
  readonly predicate: "eq" | "start" | "in" | "gteq" | "lteq";
  readonly values: readonly string[];
}

/** Every filter of a query that has a known predicate; without one it is `eq`. */
export function filtersOf(query: Query): readonly Filter[] {
  return Object.entries(query).flatMap(([key, value]) => {
    const [, name] = /^q\[([a-z_]+)\](?:\[\])?$/.exec(key) ?? [];
    const values = [value].flat().filter((each) => typeof each === "string" && each !== "") as string[];
    if (name === undefined || values.length === 0) return [];
    const [, attribute, predicate] = /^(.+)_(eq|start|in|gteq|lteq)$/.exec(name) ?? [];
    return [{ attribute: attribute ?? name, predicate: (predicate ?? "eq") as Filter["predicate"], values }];
  });
}

/** Records that pass every filter that can be read. Text is compared in any case of letters. */
export function filtered(records: readonly Shown[], query: Query): readonly Shown[] {
  const filters = filtersOf(query);
  return filters.reduce((left, filter) => left.filter((record) => passes(record, filter)), records);
}

function passes(record: Shown, { attribute, predicate, values }: Filter): boolean {
  const verdicts = attribute.split("_or_").flatMap((name) => {
    const value = record[name];
    return value === undefined ? [] : [compares(value, predicate, values)];
  });
  // An attribute that the record does not have, or a value that is none, filters nothing.
  if (verdicts.length === 0 || verdicts.includes(null)) return true;
  return verdicts.includes(true);
}

/** Null: the values cannot be read as what the record has. */
function compares(value: unknown, predicate: Filter["predicate"], values: readonly string[]): boolean | null {
  if (predicate === "gteq" || predicate === "lteq") {
    const [bound, at] = [moment(values[0]!), moment(String(value))];
    if (bound === null || at === null) return null;
    return predicate === "gteq" ? at >= bound : at <= bound;
  }
  if (typeof value === "number" && !values.every((each) => /^\d+$/.test(each))) return null;
  const text = (typeof value === "string" || typeof value === "number" ? String(value) : "").toLowerCase();
  const wanted = values.map((each) => each.toLowerCase());
  if (predicate === "start") return wanted.some((each) => text.startsWith(each));
  return wanted.includes(text);
}

/** What a query asks for in the lists of entries and calls. */
export function entryFilterOf(query: Query): Partial<EntryFilter> {
  return Object.assign({}, ...filtersOf(query).map(entryFilter)) as Partial<EntryFilter>;
}

function entryFilter({ attribute, predicate, values }: Filter): Partial<EntryFilter> {
  const first = values[0]!;
  if (attribute === "logged_at" || attribute === "created_at") {
    const at = moment(first);
    if (at === null) return {};
    return predicate === "gteq" ? { from: at } : predicate === "lteq" ? { to: at } : {};
  }
  if (predicate === "start") return { words: first };
  if (predicate !== "eq" && predicate !== "in") return {};
  switch (attribute) {
    case "release_status":
    case "status":
      return { statuses: values };
    case "release_method":
    case "notification_type":
      return { types: values };
    case "origin":
    case "access_point":
    case "access_point_id":
    case "device_id":
      return values.every((value) => /^\d+$/.test(value)) ? { origins: values } : {};
    case "guid":
      return { guid: first };
    default:
      return {};
  }
}

/** `2026-06-17 15:12:19 UTC` and ISO 8601. Null: neither. */
function moment(text: string): number | null {
  const zoned = text.trim().replace(/ UTC$/, "Z");
  // A plus that was not escaped arrives as a blank.
  const at = readTime(zoned.replace(/ (\d\d:?\d\d)$/, "+$1").replace(" ", "T"));
  return typeof at === "number" ? at : null;
}
