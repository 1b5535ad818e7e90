// What each class of rows costs on the disk, estimated from a sample: rows at places that are spread evenly over a table, their
// number from how dense they lie, their bytes from how long their columns are. Nothing is read whole, however large the file is.

import type { DatabaseSync } from "node:sqlite";
import { type ClassStorage, type RetentionClass, retentionClasses } from "../../../model/retention.ts";
import { dayMs } from "./minute-reads.ts";

export interface StorageReads {
  /** One class, of an organization or (null) of all. */
  classStorage(kind: RetentionClass, organization: string | null): ClassStorage;
  fileBytes(): { readonly file: number; readonly free: number };
}

/** A table whose rows are numbered in the order of time. */
interface Numbered {
  readonly table: string;
  readonly key: string;
  /** SQL: when a row was accepted. */
  readonly at: string;
  /** SQL: bytes of a row, with its entries in indexes, before what pages waste. */
  readonly bytes: string;
}

const length = (...columns: readonly string[]): string =>
  columns.map((column) => `ifnull(octet_length(${column}), 0)`).join(" + ");

const event: Numbered = {
  table: "event",
  key: "number",
  at: "accepted_at",
  bytes: `${length("id", "subject", "previous", "scopes", "key", "body")} + 40 + ${length("id")} + 10 + ${length("key")} + 10`,
};
const tables: Readonly<Record<Exclude<RetentionClass, "minutes">, readonly Numbered[]>> = {
  events: [
    event,
    { table: "delivery", key: "number", at: "created_at", bytes: "55" },
    { table: "attempt", key: "delivery", at: "started_at", bytes: `${length("detail", "response")} + 60` },
  ],
  observations: [
    {
      table: "observation",
      key: "position",
      at: "accepted_at",
      bytes: `${length("floor", "body")} + 25 + ${length("floor")} + 25`,
    },
  ],
  entries: [
    {
      table: "entry",
      key: "number",
      at: "accepted_at",
      bytes: `${length("building", "source_id", "guid", "status", "type", "origin", "words", "data")} + 40 + 30 + 60`,
    },
  ],
};

const places = 40;
const rowsOfPlace = 50;
const sampledDays = 5;
/** Pages are not full, and tables have inner pages. */
const waste = 1.05;

interface Sampled {
  readonly rows: number;
  readonly bytes: number;
  readonly oldest: number | null;
}

const nothing: Sampled = { rows: 0, bytes: 0, oldest: null };

export function createStorageReads(database: DatabaseSync): StorageReads {
  const numberOf = database.prepare("select number from organization where id = ?");
  const sampleMinutes = createMinuteSample(database);
  const samplers = {} as Record<RetentionClass, (organization: number | null) => Sampled>;
  for (const kind of retentionClasses) {
    if (kind === "minutes") samplers[kind] = sampleMinutes;
    else {
      const [main, ...others] = tables[kind].map((table) => createSample(database, table));
      samplers[kind] = (organization) => {
        const sampled = main!(organization);
        const more = others.map((sample) => sample(organization).bytes);
        return { ...sampled, bytes: more.reduce((sum, bytes) => sum + bytes, sampled.bytes) };
      };
    }
  }
  const pragma = (name: string): number => Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);

  return {
    classStorage(kind, id) {
      const organization = id === null ? null : (numberOf.get(id)?.["number"] as number | undefined);
      const { rows, bytes, oldest } = organization === undefined ? nothing : samplers[kind](organization);
      return { class: kind, rows: Math.round(rows), bytes: Math.round(bytes * waste), oldest };
    },
    fileBytes: () => {
      const size = pragma("page_size");
      return { file: pragma("page_count") * size, free: pragma("freelist_count") * size };
    },
  };
}

function createSample(
  database: DatabaseSync,
  { table, key, at, bytes }: Numbered,
): (organization: number | null) => Sampled {
  const ends = database.prepare(`select min(${key}) as first, max(${key}) as last from ${table}`);
  const some = database.prepare(
    `select ${key} as number, organization, ${at} as at, ${bytes} as bytes from ${table} where ${key} >= ? order by ${key} limit ?`,
  );
  return (organization) => {
    const { first, last } = ends.get() as { first: number | null; last: number | null };
    if (first === null || last === null) return nothing;
    let [span, rows, theirs, size] = [0, 0, 0, 0];
    let oldest: number | null = null;
    let from = first;
    for (let place = 0; place < places && from <= last; place++) {
      from = Math.max(from, Math.floor(first + ((last - first + 1) * place) / places));
      const found = some.all(from, rowsOfPlace) as unknown as {
        number: number;
        organization: number;
        at: number;
        bytes: number;
      }[];
      if (found.length === 0) break;
      const until = found.at(-1)!.number + 1;
      // Fewer than asked for: there are none behind them.
      span += (found.length < rowsOfPlace ? last + 1 : until) - from;
      from = until;
      rows += found.length;
      for (const row of found) {
        if (organization !== null && row.organization !== organization) continue;
        theirs++;
        size += row.bytes;
        oldest ??= row.at;
      }
    }
    // Several attempts of a delivery have the same number: the span counts deliveries, and so do gaps.
    const scale = (last - first + 1) / span;
    return { rows: theirs * scale, bytes: size * scale, oldest };
  };
}

function createMinuteSample(database: DatabaseSync): (organization: number | null) => Sampled {
  const next = database.prepare("select min(day) as day from minute_hour where day > ?");
  const count = database.prepare(
    "select count(*) as rows, ifnull(sum(octet_length(minutes) + 18), 0) as bytes from minute_hour" +
      " where day = :day and (:organization is null or organization = :organization)",
  );
  return (organization) => {
    const days: number[] = [];
    for (let day: number | null = -1; ; days.push(day)) {
      day = (next.get(day) as { day: number | null }).day;
      if (day === null) break;
    }
    const every = Math.max(1, days.length / sampledDays);
    const chosen = [...new Set(Array.from({ length: sampledDays }, (_, index) => days[Math.floor(index * every)]))];
    let [rows, bytes] = [0, 0];
    let oldest: number | null = null;
    for (const day of chosen.filter((each) => each !== undefined)) {
      const found = count.get({ day, organization }) as { rows: number; bytes: number };
      rows += found.rows;
      bytes += found.bytes;
      if (found.rows > 0) oldest ??= day * dayMs;
    }
    const scale = days.length / Math.min(chosen.length, days.length || 1);
    return days.length === 0 ? nothing : { rows: rows * scale, bytes: bytes * scale, oldest };
  };
}
