// What keys of each role may do, in a few words.

import type { Role } from "../api/types.ts";

export const roleWords: Readonly<Record<Role, string>> = {
  operator: "everything, on this server",
  organization: "everything within the organization",
  viewer: "reads the organization",
  ingest: "sends observations and events",
  building: "the subscriptions and counts of buildings",
  tenant: "the subscriptions of tenants",
};
