// How an organization looks through the operator API.

import { z } from "zod";
import type { OrganizationRecord } from "../../store/registry.ts";

export const organizationSchema = z.object({ id: z.string(), name: z.string(), revision: z.number() });

export function showOrganization({ id, name, revision }: OrganizationRecord): z.input<typeof organizationSchema> {
  return { id, name, revision };
}
