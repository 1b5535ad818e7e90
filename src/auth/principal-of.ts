// From the record of a key to the principal that acts by it.

import type { Principal } from "../model/principal.ts";
import type { KeyRecord } from "../store/registry.ts";

/** null: there is no such key, or it was revoked. */
export function principalOf(record: KeyRecord | null): Principal | null {
  if (record === null || record.revokedAt !== null) return null;
  return { key: record.id, role: record.role, organization: record.organization, targets: record.targets };
}
