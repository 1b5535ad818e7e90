// /v1/alerts: where Belfry's own events go. An operator hears of everything, an organization of what it has, a building and a tenant
// of their subscriptions. Stored and delivered as subscriptions are, and listed among none.

import { z } from "zod";
import { listedOrganization, owners } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { isAlertTarget } from "../../model/alert.ts";
import { installation } from "../../model/organization.ts";
import type { Principal } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { listOf, pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { homeFor, mustHaveRoom, mustHear, roleOf } from "./alert-home.ts";
import { alertSchema, creation, edit, edited, showAlert, targetSubscription, withSecret } from "./alert-target.ts";
import { alertsToldRoutes } from "./alerts-told.ts";
import type { OperatorDeps } from "./deps.ts";
import { changeOwned, owned, ownSubscriptions } from "./owned.ts";

export function alertRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock } = deps;

  const show = async (subscription: Subscription) => showAlert(subscription, await deps.lane(subscription.number));
  const audit = (who: Principal, act: string, object: string, detail: object | null = null) => {
    const told = detail === null ? null : JSON.stringify(detail);
    return { at: clock.now(), actor: who.key, action: `alert.${act}`, object, detail: told };
  };

  async function mustBeAllowed(given: string, organization: string): Promise<void> {
    const verdict = await deps.judgeUrl(given, organization);
    if (verdict.allowed) return;
    throw new BelfryError(verdict.code === "address_forbidden" ? "ADDRESS_NOT_ALLOWED" : "INVALID", verdict.message, {
      problems: [{ path: "url", code: "INVALID", message: verdict.message }],
    });
  }

  async function listed(who: Principal, organization: string | null): Promise<readonly Subscription[]> {
    const own = await ownSubscriptions(deps, who);
    if (own !== null) return own;
    const every = async () => [...(await registry.organizations()).map(({ id }) => id), installation];
    const all: Subscription[] = [];
    for (const id of organization === null ? await every() : [organization]) {
      all.push(...((await registry.snapshot(id))?.subscriptions ?? []));
    }
    return all;
  }

  return [
    ...alertsToldRoutes(deps, listed),
    route({
      method: "GET",
      path: "/v1/alerts",
      summary: "Where alerts go, newest first. Keys of buildings and tenants see their own.",
      roles: owners,
      query: z.strictObject({ organization: z.string().optional(), ...pageQuery }),
      answer: listOf(alertSchema),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization);
        const all = (await listed(who, organization)).filter(isAlertTarget);
        const position = ({ number }: Subscription) => String(number).padStart(16, "0");
        const page = pageOf(all, query, ["alerts", organization], position, (each) => each);
        return { ...page, data: await Promise.all(page.data.map(show)) };
      },
    }),
    route({
      method: "POST",
      path: "/v1/alerts",
      summary:
        "Send alerts to a URL: of everything for an operator, else of the organization, the building or the tenant of the key.",
      roles: owners,
      status: 201,
      body: creation,
      answer: withSecret,
      handle: async ({ who, body }) => {
        const { organization, scope } = await homeFor(deps.place, who, body);
        mustHear(roleOf(organization, scope), body.kinds);
        await mustBeAllowed(body.url, organization);
        if (organization === installation) {
          await registry.ensureOrganization(organization, "Belfry", audit(who, "home", organization));
        }
        const number = await registry.allocate(1);
        const secret = deps.newSecret();
        const made = targetSubscription(
          { number, id: deps.newAlertId(), organization, scope, url: body.url, secret, at: clock.now() },
          { form: body.form, kinds: body.kinds ?? null },
        );
        const detail = { form: body.form, kinds: body.kinds ?? null };
        await changeOrganization(registry, organization, ({ subscriptions }) => {
          mustHaveRoom(subscriptions, scope);
          return { put: [made], audit: [audit(who, "create", made.id, detail)], result: null };
        });
        return { ...(await show(made)), signing_secret: secret };
      },
    }),
    route({
      method: "GET",
      path: "/v1/alerts/:id",
      summary: "One of them, and how deliveries to it stand.",
      roles: owners,
      answer: alertSchema,
      handle: async ({ who, params }) => show(await owned(deps, who, params["id"]!, "alert")),
    }),
    route({
      method: "PATCH",
      path: "/v1/alerts/:id",
      summary: "Change where alerts go, of which kinds, and in which form. Enables one that is disabled.",
      roles: owners,
      body: edit,
      answer: withSecret,
      handle: async ({ who, params, body }) => {
        const before = await owned(deps, who, params["id"]!, "alert");
        mustHear(roleOf(before.organization, before.scope), body.kinds);
        if (body.url !== undefined) await mustBeAllowed(body.url, before.organization);
        const secret = body.secret === null ? deps.newSecret() : null;
        const changed = await changeOwned(
          deps,
          who,
          before.id,
          (current) => {
            const after = edited(current, body, secret, clock.now());
            const set = Object.entries(body).flatMap(([name, value]) => (value === undefined ? [] : [name]));
            return { put: [after], audit: [audit(who, "update", current.id, { set })], result: after };
          },
          "alert",
        );
        return { ...(await show(changed)), ...(secret === null ? {} : { signing_secret: secret }) };
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/alerts/:id",
      summary: "Send alerts there no more. What waits for it is cancelled.",
      roles: owners,
      status: 204,
      answer: z.null(),
      handle: async ({ who, params }) => {
        const decide = (current: Subscription) => {
          return { remove: [current.number], audit: [audit(who, "delete", current.id)], result: null };
        };
        return changeOwned(deps, who, params["id"]!, decide, "alert");
      },
    }),
    route({
      method: "POST",
      path: "/v1/alerts/:id/test",
      summary: "Send a test there, as every alert is sent. What came of it stands at the delivery.",
      roles: owners,
      status: 202,
      answer: z.object({ event: z.string(), delivery: z.string() }),
      handle: async ({ who, params }) => {
        const target = await owned(deps, who, params["id"]!, "alert");
        const sent = await deps.alerts.test(target);
        await registry.audit(audit(who, "test", target.id, { delivery: sent.delivery }));
        return sent;
      },
    }),
  ];
}
