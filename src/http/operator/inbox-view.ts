// How inboxes and what they keep look in answers, and what may be asked of them.

import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { longestDelayMs } from "../../inboxes/inboxes.ts";
import type { Inbox, KeptRequest } from "../../model/inbox.ts";
import type { AnswerSettings } from "../../model/receiver-answer.ts";
import { iso, time } from "./time.ts";

export const answerSchema = z.object({ status: z.number(), delay_ms: z.number(), fail_first: z.number() });

/** What is left out stays. */
export const answerEdit = z.strictObject({
  status: z.int().min(200).max(599).optional(),
  delay_ms: z.int().min(0).max(longestDelayMs).optional().describe("Counts as the receiver's."),
  fail_first: z.int().min(0).max(1_000_000).optional().describe("So many attempts of each delivery get 503 first."),
});

export const requestsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0).describe("Those with a higher number alone."),
});

/** As whoever knows its address sees it. */
const openInboxSchema = z.object({
  name: z.string().nullable(),
  url: z.string().describe("Send here. Whoever knows it sees what arrives."),
  created_at: time,
  expires_at: time,
  answer: answerSchema,
  received: z.number().describe("All that came, also what is no longer kept."),
});

export const inboxSchema = openInboxSchema.extend({
  id: z.string(),
  organization: z.string(),
  scope: z.object({ kind: z.enum(["organization", "building", "tenant"]), id: z.string().optional() }),
});

const requestSchema = z.object({
  number: z.number(),
  at: time,
  method: z.string(),
  from: z.enum(["belfry", "outside"]).describe("belfry: answered inside the process, without a connection."),
  headers: z.array(z.tuple([z.string(), z.string()])),
  body: z.string(),
  body_encoding: z.enum(["utf8", "base64"]),
  body_bytes: z.number().describe("More than body holds where it was cut."),
  is_cut: z.boolean(),
  answered: z.object({ status: z.number(), delay_ms: z.number() }),
  verification: z
    .object({ subscription: z.string(), fault: z.string().nullable() })
    .nullable()
    .describe("By the secrets of subscriptions that deliver here; null: none does, or it came from outside."),
});

export const requestsSchema = z.object({ inbox: inboxSchema, data: z.array(requestSchema) });

export function showOpenInbox(inbox: Inbox, url: string): z.input<typeof openInboxSchema> {
  const { name, createdAt, expiresAt, answer, received } = inbox;
  const shown = { status: answer.status, delay_ms: answer.delayMs, fail_first: answer.failFirst };
  return { name, url, created_at: iso(createdAt), expires_at: iso(expiresAt), answer: shown, received };
}

export const showInbox = (inbox: Inbox, url: string): z.input<typeof inboxSchema> => ({
  id: inbox.id,
  organization: inbox.organization,
  scope: { ...inbox.scope },
  ...showOpenInbox(inbox, url),
});

export function showRequest(kept: KeptRequest): z.input<typeof requestSchema> {
  const { number, at, method, isFromInside, headers, body, bodyBytes, answered, verification } = kept;
  const isText = isUtf8(body);
  return {
    number,
    at: iso(at),
    method,
    from: isFromInside ? "belfry" : "outside",
    headers: headers.map(([name, value]) => [name, value]),
    body: Buffer.from(body).toString(isText ? "utf8" : "base64"),
    body_encoding: isText ? "utf8" : "base64",
    body_bytes: bodyBytes,
    is_cut: bodyBytes > body.byteLength,
    answered: { status: answered.status, delay_ms: answered.delayMs },
    verification,
  };
}

export function editedAnswer(before: AnswerSettings, edit: z.output<typeof answerEdit>): AnswerSettings {
  return {
    status: edit.status ?? before.status,
    delayMs: edit.delay_ms ?? before.delayMs,
    failFirst: edit.fail_first ?? before.failFirst,
  };
}
