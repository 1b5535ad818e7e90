// How an event looks through the operator API.

import { z } from "zod";
import type { EventView } from "../../store/history.ts";
import { dialectName } from "./dialect-name.ts";
import { iso, time } from "./time.ts";

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
