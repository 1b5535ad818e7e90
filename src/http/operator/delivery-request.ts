// The request of a delivery in the operator API: what each of its attempts says to the receiver. Composed anew, since it is not kept:
// an attempt has its own `webhook-timestamp` and `belfry-attempt`, and the rest is the same as long as the subscription is.

import { z } from "zod";
import { isAlertTarget } from "../../model/alert.ts";
import type { Principal } from "../../model/principal.ts";
import { maskedUrl } from "../../model/subscription.ts";
import type { DeliveryView } from "../../store/history.ts";
import type { OperatorDeps } from "./deps.ts";

export const requestSchema = z
  .object({
    method: z.literal("POST"),
    url: z.string().describe("For viewers scheme and host alone."),
    headers: z.array(
      z.object({ name: z.string(), value: z.string().nullable().describe("Null: it is a secret, or a signature.") }),
    ),
    body: z.string(),
  })
  .describe(
    "Of the last attempt, else of the first, with the subscription as it is now; null: that was removed, or may not have the event any more.",
  );

export async function requestOf(
  { registry, history, showRequest, clock }: Pick<OperatorDeps, "registry" | "history" | "showRequest" | "clock">,
  who: Principal,
  { number, organization, subscription: id, attempts, sequence, last }: DeliveryView,
): Promise<z.input<typeof requestSchema> | null> {
  const [subscription, text] = await Promise.all([registry.subscription(id, organization), history.sentText(number)]);
  if (subscription === null || text === null || isAlertTarget(subscription) || subscription.isUnreadable) return null;
  const before = Math.max(0, attempts - 1);
  const made = showRequest(subscription, { number, attempts: before, sequence, text }, last?.startedAt ?? clock.now());
  const url = who.role === "viewer" ? maskedUrl(made.url) : made.url;
  return { method: "POST", url, headers: made.headers.map((each) => ({ ...each })), body: made.body };
}
