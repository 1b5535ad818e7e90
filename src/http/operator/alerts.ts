// /v1/alerts: where Belfry's own events go. An operator hears of everything, an organization of what it has, a building and a tenant
// of their subscriptions. Stored and delivered as subscriptions are, and listed among none.

import { z } from "zod";
import { listedOrganization, mayManageScope, notFound, owners } from "../../auth/authorize.ts";
import { homeOf } from "../../building/home-of.ts";
import { BelfryError } from "../../errors.ts";
import {
  type AlertKind,
  alertForms,
  alertKinds,
  alertRetryDelays,
  type AlertTarget,
  isAlertTarget,
  kindsFor,
  targetOf,
} from "../../model/alert.ts";
import { installation } from "../../model/organization.ts";
import type { Principal, Role } from "../../model/principal.ts";
import type { Subscription, SubscriptionScope } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { pageOf, pageQuery } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { laneStatusSchema, showLaneStatus } from "./lane-status.ts";
import { changeOwned, owned, ownSubscriptions } from "./owned.ts";
import { iso, time } from "./time.ts";
import { listOf } from "./views.ts";

/** Of one owner: each alert goes to all of them. */
const mostTargets = 20;

const kinds = z
  .array(z.enum(alertKinds as readonly [AlertKind, ...AlertKind[]]))
  .min(1)
  .nullable()
  .optional()
  .describe("Null: all that the owner may hear of, those of later releases among them.");
const form = z.enum(alertForms).describe("slack: for an incoming webhook of Slack; teams: for a Workflows webhook of Teams.");
const url = z.string().describe("https://…");

const creation = z.strictObject({
  url,
  kinds,
  form: form.default("json"),
  building: z.string().optional().describe("Only of its subscriptions and its tenants'."),
  tenant: z.string().optional().describe("Only of its subscriptions."),
});

const edit = z
  .strictObject({
    url: url.optional(),
    kinds,
    form: form.optional(),
    secret: z.null().optional().describe("Null: a new one signs from now on, and stands in the answer."),
  })
  .refine((given) => Object.values(given).some((each) => each !== undefined), { error: "Give at least one field." });

const alertSchema = z.object({
  id: z.string(),
  organization: z.string().nullable().describe("Null: of everything, for an operator."),
  building: z.string().nullable(),
  tenant: z.string().nullable(),
  url: z.string(),
  form,
  kinds: z.array(z.enum(alertKinds as readonly [AlertKind, ...AlertKind[]])).nullable(),
  state: z.enum(["active", "disabled"]).describe("A disabled one hears of nothing; any PATCH enables it."),
  disabled_reason: z.string().nullable(),
  lane: laneStatusSchema.nullable().describe("How deliveries to it stand; null where it is not known."),
  created_at: time,
  updated_at: time,
});
const withSecret = alertSchema.extend({
  signing_secret: z.string().optional().describe("Verifies its deliveries. Shown where it is made, and never again."),
});

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
    throw new BelfryError(
      verdict.code === "address_forbidden" ? "ADDRESS_NOT_ALLOWED" : "INVALID",
      verdict.message,
      { problems: [{ path: "url", code: "INVALID", message: verdict.message }] },
    );
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
        const { organization, scope } = await homeFor(deps, who, body);
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
        deps.openLane(target.number);
        await registry.audit(audit(who, "test", target.id, { delivery: sent.delivery }));
        return sent;
      },
    }),
  ];
}

interface Home {
  readonly organization: string;
  readonly scope: SubscriptionScope;
}

/** Whose alerts a new one is about. Throws NOT_FOUND for a place that the key may not manage, as for one that is not there. */
async function homeFor(
  { place }: Pick<OperatorDeps, "place">,
  who: Principal,
  { building, tenant }: { readonly building?: string | undefined; readonly tenant?: string | undefined },
): Promise<Home> {
  if (building !== undefined && tenant !== undefined) throw fault("tenant", "Name a building or a tenant, not both.");
  const own = who.role === "building" || who.role === "tenant" ? who.role : null;
  const kind = building !== undefined ? "building" : tenant !== undefined ? "tenant" : own;
  if (kind === null) {
    return { organization: who.organization ?? installation, scope: { kind: "organization" } };
  }
  const [only, ...others] = kind === own ? who.targets : [];
  const id = building ?? tenant ?? only;
  if (id === undefined || (others.length > 0 && building === undefined && tenant === undefined)) {
    throw fault(kind, `This key is for several ${kind}s: name one of them in \`${kind}\`.`);
  }
  if (who.organization === null) {
    throw new BelfryError("ORGANIZATION_REQUIRED", `Name the organization of the ${kind} in the header belfry-organization.`);
  }
  const model = await place.model(who.organization);
  const found = (kind === "building" ? model?.buildings : model?.tenants)?.get(id);
  if (found === undefined) throw notFound(kind);
  const scope = { kind, id: found.id } as const;
  const home = async () => (kind === "tenant" ? homeOf(model, found.id) : null);
  if (!(await mayManageScope(who, who.organization, scope, home))) throw notFound(kind);
  return { organization: who.organization, scope };
}

const roleOf = (organization: string, { kind }: SubscriptionScope): Role =>
  organization === installation ? "operator" : kind;

function mustHear(role: Role, asked: readonly AlertKind[] | null | undefined): void {
  const may = kindsFor(role);
  const others = (asked ?? []).filter((kind) => !may.includes(kind));
  if (others.length === 0) return;
  const whose = role === "organization" ? "An organization" : `A ${role}`;
  throw fault("kinds", `${whose} cannot hear of ${others.join(", ")}: leave that out. It can of ${may.join(", ")}.`);
}

function mustHaveRoom(subscriptions: readonly Subscription[], scope: SubscriptionScope): void {
  const same = JSON.stringify(scope);
  const there = subscriptions.filter((each) => isAlertTarget(each) && JSON.stringify(each.scope) === same);
  if (there.length < mostTargets) return;
  throw new BelfryError(
    "CONFLICT",
    `Alerts go to ${mostTargets} URLs already, which is the limit. Delete one that nobody reads.`,
  );
}

const fault = (path: string, message: string): BelfryError =>
  new BelfryError("INVALID", message, { problems: [{ path, code: "INVALID", message }] });

interface NewTarget extends Home {
  readonly number: number;
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  /** Epoch ms. */
  readonly at: number;
}

function targetSubscription(
  { number, id, organization, scope, url: to, secret, at }: NewTarget,
  target: AlertTarget,
): Subscription {
  return {
    number,
    id,
    organization,
    dialect: "belfry",
    name: "alerts",
    scope,
    // Alerts name whom they go to; no event is matched against it.
    bindings: [],
    filters: null,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: { url: to, timeoutMs: null, apiKey: null, basicAuth: null },
    signingSecrets: [{ secret, until: null }],
    extraSignatures: [],
    lane: { maxInFlight: 1, retryDelays: alertRetryDelays },
    state: "active",
    disabledReason: null,
    createdAt: at,
    updatedAt: at,
    document: JSON.stringify(target),
  };
}

function edited(
  current: Subscription,
  { url: to, kinds: asked, form: wanted }: z.output<typeof edit>,
  secret: string | null,
  at: number,
): Subscription {
  const before = targetOf(current);
  const target: AlertTarget = { form: wanted ?? before.form, kinds: asked === undefined ? before.kinds : asked };
  return {
    ...current,
    endpoint: to === undefined ? current.endpoint : { ...current.endpoint, url: to },
    signingSecrets: secret === null ? current.signingSecrets : [{ secret, until: null }],
    state: "active",
    disabledReason: null,
    updatedAt: at,
    document: JSON.stringify(target),
  };
}

function showAlert(
  subscription: Subscription,
  lane: Awaited<ReturnType<OperatorDeps["lane"]>>,
): z.input<typeof alertSchema> {
  const { id, organization, scope, endpoint, state, disabledReason, createdAt, updatedAt } = subscription;
  const { form: written, kinds: heard } = targetOf(subscription);
  return {
    id,
    organization: organization === installation ? null : organization,
    building: scope.kind === "building" ? scope.id : null,
    tenant: scope.kind === "tenant" ? scope.id : null,
    url: endpoint.url,
    form: written,
    kinds: heard === null ? null : [...heard],
    state,
    disabled_reason: disabledReason,
    lane: lane === null ? null : showLaneStatus(lane),
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  };
}
