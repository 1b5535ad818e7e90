// /v1/subscriptions: subscriptions of both vendors' APIs, listed, enabled and disabled. Only the vendors' APIs create and edit them.

import { z } from "zod";
import type { Subscription } from "../../model/subscription.ts";
import type { Principal } from "../../model/principal.ts";
import type { AuditEntry, Change } from "../../store/registry.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import type { OperatorDeps } from "./deps.ts";
import { notFound, listedOrganization, manageable, managers, readable, readers } from "../../auth/authorize.ts";
import { dialectName, listOf, showSubscription, subscriptionSchema } from "./views.ts";

export function subscriptionRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock } = deps;

  const listed = async (organization: string | null): Promise<readonly Subscription[]> => {
    const ids = organization === null ? (await registry.organizations()).map(({ id }) => id) : [organization];
    const all: Subscription[] = [];
    for (const id of ids) all.push(...((await registry.snapshot(id))?.subscriptions ?? []));
    return all;
  };

  const show = async (subscription: Subscription, who: Principal) =>
    showSubscription(subscription, who, await deps.lane(subscription.number));

  /** Applies to the subscription as it is stored at the moment of writing; `edit` gives null where nothing is to do. */
  const change = async (
    who: Principal,
    id: string,
    action: string,
    edit: (subscription: Subscription) => Pick<Change, "put" | "remove"> | null,
  ): Promise<Subscription> => {
    const { organization } = manageable(who, await registry.subscription(id, who.organization), "subscription");
    return changeOrganization(registry, organization, ({ subscriptions }) => {
      const current = subscriptions.find((subscription) => subscription.id === id);
      if (current === undefined) throw notFound("subscription");
      const edited = edit(current);
      return { ...edited, audit: edited === null ? [] : [entry(who, action, id)], result: edited?.put?.[0] ?? current };
    });
  };

  const entry = (who: Principal, action: string, object: string): AuditEntry => ({
    at: clock.now(),
    actor: who.key,
    action,
    object,
    detail: null,
  });

  const turn = (verb: "enable" | "disable"): Route =>
    route({
      method: "POST",
      path: `/v1/subscriptions/:id/${verb}`,
      summary:
        verb === "enable" ? "Deliver again, what was held as well." : "Hold what is owed until it is enabled again.",
      roles: managers,
      answer: subscriptionSchema,
      handle: async ({ who, params }) => {
        const state = verb === "enable" ? "active" : "disabled";
        const disabledReason = state === "active" ? null : "Disabled through the operator API.";
        const turned = await change(who, params["id"]!, `subscription.${verb}`, (current) =>
          current.state === state ? null : { put: [{ ...current, state, disabledReason, updatedAt: clock.now() }] },
        );
        return show(turned, who);
      },
    });

  return [
    route({
      method: "GET",
      path: "/v1/subscriptions",
      summary: "Subscriptions, newest first.",
      roles: readers,
      query: z.strictObject({ organization: z.string().optional(), dialect: dialectName.optional(), ...pageQuery }),
      answer: listOf(subscriptionSchema),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization);
        const all = (await listed(organization)).filter(({ dialect }) => dialect === (query.dialect ?? dialect));
        const filter = ["subscriptions", organization, query.dialect];
        const position = ({ number }: Subscription) => String(number).padStart(16, "0");
        const page = pageOf(all, query, filter, position, (subscription) => subscription);
        return { ...page, data: await Promise.all(page.data.map((subscription) => show(subscription, who))) };
      },
    }),
    route({
      method: "GET",
      path: "/v1/subscriptions/:id",
      summary: "One subscription, and how its lane stands with its receiver.",
      roles: readers,
      answer: subscriptionSchema,
      handle: async ({ who, params }) =>
        show(readable(who, await registry.subscription(params["id"]!, who.organization), "subscription"), who),
    }),
    route({
      method: "DELETE",
      path: "/v1/subscriptions/:id",
      summary: "Remove a subscription and cancel what it is owed.",
      roles: managers,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params }) => {
        await change(who, params["id"]!, "subscription.delete", ({ number }) => ({ remove: [number] }));
        return null;
      },
    }),
    turn("enable"),
    turn("disable"),
  ];
}
