// Moments: how a question may name one, and how answers tell it.

import { z } from "zod";
import { readTime } from "../../model/moment.ts";

export const time = z.string().describe("ISO 8601, UTC");
/** `at`: epoch ms. */
export const iso = (at: number): string => new Date(at).toISOString();

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
