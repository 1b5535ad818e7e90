// Among whom the server's memory is shared out: organizations. A key of a building or a tenant shares for itself, lest a
// resident uses up what the organization's own sensors need; whoever shows no key shares with its address.

import type { HttpRequest } from "../scope.ts";

/** Of a request whose `who` was asked already, where there is anybody to ask. */
export function sharerOf({ who, ip }: HttpRequest): string {
  if (who === null || who === undefined) return `address ${ip}`;
  if (who.role === "building" || who.role === "tenant") return `key ${who.key}`;
  return who.organization === null ? `key ${who.key}` : `organization ${who.organization}`;
}
