// POST /v1/subscriptions/{id}/pause, /resume, /enable, /disable: what an owner does to hold deliveries or let them go on.
// Both hold what is owed; nothing is dropped.

import { afterAct, type OwnerAct } from "../../model/owner-acts.ts";
import { owners } from "../../auth/authorize.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { changeOwned } from "./owned.ts";
import { showSubscription, subscriptionSchema } from "./views.ts";

const summaries: Readonly<Record<OwnerAct, string>> = {
  pause: "Hold what is owed until somebody resumes it; no change through a vendor's API does.",
  resume: "Deliver again, what was held as well: ends a pause, enables, and ends a back-off.",
  enable: "Deliver again, what was held as well; ends a back-off. A pause stays.",
  disable: "Hold what is owed until it is enabled again, here or by a change through the vendor's API.",
};

const goesOn: ReadonlySet<string> = new Set<OwnerAct>(["resume", "enable"]);

export function ownerActRoutes(deps: OperatorDeps): readonly Route[] {
  const { clock, registry } = deps;
  return Object.entries(summaries).map(([act, summary]) =>
    route({
      method: "POST",
      path: `/v1/subscriptions/:id/${act}`,
      summary,
      roles: owners,
      answer: subscriptionSchema,
      handle: async ({ who, params }) => {
        const at = clock.now();
        const subscription = await changeOwned(deps, who, params["id"]!, (current) => {
          const after = afterAct(current, act as OwnerAct, { at, by: who.key }, "Disabled through the operator API.");
          if (after === null) return { audit: [], result: current };
          const entry = { at, actor: who.key, action: `subscription.${act}`, object: current.id, detail: null };
          return { put: [after], audit: [entry], result: after };
        });
        // One that was not held may back off, and its owner wants it to be called now.
        if (goesOn.has(act) && deps.openLane(subscription.number)) {
          const object = subscription.id;
          await registry.audit({ at, actor: who.key, action: "lane.open", object, detail: null });
        }
        return showSubscription(subscription, who, await deps.lane(subscription.number), deps.autoDisableMs);
      },
    }),
  );
}
