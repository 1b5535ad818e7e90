// /v1/events, /v1/deliveries, /v1/audit: what happened, newest first.

import { z } from "zod";
import { notFound, listedOrganization, operators, readers, subscriptionReaders } from "../../auth/authorize.ts";
import { deliveryNumber, deliveryStates } from "../../model/delivery.ts";
import { mayRead, type Principal } from "../../model/principal.ts";
import type { DeliveryView } from "../../store/history.ts";
import { verifyAudit } from "../../store/verify-audit.ts";
import { listOf, pageAnswer, pageQuery, pageRequest } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { attemptSchema, outcomeCodes, showAttempt } from "./attempt-view.ts";
import { auditCheckSchema, auditSchema, showAudit, showAuditCheck } from "./audit-view.ts";
import { requestOf, requestSchema } from "./delivery-request.ts";
import { deliverySchema, showDelivery } from "./delivery-view.ts";
import type { OperatorDeps } from "./deps.ts";
import { eventSchema, showEvent } from "./event-view.ts";
import { ownSubscriptions } from "./owned.ts";
import { moment } from "./time.ts";

const deliveryQuery = z.strictObject({
  organization: z.string().optional(),
  subscription: z.string().optional(),
  state: z.enum(deliveryStates).optional(),
  code: z.enum(outcomeCodes).optional().describe("The outcome of the last attempt."),
  event: z.string().optional().describe("Id of the event."),
  type: z.string().optional(),
  subject: z.string().optional().describe("What the event is about."),
  replay: z.string().optional().describe("Id of the replay that added them."),
  since: moment.optional().describe("Made then or later."),
  until: moment.optional().describe("Made before."),
  ...pageQuery,
});

const auditQuery = z.strictObject({
  organization: z.string().optional(),
  since: moment.optional(),
  until: moment.optional().describe("Before."),
  actor: z.string().optional().describe("A `client_id`, the id of a portal link, or `system`."),
  action: z.string().optional().describe("Such as `key.revoke`; with a dot at its end (`key.`) all that begin so."),
  object: z.string().optional().describe("Id of what was changed or shown."),
  ...pageQuery,
});

export function logRoutes(deps: OperatorDeps): readonly Route[] {
  const { history } = deps;

  const delivery = async (who: Principal, id: string): Promise<DeliveryView | null> => {
    const number = deliveryNumber(id);
    return number === null ? null : history.delivery(number, who.organization);
  };

  /** Of the organization, or of a subscription of one's own. */
  const readableDelivery = async (who: Principal, id: string): Promise<DeliveryView> => {
    const found = await delivery(who, id);
    if (found === null) throw notFound("delivery");
    if (mayRead(who, found.organization)) return found;
    const own = await ownSubscriptions(deps, who);
    if (own?.some((each) => each.id === found.subscription && each.organization === found.organization)) return found;
    throw notFound("delivery");
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
        subject: z.string().optional().describe("What it is about."),
        since: moment.optional().describe("Accepted then or later."),
        until: moment.optional().describe("Accepted before."),
        ...pageQuery,
      }),
      answer: listOf(eventSchema),
      handle: async ({ who, query }) => {
        const wanted = {
          organization: listedOrganization(who, query.organization),
          type: query.type ?? null,
          subject: query.subject ?? null,
          since: query.since ?? null,
          until: query.until ?? null,
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
      summary: "Deliveries, newest first. Keys of buildings and tenants see those of their subscriptions.",
      roles: subscriptionReaders,
      query: deliveryQuery,
      answer: listOf(deliverySchema),
      handle: async ({ who, query }) => {
        const wanted = {
          organization: listedOrganization(who, query.organization),
          subscription: query.subscription ?? null,
          state: query.state ?? null,
          code: query.code ?? null,
          event: query.event ?? null,
          type: query.type ?? null,
          subject: query.subject ?? null,
          replay: query.replay ?? null,
          since: query.since ?? null,
          until: query.until ?? null,
        };
        const own = await ownSubscriptions(deps, who);
        const filter = ["deliveries", own === null ? null : who.key, ...Object.values(wanted)];
        const subscriptions = own?.map(({ id }) => id) ?? null;
        const page = await history.deliveries({ ...wanted, subscriptions, ...pageRequest(query, filter) });
        return pageAnswer(page, filter, showDelivery);
      },
    }),
    route({
      method: "GET",
      path: "/v1/deliveries/:id",
      summary: "One delivery with all its attempts.",
      roles: subscriptionReaders,
      answer: deliverySchema.extend({
        attempts: z.array(attemptSchema),
        request: requestSchema.nullable(),
        waits_behind: deliverySchema
          .nullable()
          .describe(
            "Of a subscription with `order: subject`: the one about its subject that goes before it; null: none.",
          ),
      }),
      handle: async ({ who, params }) => {
        const found = await readableDelivery(who, params["id"]!);
        const attempts = await history.attempts(found.number);
        const request = await requestOf(deps, who, found);
        const before = found.behind === undefined ? null : await history.delivery(found.behind, found.organization);
        const waits_behind = before === null ? null : showDelivery(before);
        return { ...showDelivery(found), attempts: attempts.map(showAttempt), request, waits_behind };
      },
    }),
    route({
      method: "GET",
      path: "/v1/audit",
      summary: "Who changed what, newest first.",
      roles: operators,
      query: auditQuery,
      answer: listOf(auditSchema),
      handle: async ({ query }) => {
        const wanted = {
          organization: query.organization ?? null,
          since: query.since ?? null,
          until: query.until ?? null,
          actor: query.actor ?? null,
          action: query.action ?? null,
          object: query.object ?? null,
        };
        const filter = ["audit", ...Object.values(wanted)];
        return pageAnswer(await history.audit({ ...wanted, ...pageRequest(query, filter) }), filter, showAudit);
      },
    }),
    route({
      method: "GET",
      path: "/v1/audit/verify",
      summary: "Whether an entry of the audit was changed, or removed from between others, since it was written.",
      roles: operators,
      answer: auditCheckSchema,
      handle: async () => showAuditCheck(await verifyAudit(history)),
    }),
  ];
}
