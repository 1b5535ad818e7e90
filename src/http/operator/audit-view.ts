// How the audit and the check of its chain look through the operator API.

import { z } from "zod";
import type { AuditCheck, AuditView } from "../../store/history.ts";
import { iso, time } from "./time.ts";

export const auditCheckSchema = z.object({
  whole: z.boolean(),
  entries: z.number().describe("How many follow from one another, from the first on."),
  last_hash: z
    .string()
    .describe("Of the last of them. Kept elsewhere, it also shows whether entries at the end were removed."),
  broken_at: z.number().nullable().describe("The first entry that does not follow from the one before it."),
});

export const showAuditCheck = ({ brokenAt, last }: AuditCheck): z.input<typeof auditCheckSchema> => ({
  whole: brokenAt === null,
  entries: last.number,
  last_hash: Buffer.from(last.hash).toString("hex"),
  broken_at: brokenAt,
});

export const auditSchema = z.object({
  number: z.number().describe("Its place in the chain."),
  organization: z.string().nullable().describe("Null: of none, or of one that was deleted."),
  at: time,
  actor: z.string(),
  action: z.string(),
  object: z.string(),
  detail: z.unknown(),
});

export function showAudit({ number, organization, at, detail, ...entry }: AuditView): z.input<typeof auditSchema> {
  return {
    number,
    organization,
    at: iso(at),
    ...entry,
    detail: detail === null ? null : (JSON.parse(detail) as unknown),
  };
}
