// `filters` of a webhook: what may stand there, and what matching makes of it [butlr.md §5.5]. The text the owner sent
// is kept beside it and given back unchanged.

import { normalMac } from "../../building/mac.ts";
import type { Problem } from "../../errors.ts";
import { comparisons, type Filters } from "../../model/subscription.ts";

const keys = [
  "org_ids",
  "site_ids",
  "building_ids",
  "floor_ids",
  "room_ids",
  "zone_ids",
  "mac_addresses",
] as const satisfies readonly (keyof Filters)[];

const names = [...keys, "occupancy"];
const occupancyForm = `must be {"comparison", "value"} with a comparison of ${Object.keys(comparisons).join(", ")} and a number.`;

export function filterProblems(filters: unknown, path: string): Problem[] {
  const problem = (where: string, message: string): Problem => ({ path: where, code: "INVALID_FILTER", message });
  if (filters === undefined || filters === null) return [];
  if (typeof filters !== "object" || Array.isArray(filters)) {
    return [problem(path, `must be an object with any of ${names.join(", ")}.`)];
  }
  const problems: Problem[] = [];
  for (const [key, ids] of Object.entries(filters)) {
    if (key === "occupancy") {
      if (!isOccupancy(ids)) problems.push(problem(`${path}.${key}`, occupancyForm));
    } else if (!(keys as readonly string[]).includes(key)) {
      problems.push(problem(`${path}.${key}`, `is not a filter. The filters are ${names.join(", ")}.`));
    } else if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string" && id !== "")) {
      problems.push(problem(`${path}.${key}`, "must be a list of strings."));
    }
  }
  return problems;
}

/** Filters without problems, as matching wants them. A list without entries restricts nothing: the other reading, a
 * webhook that stays silent for ever, is what nobody asks for. */
export function filtersOf(filters: unknown): Filters | null {
  if (filters === undefined || filters === null) return null;
  const given = filters as Filters;
  const wanted: Record<string, unknown> = {};
  for (const key of keys) {
    const ids = given[key];
    if (ids === undefined || ids.length === 0) continue;
    wanted[key] = key === "mac_addresses" ? ids.map((mac) => normalMac(mac) ?? mac) : [...ids];
  }
  if (given.occupancy) wanted["occupancy"] = given.occupancy;
  return Object.keys(wanted).length === 0 ? null : wanted;
}

/** Null: none, as an absent one. */
function isOccupancy(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== "object" || Array.isArray(value)) return false;
  const { comparison, value: number, ...others } = value as Record<string, unknown>;
  const isKnown = typeof comparison === "string" && Object.hasOwn(comparisons, comparison);
  return isKnown && typeof number === "number" && Number.isFinite(number) && Object.keys(others).length === 0;
}
