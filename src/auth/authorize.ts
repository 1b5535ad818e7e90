// What a key may see through the operator API. What it may not see looks exactly like what is not there.

import { BelfryError } from "../errors.ts";
import { mayManage, mayRead, type Principal, type Role } from "../model/principal.ts";

export const readers: readonly Role[] = ["operator", "organization", "viewer"];
export const managers: readonly Role[] = ["operator", "organization"];
export const operators: readonly Role[] = ["operator"];

/** Says nothing of the id asked for, so that a foreign one and an unknown one give the same bytes. */
export const notFound = (what: string): BelfryError =>
  new BelfryError("NOT_FOUND", `There is no such ${what}, or this key may not see it.`);

/** The organization to which a list is narrowed; null: all of them, for an operator only. */
export function listedOrganization(who: Principal, asked: string | undefined): string | null {
  if (who.role === "operator") return asked ?? null;
  if (asked !== undefined && asked !== who.organization) throw notFound("organization");
  return who.organization;
}

export function readable<Found extends { readonly organization: string }>(
  who: Principal,
  found: Found | null,
  what: string,
): Found {
  if (found === null || !mayRead(who, found.organization)) throw notFound(what);
  return found;
}

export function manageable<Found extends { readonly organization: string }>(
  who: Principal,
  found: Found | null,
  what: string,
): Found {
  if (found === null || !mayManage(who, found.organization)) throw notFound(what);
  return found;
}
