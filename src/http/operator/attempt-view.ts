// How an attempt looks through the operator API.

import { isUtf8 } from "node:buffer";
import { z } from "zod";
import { outcomes } from "../../model/attempt.ts";
import type { AttemptView } from "../../store/history.ts";
import { iso, time } from "./time.ts";

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
