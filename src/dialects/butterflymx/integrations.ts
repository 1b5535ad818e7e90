// The use cases of integrations: authorize, check, decide on a snapshot, write. Knows nothing of HTTP. Whoever
// may not see a building, a tenant or an integration hears that it does not exist.

import { mayManageScope, onlyHome } from "../../auth/authorize.ts";
import type { BuildingModel } from "../../building/building.ts";
import { homeOf } from "../../building/home-of.ts";
import type { Clock, Random } from "../../clock.ts";
import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import type { Problem } from "../../errors.ts";
import type { Principal } from "../../model/principal.ts";
import { type OptionsInput, withOptions } from "../../model/delivery-options.ts";
import type { Binding, SigningKey, SigningSecret, Subscription } from "../../model/subscription.ts";
import type { LocatedPlace } from "../../model/place-id.ts";
import type { Registry } from "../../store/registry.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import type { PlacePort } from "../place-port.ts";
import { invalid, notFound } from "./error-responses.ts";
import { type BoundResource, readIntegration, toBindings, toDocument, type IntegrationInput } from "./integration.ts";
import { resourceIn } from "./resource-lookup.ts";
import { pairOf } from "./types.ts";

export interface IntegrationsDeps {
  readonly registry: Registry;
  readonly place: Pick<PlacePort, "locate" | "model">;
  readonly guard: Pick<DestinationGuard, "url" | "headers">;
  readonly clock: Clock;
  readonly random: Random;
  readonly newSecret: (random: Random) => string;
  readonly newSigningKey: () => SigningKey;
  /** How many integrations a building and a tenant may have. */
  readonly mostIntegrations?: Readonly<Record<"building" | "tenant", number>>;
}

/** Who asks, and below which building or tenant, by id or number as in the path. */
export interface IntegrationContext {
  readonly who: Principal;
  readonly kind: "building" | "tenant";
  readonly parent: string;
}

/** Every function throws a BelfryError: NOT_FOUND, INVALID with all faults, or CONFLICT. */
export interface Integrations {
  /** Oldest first, so that pages stay put while new ones come. */
  list(context: IntegrationContext): Promise<readonly Subscription[]>;
  show(context: IntegrationContext, id: string): Promise<Subscription>;
  create(
    context: IntegrationContext,
    body: unknown,
  ): Promise<{ readonly subscription: Subscription; readonly secret: string }>;
  /** `secret`: a new one that was made, since the URL leads elsewhere or the client asked for one; else null. */
  replace(
    context: IntegrationContext,
    id: string,
    body: unknown,
  ): Promise<{ readonly subscription: Subscription; readonly secret: string | null }>;
  remove(context: IntegrationContext, id: string): Promise<void>;
}

interface Faultless {
  readonly url: string;
  readonly bindings: readonly BoundResource[];
  readonly options: OptionsInput;
}

export function createIntegrations(deps: IntegrationsDeps): Integrations {
  const { registry, place, guard, clock, mostIntegrations: most = usualMost } = deps;
  const fresh = (secret = deps.newSecret(deps.random)): SigningSecret => ({ secret, until: null });

  const findPlace = async ({ who, kind, parent }: IntegrationContext, revision = 0): Promise<LocatedPlace> => {
    const organization = who.organization ?? (await homeAnywhere(kind, parent));
    const model = organization === null ? null : await place.model(organization, revision);
    const found = (kind === "building" ? model?.buildings : model?.tenants)?.get(parent);
    if (organization === null || found === undefined) throw notFound();
    const { id, number } = found;
    const home = async () => homeOf(model, id);
    if (await mayManageScope(who, organization, { kind, id }, home)) return { kind, id, number, organization };
    throw notFound();
  };

  const homeAnywhere = async (kind: IntegrationContext["kind"], id: string): Promise<string | null> => {
    const found = await place.locate(kind, id, null);
    return onlyHome(
      found.map(({ organization }) => organization),
      `${kind} ${id}`,
    );
  };

  const find = async (context: IntegrationContext, id: string): Promise<Subscription> => {
    const parent = await findPlace(context);
    const subscription = await registry.subscription(id, parent.organization);
    if (subscription === null || !belongsTo(subscription, parent)) throw notFound();
    return subscription;
  };

  /** The input, checked. Throws INVALID with every fault. */
  const check = async (parent: LocatedPlace, body: unknown): Promise<Faultless> => {
    const input = readIntegration(body);
    const faults = [...input.faults];
    const verdict = input.url === null ? null : await guard.url(input.url, parent.organization);
    if (verdict?.allowed === false)
      faults.push({ path: "configuration.url", code: "invalid", message: verdict.message });
    const model = input.bindings.some(namesResource) ? await place.model(parent.organization) : null;
    faults.push(...lookupResources(model, parent, input.bindings).faults);
    if (faults.length === 0) {
      const judged = guard.headers(input.options.headers ?? {}, { apiKey: null, basicAuth: null });
      if (!judged.allowed) faults.push({ path: "configuration.headers", code: "invalid", message: judged.message });
    }
    if (faults.length > 0 || input.url === null) throw invalid(faults);
    return { url: input.url, options: input.options, bindings: input.bindings.filter((bound) => bound !== null) };
  };

  /** Changes one subscription below the place. All that was looked up before may have changed: `alter` gets what holds
   * for the snapshot that is written upon. */
  const change = <Result>(
    context: IntegrationContext,
    organization: string,
    action: string,
    alter: (
      own: readonly Subscription[],
      parent: LocatedPlace,
      model: BuildingModel | null,
    ) => { put?: Subscription; remove?: Subscription; result: Result },
  ): Promise<Result> =>
    changeOrganization(registry, organization, async (snapshot) => {
      // A model that is newer than the snapshot makes the write stale, and it is decided again.
      const { revision } = snapshot.organization;
      const parent = await findPlace({ ...context, who: { ...context.who, organization } }, revision);
      const own = snapshot.subscriptions.filter((subscription) => belongsTo(subscription, parent));
      const { put, remove, result } = alter(own, parent, await place.model(organization, revision));
      const object = (put ?? remove)?.id ?? parent.id;
      const detail = JSON.stringify({ dialect: "butterflymx", [context.kind]: parent.id });
      return {
        put: put === undefined ? [] : [put],
        remove: remove === undefined ? [] : [remove.number],
        audit: [{ at: clock.now(), actor: context.who.key, action: `subscription.${action}`, object, detail }],
        result,
      };
    });

  return {
    async list(context) {
      const parent = await findPlace(context);
      const snapshot = await registry.snapshot(parent.organization);
      const own = (snapshot?.subscriptions ?? []).filter((subscription) => belongsTo(subscription, parent));
      return own.toSorted((a, b) => a.number - b.number);
    },

    show: find,

    async create(context, body) {
      const { organization, ...parent } = await findPlace(context);
      const input = await check({ organization, ...parent }, body);
      const number = await registry.allocate(1);
      const made = fresh();
      return change(context, organization, "create", (own, parent, model) => {
        const now = clock.now();
        if (own.length >= most[context.kind]) throw invalid([tooMany(context.kind, most[context.kind])]);
        const bare: Subscription = {
          number,
          id: String(number),
          organization,
          dialect: "butterflymx",
          name: "webhook",
          scope: { kind: context.kind, id: parent.id },
          bindings: bindingsOf(model, parent, input.bindings),
          filters: null,
          sendOnValueChange: false,
          repeatMinutes: 0,
          // The vendor gives every receiver as long, and no way to say otherwise [webhooks guide].
          endpoint: { url: input.url, timeoutMs: null, apiKey: null, basicAuth: null },
          signingSecrets: [made],
          extraSignatures: [],
          lane: { maxInFlight: null, retryDelays: null },
          state: "active",
          disabledReason: null,
          createdAt: now,
          updatedAt: now,
          document: toDocument(input.bindings),
        };
        const { subscription: put } = withOptions(bare, input.url, input.options, fresh);
        const { secret } = put.signingSecrets[0]!;
        return { put, result: { subscription: put, secret } };
      });
    },

    async replace(context, id, body) {
      const { organization } = await find(context, id);
      const input = await check(await findPlace(context), body);
      return change(context, organization, "update", (own, parent, model) => {
        const before = own.find((subscription) => subscription.id === id);
        if (before === undefined) throw notFound();
        const next: Subscription = {
          ...before,
          bindings: bindingsOf(model, parent, input.bindings),
          endpoint: { ...before.endpoint, url: input.url },
          // The vendor has no other operation with which an owner could switch it on again.
          state: "active",
          disabledReason: null,
          updatedAt: clock.now(),
          document: toDocument(input.bindings),
        };
        const { subscription: put, newSecret } = withOptions(next, before.endpoint.url, input.options, (secret) => ({
          ...fresh(secret),
          ...(before.extraSignatures.includes("ed25519") ? { key: deps.newSigningKey() } : {}),
        }));
        return { put, result: { subscription: put, secret: newSecret } };
      });
    },

    async remove(context, id) {
      const { organization } = await find(context, id);
      await change(context, organization, "delete", (own) => {
        const remove = own.find((subscription) => subscription.id === id);
        if (remove === undefined) throw notFound();
        return { remove, result: null };
      });
    },
  };
}

/** Some clients register at every start and never look whether they are registered: this is above what they reach, and bounds
 * what one event can cost. */
export const usualMost = { building: 1_000, tenant: 1_000 };

export const tooMany = (kind: "building" | "tenant", most: number): Problem => ({
  path: "base",
  code: "invalid",
  message: `There are ${most} integrations of this ${kind} already, which is the limit here. Delete those that nobody uses.`,
});

function belongsTo(subscription: Subscription, parent: LocatedPlace): boolean {
  const { dialect, organization, scope } = subscription;
  return (
    dialect === "butterflymx" &&
    organization === parent.organization &&
    scope.kind === parent.kind &&
    scope.id === parent.id
  );
}

const namesResource = (bound: BoundResource | null): boolean => bound !== null && bound.resource_id !== null;

function bindingsOf(
  model: BuildingModel | null,
  parent: LocatedPlace,
  wanted: readonly BoundResource[],
): readonly Binding[] {
  const { ids, faults } = lookupResources(model, parent, wanted);
  if (faults.length > 0) throw invalid(faults);
  return toBindings(wanted, ids);
}

/** The records singled out. Each must be part of the building, else its binding would wait for ever. */
export function lookupResources(
  model: BuildingModel | null,
  parent: Pick<LocatedPlace, "kind" | "id">,
  wanted: IntegrationInput["bindings"],
): { readonly ids: readonly (string | null)[]; readonly faults: readonly Problem[] } {
  const building = parent.kind === "tenant" ? homeOf(model, parent.id) : parent.id;
  const faults: Problem[] = [];
  const ids = wanted.map((bound, index) => {
    if (bound === null || bound.resource_id === null) return null;
    const kind = pairOf(bound.resource_type, bound.actions[0])!.resource;
    const id = resourceIn(model, building, kind, bound.resource_id);
    if (id !== undefined) return id;
    faults.push({ path: `bindings.${index}.resource_id`, code: "blank", message: "must exist" });
    return null;
  });
  return { ids, faults };
}
