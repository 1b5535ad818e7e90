// Puts an imported plan into the model that the server has: nothing that is there gets lost by it, least of all sensors,
// tenants and their integrations, which no drawing knows.

import type { ImportLog } from "./import-log.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Of organization, sites and buildings the present fields win, for a drawing only guesses them; of floors and what lies
 * on them, and of doors, the drawn ones. Records are matched by id; one that is only in one of both stays as it is. */
export function mergeModels(present: Fields, drawn: Fields, sources: ImportLog["sources"]): Fields {
  return merged(present, drawn, true, sources);
}

/** Lists of records of which the present fields win. */
const known: ReadonlySet<string> = new Set(["sites", "buildings"]);

function merged(present: Fields, drawn: Fields, presentWins: boolean, sources: ImportLog["sources"]): Fields {
  const lists = Object.entries(drawn).flatMap(([field, value]): [string, unknown][] => {
    const before = present[field] ?? [];
    if (!isRecords(value) || !isRecords(before)) return [];
    return [[field, mergedLists(before, value, known.has(field), sources)]];
  });
  const fields = presentWins ? { ...drawn, ...present } : { ...present, ...drawn };
  const result = { ...fields, ...Object.fromEntries(lists) };
  const source = sources.get(drawn);
  if (source !== undefined) sources.set(result, source);
  return result;
}

function mergedLists(
  present: readonly Fields[],
  drawn: readonly Fields[],
  presentWins: boolean,
  sources: ImportLog["sources"],
): readonly Fields[] {
  const byId = new Map(drawn.map((record) => [String(record["id"]), record]));
  const before = present.map((record) => {
    const twin = byId.get(String(record["id"]));
    byId.delete(String(record["id"]));
    return twin === undefined ? record : merged(record, twin, presentWins, sources);
  });
  return [...before, ...byId.values()];
}

/** Lists of records have ids in them; lists of corners and of names have not. */
function isRecords(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every((each) => typeof each === "object" && each !== null && "id" in each);
}
