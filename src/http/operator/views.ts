// How things look through the operator API. Secrets are not part of any view: where the owner set one, a view says that
// it is there.

import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { readTime } from "../../model/moment.ts";
import { outcomes } from "../../model/attempt.ts";
import { deliveryId, deliveryStates } from "../../model/delivery.ts";
import { roles } from "../../model/principal.ts";
import type { AttemptView, AuditCheck, AuditView, DeliveryView, EventView } from "../../store/history.ts";
import type { KeyRecord, OrganizationRecord } from "../../store/registry.ts";
import { mustBe } from "../schema-messages.ts";
import { iso, time } from "./time.ts";

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    data: z.array(item),
    next: z.string().nullable().describe("Give it as cursor to go on, after an empty page as well; null at the end."),
  });

/** A moment in a query, by the one rule of model/moment. */
export const moment = z
  .string()
  .transform((text, context) => readMoment(/^\d{1,16}$/.test(text) ? Number(text) : text, context));

/** The same in a body: epoch ms, or ISO 8601 with a zone. */
export const bodyMoment = z.union([z.string(), z.number()]).transform(readMoment);

function readMoment(value: string | number, context: z.RefinementCtx): number {
  const at = readTime(value);
  if (typeof at === "number") return at;
  context.addIssue({ code: "custom", message: at.replace(/\.$/, "") });
  return z.NEVER;
}

/** Of the vendors. */
export const dialectName = z.enum(["butlr", "butterflymx"]);
/** For whom, in a body: the organization unless it says so. */
export const scopeAsked = z
  .union(
    [
      z.strictObject({ kind: z.literal("organization") }),
      z.strictObject({ kind: z.enum(["building", "tenant"]), id: z.string().min(1).max(200) }),
    ],
    { error: mustBe('{"kind": "organization"}, or {"kind": "building" or "tenant", "id": …}') },
  )
  .default({ kind: "organization" });

export const eventSchema = z.object({
  id: z.string(),
  organization: z.string(),
  dialect: z.enum([...dialectName.options, "belfry"]).describe("belfry: an alert."),
  type: z.string(),
  subject: z.string(),
  at: time,
  accepted_at: time,
  revision: z.number(),
  body: z.string().describe("The default payload, letter for letter."),
});

export function showEvent(event: EventView): z.input<typeof eventSchema> {
  const { id, organization, dialect, type, subject, at, acceptedAt, revision, body } = event;
  return { id, organization, dialect, type, subject, at: iso(at), accepted_at: iso(acceptedAt), revision, body };
}

export const outcomeCodes = Object.keys(outcomes) as (keyof typeof outcomes)[];

export const attemptSchema = z.object({
  attempt: z.number(),
  started_at: time,
  duration_ms: z.number(),
  code: z.enum(outcomeCodes),
  status: z.number().nullable(),
  detail: z.string().nullable(),
  response_bytes: z.number(),
  response: z.string().nullable().describe("The first bytes of the answer, where kept."),
  response_encoding: z.enum(["text", "base64"]).nullable(),
});

export function showAttempt(attempt: AttemptView): z.input<typeof attemptSchema> {
  const { startedAt, durationMs, responseBytes, response, ...rest } = attempt;
  const bytes = response === null ? null : Buffer.from(response);
  const encoding = bytes === null ? null : isUtf8(bytes) ? "text" : "base64";
  return {
    ...rest,
    started_at: iso(startedAt),
    duration_ms: durationMs,
    response_bytes: responseBytes,
    response: bytes?.toString(encoding === "text" ? "utf8" : "base64") ?? null,
    response_encoding: encoding,
  };
}

export const deliverySchema = z.object({
  id: z.string(),
  event: z.string(),
  type: z.string(),
  subject: z.string().describe("What the event is about."),
  organization: z.string(),
  subscription: z.string(),
  state: z.enum(deliveryStates),
  attempt_count: z.number(),
  created_at: time,
  due: time.nullable(),
  sequence: z
    .number()
    .nullable()
    .describe("What `belfry-sequence` says with it: the number of its event in the subscription."),
  last_attempt: attemptSchema.nullable(),
});

export function showDelivery(delivery: DeliveryView): z.input<typeof deliverySchema> {
  const { number, attempts, createdAt, due, last, behind: _, ...rest } = delivery;
  return {
    id: deliveryId(number),
    ...rest,
    attempt_count: attempts,
    created_at: iso(createdAt),
    due: due === null ? null : iso(due),
    last_attempt: last === null ? null : showAttempt(last),
  };
}

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

export const organizationSchema = z.object({ id: z.string(), name: z.string(), revision: z.number() });

export function showOrganization({ id, name, revision }: OrganizationRecord): z.input<typeof organizationSchema> {
  return { id, name, revision };
}
