// The use cases of integrations: authorize, check, decide on a snapshot, write. Knows nothing of HTTP. Whoever
// may not see a building, a tenant or an integration hears that it does not exist.

import { buildingOf } from "../../building/building-of.ts";
import type { Clock, Random } from "../../clock.ts";
import type { DestinationGuard } from "../../delivery/destination-guard.ts";
import type { Problem } from "../../errors.ts";
import { mayManageBuilding, mayManageTenant, type Principal } from "../../model/principal.ts";
import type { Binding, Subscription } from "../../model/subscription.ts";
import type { LocatedPlace, Registry } from "../../store/registry.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { invalid, notFound } from "./error-responses.ts";
import { type BoundResource, readIntegration, toBindings, toDocument, type IntegrationInput } from "./integration.ts";
import { resourceIn } from "./resource-lookup.ts";
import { pairOf } from "./types.ts";

export interface IntegrationsDeps {
  readonly registry: Registry;
  readonly guard: DestinationGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly newSecret: (random: Random) => string;
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
  replace(context: IntegrationContext, id: string, body: unknown): Promise<Subscription>;
  remove(context: IntegrationContext, id: string): Promise<void>;
}

interface Faultless {
  readonly url: string;
  readonly bindings: readonly BoundResource[];
}

export function createIntegrations(deps: IntegrationsDeps): Integrations {
  const { registry, guard, clock } = deps;

  const findPlace = async ({ who, kind, parent }: IntegrationContext): Promise<LocatedPlace> => {
    const place = await registry.locate(kind, parent);
    if (place === null) throw notFound();
    const { organization, id } = place;
    if (kind === "building") {
      if (mayManageBuilding(who, organization, id)) return place;
      throw notFound();
    }
    // Only for a key of a building does it matter where the tenant lives; the model may be large.
    const model = who.role === "building" ? await modelOf(organization) : null;
    const building = buildingOf(model, "tenant", id)?.id ?? "";
    if (mayManageTenant(who, organization, building, id)) return place;
    throw notFound();
  };

  const modelOf = async (organization: string) => (await registry.snapshot(organization))?.model ?? null;

  const find = async (context: IntegrationContext, id: string): Promise<Subscription> => {
    const place = await findPlace(context);
    const subscription = await registry.subscription(id);
    if (subscription === null || !belongsTo(subscription, place)) throw notFound();
    return subscription;
  };

  /** The input, checked. Throws INVALID with every fault. */
  const check = async (place: LocatedPlace, body: unknown): Promise<Faultless> => {
    const input = readIntegration(body);
    const faults = [...input.faults];
    const verdict = input.url === null ? null : await guard.url(input.url, place.organization);
    if (verdict?.allowed === false)
      faults.push({ path: "configuration.url", code: "invalid", message: verdict.message });
    const model = input.bindings.some(namesResource) ? await modelOf(place.organization) : null;
    faults.push(...lookupResources(model, place, input.bindings).faults);
    if (faults.length > 0 || input.url === null) throw invalid(faults);
    return { url: input.url, bindings: input.bindings.filter((bound) => bound !== null) };
  };

  /** Changes one subscription below the place. All that was looked up before may have changed: `alter` gets what holds
   * for the snapshot that is written upon. */
  const change = <Result>(
    context: IntegrationContext,
    organization: string,
    action: string,
    alter: (
      own: readonly Subscription[],
      place: LocatedPlace,
      model: string | null,
    ) => { put?: Subscription; remove?: Subscription; result: Result },
  ): Promise<Result> =>
    changeOrganization(registry, organization, async (snapshot) => {
      const place = await findPlace(context);
      if (place.organization !== organization) throw notFound();
      const own = snapshot.subscriptions.filter((subscription) => belongsTo(subscription, place));
      const { put, remove, result } = alter(own, place, snapshot.model);
      const object = (put ?? remove)?.id ?? place.id;
      const detail = JSON.stringify({ dialect: "butterflymx", [context.kind]: place.id });
      return {
        put: put === undefined ? [] : [put],
        remove: remove === undefined ? [] : [remove.number],
        audit: [{ at: clock.now(), actor: context.who.key, action: `subscription.${action}`, object, detail }],
        result,
      };
    });

  return {
    async list(context) {
      const place = await findPlace(context);
      const snapshot = await registry.snapshot(place.organization);
      const own = (snapshot?.subscriptions ?? []).filter((subscription) => belongsTo(subscription, place));
      return own.toSorted((a, b) => a.number - b.number);
    },

    show: find,

    async create(context, body) {
      const { organization, ...place } = await findPlace(context);
      const input = await check({ organization, ...place }, body);
      const number = await registry.allocate(1);
      const secret = deps.newSecret(deps.random);
      return change(context, organization, "create", (_own, place, model) => {
        const now = clock.now();
        const put: Subscription = {
          number,
          id: String(number),
          organization,
          dialect: "butterflymx",
          name: "webhook",
          scope: { kind: context.kind, id: place.id },
          bindings: bindingsOf(model, place, input.bindings),
          filters: null,
          sendOnValueChange: false,
          // The vendor gives every receiver as long, and no way to say otherwise [webhooks guide].
          endpoint: { url: input.url, timeoutMs: null, apiKey: null, basicAuth: null },
          signingSecrets: [{ secret, until: null }],
          extraSignatures: [],
          lane: { maxInFlight: null, retryDelays: null },
          state: "active",
          disabledReason: null,
          createdAt: now,
          updatedAt: now,
          document: toDocument(input.bindings),
        };
        return { put, result: { subscription: put, secret } };
      });
    },

    async replace(context, id, body) {
      const { organization } = await find(context, id);
      const input = await check(await findPlace(context), body);
      return change(context, organization, "update", (own, place, model) => {
        const before = own.find((subscription) => subscription.id === id);
        if (before === undefined) throw notFound();
        const put: Subscription = {
          ...before,
          bindings: bindingsOf(model, place, input.bindings),
          endpoint: { ...before.endpoint, url: input.url },
          // The vendor has no other operation with which an owner could switch it on again.
          state: "active",
          disabledReason: null,
          updatedAt: clock.now(),
          document: toDocument(input.bindings),
        };
        return { put, result: put };
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

function belongsTo(subscription: Subscription, place: LocatedPlace): boolean {
  const { dialect, organization, scope } = subscription;
  return (
    dialect === "butterflymx" &&
    organization === place.organization &&
    scope.kind === place.kind &&
    scope.id === place.id
  );
}

const namesResource = (bound: BoundResource | null): boolean => bound !== null && bound.resource_id !== null;

function bindingsOf(model: string | null, place: LocatedPlace, wanted: readonly BoundResource[]): readonly Binding[] {
  const { ids, faults } = lookupResources(model, place, wanted);
  if (faults.length > 0) throw invalid(faults);
  return toBindings(wanted, ids);
}

/** The records singled out. Each must be part of the building, else its binding would wait for ever. */
function lookupResources(
  model: string | null,
  place: LocatedPlace,
  wanted: IntegrationInput["bindings"],
): { readonly ids: readonly (string | null)[]; readonly faults: readonly Problem[] } {
  const building = wanted.some(namesResource)
    ? buildingOf(model, place.kind === "tenant" ? "tenant" : "building", place.id)
    : undefined;
  const faults: Problem[] = [];
  const ids = wanted.map((bound, index) => {
    if (bound === null || bound.resource_id === null) return null;
    const kind = pairOf(bound.resource_type, bound.actions[0])!.resource;
    const id = resourceIn(building, kind, bound.resource_id);
    if (id !== undefined) return id;
    faults.push({ path: `bindings.${index}.resource_id`, code: "blank", message: "must exist" });
    return null;
  });
  return { ids, faults };
}
