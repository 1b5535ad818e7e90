// POST /v1/subscriptions/{id}/pause, /resume, /enable, /disable: what an owner does to hold deliveries or let them go on.
// Both hold what is owed; nothing is dropped. /retry: what waits for a later try is due now. /test: a sample is sent.

import { z } from "zod";
import { afterAct, type OwnerAct, ownerActs } from "../../model/owner-acts.ts";
import { owners } from "../../auth/authorize.ts";
import { type Route, route } from "../route.ts";
import { attemptSchema, showAttempt } from "./attempt-view.ts";
import type { OperatorDeps } from "./deps.ts";
import { changeOwned, owned } from "./owned.ts";
import { showSubscription, subscriptionSchema } from "./subscription-view.ts";

const summaries: Readonly<Record<OwnerAct, string>> = {
  pause: "Hold what is owed until somebody resumes it; no change through a vendor's API does.",
  resume: "Deliver again, what was held as well: ends a pause, enables, and ends a back-off.",
  enable: "Deliver again, what was held as well; ends a back-off. A pause stays.",
  disable: "Hold what is owed until it is enabled again, here or by a change through the vendor's API.",
};

const goesOn: ReadonlySet<string> = new Set<OwnerAct>(["resume", "enable"]);

export function ownerActRoutes(deps: OperatorDeps): readonly Route[] {
  return [...ownerActs.map((act) => holdRoute(deps, act)), retryRoute(deps), testRoute(deps)];
}

function holdRoute(deps: OperatorDeps, act: OwnerAct): Route {
  return route({
    method: "POST",
    path: `/v1/subscriptions/:id/${act}`,
    summary: summaries[act],
    roles: owners,
    answer: subscriptionSchema,
    handle: async ({ who, params }) => {
      const at = deps.clock.now();
      const subscription = await changeOwned(deps, who, params["id"]!, (current) => {
        const after = afterAct(current, act, { at, by: who.key }, "Disabled through the operator API.");
        if (after === null) return { audit: [], result: current };
        const entry = { at, actor: who.key, action: `subscription.${act}`, object: current.id, detail: null };
        return { put: [after], audit: [entry], result: after };
      });
      // One that was not held may back off, and its owner wants it to be called now.
      if (goesOn.has(act)) await deps.acts.open(subscription, who.key);
      return showSubscription(subscription, who, await deps.lane(subscription.number), deps.autoDisableMs);
    },
  });
}

const retryRoute = (deps: OperatorDeps): Route =>
  route({
    method: "POST",
    path: "/v1/subscriptions/:id/retry",
    summary: "Deliver now what waits for a later try; ends a back-off. Answers with how many deliveries waited.",
    roles: owners,
    answer: subscriptionSchema.extend({
      retried: z.number().describe("Deliveries that waited for a later try, and are due now."),
      opened: z.boolean().describe("Whether it backed off; it does so no longer."),
    }),
    handle: async ({ who, params }) => {
      const subscription = await owned(deps, who, params["id"]!);
      const done = await deps.acts.retry(subscription, who.key);
      return {
        ...showSubscription(subscription, who, await deps.lane(subscription.number), deps.autoDisableMs),
        ...done,
      };
    },
  });

const testRoute = (deps: OperatorDeps): Route =>
  route({
    method: "POST",
    path: "/v1/subscriptions/:id/test",
    summary: "Send a sample of an event type, signed and marked `belfry-test: true`, and answer with its attempt.",
    roles: owners,
    body: z.strictObject({
      type: z.string().max(100).optional().describe("Such as ROOM_OCCUPANCY; default: the first that it takes."),
    }),
    answer: attemptSchema.extend({
      webhook_id: z.string(),
      type: z.string(),
      body: z.string().describe("What was sent."),
    }),
    handle: async ({ who, params, body }) => {
      const subscription = await owned(deps, who, params["id"]!);
      const sent = await deps.acts.test(subscription, body.type ?? null, who.key);
      const { startedAt, outcome } = sent;
      const { retryAfterMs: _, ...kept } = outcome;
      return {
        webhook_id: sent.id,
        type: sent.type,
        body: sent.body,
        ...showAttempt({ ...kept, attempt: 1, startedAt }),
      };
    },
  });
