// /v1/subscriptions: subscriptions of both vendors' APIs, listed and removed.

import { z } from "zod";
import { isAlertTarget } from "../../model/alert.ts";
import { stateOf, type Subscription, subscriptionStates } from "../../model/subscription.ts";
import type { Principal } from "../../model/principal.ts";
import { listOf, pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { changeOwned, ownSubscriptions, readableSubscription } from "./owned.ts";
import type { OperatorDeps } from "./deps.ts";
import { dialectName } from "./dialect-name.ts";
import { figuresOf, figuresSchema, withFigures } from "./figures.ts";
import { listedOrganization, managers, subscriptionReaders } from "../../auth/authorize.ts";
import { showSubscription, subscriptionSchema } from "./subscription-view.ts";

const shownSchema = subscriptionSchema.extend({ figures: figuresSchema.optional() });

export function subscriptionRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock } = deps;

  const listed = async (who: Principal, organization: string | null): Promise<readonly Subscription[]> => {
    const own = await ownSubscriptions(deps, who);
    if (own !== null) return own;
    const ids = organization === null ? (await registry.organizations()).map(({ id }) => id) : [organization];
    const all: Subscription[] = [];
    for (const id of ids) all.push(...((await registry.snapshot(id))?.subscriptions ?? []));
    return all;
  };

  const show = async (all: readonly Subscription[], who: Principal, hasFigures: boolean) => {
    const figures = hasFigures ? await figuresOf(deps, all) : null;
    const one = async (each: Subscription) => ({
      ...showSubscription(each, who, await deps.lane(each.number), deps.autoDisableMs),
      ...(figures && { figures: figures.get(each.number)! }),
    });
    return Promise.all(all.map(one));
  };

  return [
    route({
      method: "GET",
      path: "/v1/subscriptions",
      summary: "Subscriptions, newest first. Keys of buildings and tenants see their own.",
      roles: subscriptionReaders,
      query: z.strictObject({
        organization: z.string().optional(),
        dialect: dialectName.optional(),
        state: z.enum(subscriptionStates).optional(),
        type: z.string().optional().describe("Those that take events of this type."),
        figures: withFigures,
        ...pageQuery,
      }),
      answer: listOf(shownSchema),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization);
        const { dialect, state, type } = query;
        const all = (await listed(who, organization)).filter(
          (each) =>
            !isAlertTarget(each) &&
            (dialect === undefined || each.dialect === dialect) &&
            (state === undefined || stateOf(each) === state) &&
            (type === undefined || each.bindings.some((binding) => binding.type === type)),
        );
        const filter = ["subscriptions", organization, dialect, state, type];
        const position = ({ number }: Subscription) => String(number).padStart(16, "0");
        const page = pageOf(all, query, filter, position, (subscription) => subscription);
        return { ...page, data: await show(page.data, who, query.figures === "true") };
      },
    }),
    route({
      method: "GET",
      path: "/v1/subscriptions/:id",
      summary: "One subscription, and how its lane stands with its receiver.",
      roles: subscriptionReaders,
      query: z.strictObject({ figures: withFigures }),
      answer: shownSchema,
      handle: async ({ who, params, query }) => {
        const [shown] = await show(
          [await readableSubscription(deps, who, params["id"]!)],
          who,
          query.figures === "true",
        );
        return shown!;
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/subscriptions/:id",
      summary: "Remove a subscription and cancel what it is owed.",
      roles: managers,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params }) => {
        await changeOwned(deps, who, params["id"]!, (current) => ({
          remove: [current.number],
          audit: [{ at: clock.now(), actor: who.key, action: "subscription.delete", object: current.id, detail: null }],
          result: null,
        }));
        return null;
      },
    }),
  ];
}
