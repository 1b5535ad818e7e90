// POST /v1/deliveries/{id}/resend and /retry: what an owner does about one delivery.

import { z } from "zod";
import { notFound, owners } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { deliveryId, deliveryNumber } from "../../model/delivery.ts";
import { whyNothingIsSent } from "../../model/owner-acts.ts";
import { mayManage, type Principal } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { DeliveryView } from "../../store/history.ts";
import { type Route, route } from "../route.ts";
import { deliverySchema, showDelivery } from "./delivery-view.ts";
import type { OperatorDeps } from "./deps.ts";
import { owns } from "./owned.ts";

interface Found {
  readonly delivery: DeliveryView;
  readonly subscription: Subscription;
}

export function deliveryActRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, history, acts } = deps;

  const view = async (who: Principal, id: string): Promise<DeliveryView> => {
    const number = deliveryNumber(id);
    const found = number === null ? null : await history.delivery(number, who.organization);
    if (found === null) throw notFound("delivery");
    return found;
  };

  /** A delivery to a subscription that the key owns. */
  const find = async (who: Principal, id: string): Promise<Found> => {
    const delivery = await view(who, id);
    const subscription = await registry.subscription(delivery.subscription, delivery.organization);
    if (subscription === null) {
      if (!mayManage(who, delivery.organization)) throw notFound("delivery");
      throw new BelfryError("CONFLICT", "The subscription of this delivery was removed. There is nowhere to send it.");
    }
    if (!(await owns(deps, who, subscription))) throw notFound("delivery");
    return { delivery, subscription };
  };

  return [
    route({
      method: "POST",
      path: "/v1/deliveries/:id/resend",
      summary:
        "Deliver the event again to the same subscription, as a new delivery with the same body. Opens a lane that backs off.",
      roles: owners,
      status: 202,
      answer: z.object({ id: z.string() }),
      handle: async ({ who, params }) => {
        const { delivery, subscription } = await find(who, params["id"]!);
        return { id: deliveryId(await acts.resend(subscription, delivery.number, who.key)) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/deliveries/:id/retry",
      summary: "Deliver now what waits for a later try. Opens a lane that backs off.",
      roles: owners,
      status: 202,
      answer: deliverySchema,
      handle: async ({ who, params }) => {
        const { delivery, subscription } = await find(who, params["id"]!);
        mustWait(delivery, subscription);
        await acts.retryOne(subscription, delivery.number, who.key);
        // It may be on its way by now, or have arrived.
        return showDelivery(await view(who, params["id"]!));
      },
    }),
  ];
}

/** Throws CONFLICT for a delivery that is at its end or in quarantine, and says what helps. */
function mustWait({ state }: DeliveryView, subscription: Subscription): void {
  if (state === "pending") return;
  if (state === "held") {
    const refusal = whyNothingIsSent(subscription);
    throw new BelfryError("CONFLICT", refusal ?? "The delivery is in quarantine: resend it, as a new delivery.");
  }
  throw new BelfryError("CONFLICT", `The delivery has ended as ${state}: resend it, as a new delivery.`);
}
