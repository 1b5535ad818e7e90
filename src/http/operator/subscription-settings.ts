// PATCH /v1/subscriptions/{id} changes what it names. POST /v1/subscriptions makes one, of either dialect and by the same rules as
// the vendor's API.

import { z } from "zod";
import { notFound, owners } from "../../auth/authorize.ts";
import type { BuildingModel } from "../../building/building.ts";
import { BelfryError } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import type { Subscription, SubscriptionScope } from "../../model/subscription.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { dialectName } from "./dialect-name.ts";
import { owned, ownsIn } from "./owned.ts";
import { scopeAsked } from "./scope-asked.ts";
import { editFields, type Edited, prepareEdit, refuse } from "./subscription-edit.ts";
import { fault } from "./taking-settings.ts";
import { showSubscription, subscriptionSchema } from "./subscription-view.ts";

const edit = z.strictObject(editFields).refine((given) => Object.values(given).some((each) => each !== undefined), {
  error: "must name at least one setting, such as name, url, types or order; see docs/api.md",
});

const creation = z.strictObject({
  dialect: dialectName.describe(
    "butlr: a webhook of an organization. butterflymx: an integration of a building or tenant.",
  ),
  organization: z.string().optional().describe("Whose, with an operator's key."),
  scope: scopeAsked.describe("For whom: of an integration a building or tenant, by id or number."),
  ...editFields,
  url: editFields.url.unwrap(),
  types: editFields.types.unwrap(),
});

const answer = subscriptionSchema.extend({
  signing_secret: z.string().optional().describe("A new one that was made."),
});

export function subscriptionSettingRoutes(deps: OperatorDeps): readonly Route[] {
  const show = async ({ subscription, newSecret }: Omit<Edited, "choices">, who: Principal) => {
    const shown = showSubscription(subscription, who, await deps.lane(subscription.number), deps.autoDisableMs);
    return { ...shown, ...(newSecret === null ? {} : { signing_secret: newSecret }) };
  };
  return [createRoute(deps, show), changeRoute(deps, show)];
}

type Show = (made: Omit<Edited, "choices">, who: Principal) => Promise<z.input<typeof answer>>;

const changeRoute = (deps: OperatorDeps, show: Show): Route =>
  route({
    method: "PATCH",
    path: "/v1/subscriptions/:id",
    summary:
      "Change a subscription: its name, URL, types and filters, signatures, order and mode, whether minutes are repeated, how its" +
      " receiver is called, its pace, when it is disabled, and how integrations are delivered.",
    roles: owners,
    body: edit,
    answer,
    handle: async ({ who, params, body }) => {
      const found = await owned(deps, who, params["id"]!);
      const { id, organization } = found;
      const apply = await prepareEdit(body, found, deps);
      const changed = await changeOrganization(
        deps.registry,
        organization,
        async ({ subscriptions, organization: of }) => {
          const current = subscriptions.find((each) => each.id === id);
          if (current === undefined) throw notFound("subscription");
          const others = subscriptions.filter((each) => each !== current);
          // A model that is newer than the snapshot makes the write stale, and it is decided again.
          const model = await deps.place.model(organization, of.revision);
          const { subscription: edited, choices, newSecret } = apply(current, { others, model });
          if (choices.length === 0) return { audit: [], result: { subscription: current, newSecret: null } };
          const at = deps.clock.now();
          const subscription = { ...edited, updatedAt: at };
          const audit = choices.map(({ action, detail }) => {
            return { at, actor: who.key, action, object: id, detail: JSON.stringify(detail) };
          });
          return { put: [subscription], audit, result: { subscription, newSecret } };
        },
      );
      return show(changed, who);
    },
  });

const createRoute = (deps: OperatorDeps, show: Show): Route =>
  route({
    method: "POST",
    path: "/v1/subscriptions",
    summary: "Make a webhook of Butlr or an integration of ButterflyMX, and show its signing secret.",
    roles: owners,
    status: 201,
    body: creation,
    answer,
    handle: async ({ who, body }) => {
      const { dialect, organization: named, scope: asked, ...given } = body;
      const organization = who.organization ?? named;
      if (organization === undefined) {
        throw new BelfryError("ORGANIZATION_REQUIRED", "Name the organization of the subscription in `organization`.");
      }
      if (named !== undefined && named !== organization) throw notFound("organization");
      const { scopes } = deps.subscribing(dialect);
      if (!scopes.includes(asked.kind)) {
        refuse([fault("scope", `must be ${scopes.join(" or ")} for a subscription of ${dialect}.`)]);
      }
      if (dialect === "butlr" && given.name === undefined) refuse([fault("name", "must be given for a webhook.")]);
      const model = await deps.place.model(organization);
      const scope = await scopeOf(asked, model, who, organization);
      const apply = await prepareEdit(given, { dialect, organization }, deps);
      const number = await deps.registry.allocate(1);
      const bare = bareSubscription(deps, { number, organization, dialect, scope, url: given.url });
      const made = await changeOrganization(
        deps.registry,
        organization,
        async ({ subscriptions, organization: of }) => {
          const full = deps.subscribing(dialect).full(scope, subscriptions);
          if (full !== null) refuse([full]);
          const around = { others: subscriptions, model: await deps.place.model(organization, of.revision) };
          const { subscription, newSecret } = apply(bare, around);
          const detail = {
            dialect,
            name: subscription.name,
            types: [...new Set(subscription.bindings.map(({ type }) => type))],
          };
          const entry = { action: "subscription.create", object: bare.id, detail: JSON.stringify(detail) };
          const secret = newSecret ?? subscription.signingSecrets.at(-1)!.secret;
          return {
            put: [subscription],
            audit: [{ at: bare.createdAt, actor: who.key, ...entry }],
            result: { subscription, newSecret: secret },
          };
        },
      );
      return show(made, who);
    },
  });

/** With its id in the model. Throws NOT_FOUND for one that is not there, or that the key may not manage. */
async function scopeOf(
  asked: SubscriptionScope,
  model: BuildingModel | null,
  who: Principal,
  organization: string,
): Promise<SubscriptionScope> {
  const found = asked.kind === "organization" ? null : placesOf(model, asked.kind)?.get(asked.id);
  if (found === undefined) throw notFound(asked.kind);
  const scope = found === null ? asked : ({ kind: asked.kind, id: found.id } as SubscriptionScope);
  if (!(await ownsIn(model, who, { organization, scope }))) throw notFound(scope.kind);
  return scope;
}

const placesOf = (model: BuildingModel | null, kind: "building" | "tenant") =>
  kind === "building" ? model?.buildings : model?.tenants;

/** As the vendor's API makes one, before anything of it is set. */
function bareSubscription(
  { clock, newSecret, subscribing }: OperatorDeps,
  {
    dialect,
    number,
    url,
    ...rest
  }: Pick<Subscription, "number" | "organization" | "dialect" | "scope"> & { readonly url: string },
): Subscription {
  const now = clock.now();
  return {
    ...rest,
    number,
    dialect,
    id: subscribing(dialect).id(number),
    name: "webhook",
    bindings: [],
    filters: null,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: { url, timeoutMs: null, apiKey: null, basicAuth: null },
    signingSecrets: [{ secret: newSecret(), until: null }],
    extraSignatures: [],
    lane: { maxInFlight: null, retryDelays: null },
    state: "active",
    disabledReason: null,
    createdAt: now,
    updatedAt: now,
    document: JSON.stringify({ filters: null }),
  };
}
