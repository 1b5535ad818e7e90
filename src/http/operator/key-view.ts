// How a key looks through the operator API: without its secret, which is shown where it is made, once.

import { z } from "zod";
import { roles } from "../../model/principal.ts";
import type { KeyRecord } from "../../store/registry.ts";
import { iso, time } from "./time.ts";

export const keySchema = z.object({
  client_id: z.string(),
  name: z.string().nullable().describe("What its maker calls it."),
  role: z.enum(roles),
  organization: z.string().nullable(),
  targets: z.array(z.string()).describe("The buildings or tenants; empty: the whole organization, or everything."),
  created_at: time,
  revoked_at: time.nullable(),
});

export function showKey({
  id,
  name,
  role,
  organization,
  targets,
  createdAt,
  revokedAt,
}: KeyRecord): z.input<typeof keySchema> {
  const revoked_at = revokedAt === null ? null : iso(revokedAt);
  return { client_id: id, name, role, organization, targets: [...targets], created_at: iso(createdAt), revoked_at };
}
