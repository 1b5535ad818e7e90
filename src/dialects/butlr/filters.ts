// `filters` of a webhook: what may stand there, and what matching makes of it [butlr.md §5.5]. The text the owner sent
// is kept beside it and given back unchanged.

import { normalMac } from "../../building/mac.ts";
import type { Problem } from "../../errors.ts";
import type { Filters } from "../../model/subscription.ts";

const keys = [
  "org_ids",
  "site_ids",
  "building_ids",
  "floor_ids",
  "room_ids",
  "zone_ids",
  "mac_addresses",
] as const satisfies readonly (keyof Filters)[];

export function filterProblems(filters: unknown, path: string): Problem[] {
  const problem = (where: string, message: string): Problem => ({ path: where, code: "INVALID_FILTER", message });
  if (filters === undefined || filters === null) return [];
  if (typeof filters !== "object" || Array.isArray(filters)) {
    return [problem(path, `must be an object with any of ${keys.join(", ")}.`)];
  }
  const problems: Problem[] = [];
  for (const [key, ids] of Object.entries(filters)) {
    if (!(keys as readonly string[]).includes(key)) {
      problems.push(problem(`${path}.${key}`, `is not a filter. The filters are ${keys.join(", ")}.`));
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
  const wanted: Record<string, readonly string[]> = {};
  for (const key of keys) {
    const ids = given[key];
    if (ids === undefined || ids.length === 0) continue;
    wanted[key] = key === "mac_addresses" ? ids.map((mac) => normalMac(mac) ?? mac) : [...ids];
  }
  return Object.keys(wanted).length === 0 ? null : wanted;
}
