// /v1/events, /v1/deliveries, /v1/audit, /v1/organizations: what happened, newest first.

import { z } from "zod";
import { BelfryError } from "../../errors.ts";
import { deliveryId, deliveryNumber, deliveryStates } from "../../model/delivery.ts";
import { mayRead, type Principal } from "../../model/principal.ts";
import type { DeliveryView } from "../../store/history.ts";
import { pageAnswer, pageOf, pageQuery, pageRequest } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import {
  notFound,
  listedOrganization,
  manageable,
  managers,
  operators,
  readable,
  readers,
} from "../../auth/authorize.ts";
import {
  attemptSchema,
  auditSchema,
  deliverySchema,
  eventSchema,
  listOf,
  moment,
  organizationSchema,
  showAttempt,
  showAudit,
  showDelivery,
  showEvent,
  showOrganization,
} from "./views.ts";

export function logRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, history, clock } = deps;

  const delivery = async (who: Principal, id: string): Promise<DeliveryView | null> => {
    const number = deliveryNumber(id);
    return number === null ? null : history.delivery(number, who.organization);
  };

  const event = async (who: Principal, id: string) => {
    const found = await history.event(who.organization, id);
    if (found === null || !mayRead(who, found.organization)) throw notFound("event");
    return found;
  };

  return [
    route({
      method: "GET",
      path: "/v1/events",
      summary: "Events, newest first.",
      roles: readers,
      query: z.strictObject({
        organization: z.string().optional(),
        type: z.string().optional(),
        since: moment.optional(),
        ...pageQuery,
      }),
      answer: listOf(eventSchema),
      handle: async ({ who, query }) => {
        const wanted = {
          organization: listedOrganization(who, query.organization),
          type: query.type ?? null,
          since: query.since ?? null,
        };
        const filter = ["events", ...Object.values(wanted)];
        return pageAnswer(await history.events({ ...wanted, ...pageRequest(query, filter) }), filter, showEvent);
      },
    }),
    route({
      method: "GET",
      path: "/v1/events/:id",
      summary: "One event with its payload.",
      roles: readers,
      answer: eventSchema,
      handle: async ({ who, params }) => showEvent(await event(who, params["id"]!)),
    }),
    route({
      method: "GET",
      path: "/v1/deliveries",
      summary: "Deliveries, newest first.",
      roles: readers,
      query: z.strictObject({
        organization: z.string().optional(),
        subscription: z.string().optional(),
        state: z.enum(deliveryStates).optional(),
        since: moment.optional(),
        ...pageQuery,
      }),
      answer: listOf(deliverySchema),
      handle: async ({ who, query }) => {
        const wanted = {
          organization: listedOrganization(who, query.organization),
          subscription: query.subscription ?? null,
          state: query.state ?? null,
          since: query.since ?? null,
        };
        const filter = ["deliveries", ...Object.values(wanted)];
        return pageAnswer(await history.deliveries({ ...wanted, ...pageRequest(query, filter) }), filter, showDelivery);
      },
    }),
    route({
      method: "GET",
      path: "/v1/deliveries/:id",
      summary: "One delivery with all its attempts.",
      roles: readers,
      answer: deliverySchema.extend({ attempts: z.array(attemptSchema) }),
      handle: async ({ who, params }) => {
        const found = readable(who, await delivery(who, params["id"]!), "delivery");
        const attempts = await history.attempts(found.number);
        return { ...showDelivery(found), attempts: attempts.map(showAttempt) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/deliveries/:id/resend",
      summary: "Deliver the event again to the same subscription, as a new delivery with the same body.",
      roles: managers,
      status: 202,
      answer: z.object({ id: z.string() }),
      handle: async ({ who, params }) => {
        const found = manageable(who, await delivery(who, params["id"]!), "delivery");
        if ((await registry.subscription(found.subscription, found.organization)) === null) {
          throw new BelfryError(
            "CONFLICT",
            "The subscription of this delivery was removed. There is nowhere to send it.",
          );
        }
        const again = await deps.resend(found.number);
        if (again === null) throw new BelfryError("CONFLICT", "The event of this delivery is no longer kept.");
        const id = deliveryId(again.number);
        const detail = JSON.stringify({ new: id });
        const object = deliveryId(found.number);
        await registry.audit({ at: clock.now(), actor: who.key, action: "delivery.resend", object, detail });
        return { id };
      },
    }),
    route({
      method: "GET",
      path: "/v1/audit",
      summary: "Who changed what, newest first.",
      roles: operators,
      query: z.strictObject(pageQuery),
      answer: listOf(auditSchema),
      handle: async ({ query }) => pageAnswer(await history.audit(pageRequest(query, ["audit"])), ["audit"], showAudit),
    }),
    route({
      method: "GET",
      path: "/v1/organizations",
      summary: "All organizations.",
      roles: operators,
      query: z.strictObject(pageQuery),
      answer: listOf(organizationSchema),
      handle: async ({ query }) =>
        pageOf(await registry.organizations(), query, ["organizations"], ({ id }) => id, showOrganization),
    }),
  ];
}
