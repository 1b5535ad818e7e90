// How a delivery looks through the operator API.

import { z } from "zod";
import { deliveryId, deliveryStates } from "../../model/delivery.ts";
import type { DeliveryView } from "../../store/history.ts";
import { attemptSchema, showAttempt } from "./attempt-view.ts";
import { iso, time } from "./time.ts";

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
