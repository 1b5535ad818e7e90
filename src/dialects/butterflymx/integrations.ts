// What the front door does to integrations: authorise, check, decide on a snapshot, write. Knows nothing of HTTP. Whoever
// may not see a building, a tenant or an integration hears that it does not exist.

import { buildingAround } from "../../building/around.ts";
import type { Clock, Random } from "../../clock.ts";
import type { Judge } from "../../delivery/judge.ts";
import type { Problem } from "../../errors.ts";
import { mayManageBuilding, mayManageTenant, type Principal } from "../../model/principal.ts";
import type { Binding, Subscription } from "../../model/subscription.ts";
import type { LocatedPlace, Registry } from "../../store/registry.ts";
import { changeOrganization } from "../../store/change.ts";
import { invalid, notFound } from "./faults.ts";
import { type BoundResource, readWish, toBindings, toDocument, type Wish } from "./integration.ts";
import { resourceIn } from "./neighbourhood.ts";
import { pairOf } from "./types.ts";

export interface IntegrationsDeps {
  readonly registry: Registry;
  readonly judge: Judge;
  readonly clock: Clock;
  readonly random: Random;
  readonly newSecret: (random: Random) => string;
}

/** Who asks, and below which building or tenant, by id or number as in the path. */
export interface Errand {
  readonly who: Principal;
  readonly kind: "building" | "tenant";
  readonly parent: string;
}

/** Every function throws a BelfryError: NOT_FOUND, INVALID with all faults, or CONFLICT. */
export interface Integrations {
  /** Oldest first, so that pages stay put while new ones come. */
  list(errand: Errand): Promise<readonly Subscription[]>;
  show(errand: Errand, id: string): Promise<Subscription>;
  create(errand: Errand, body: unknown): Promise<{ readonly subscription: Subscription; readonly secret: string }>;
  replace(errand: Errand, id: string, body: unknown): Promise<Subscription>;
  remove(errand: Errand, id: string): Promise<void>;
}

interface Faultless {
  readonly url: string;
  readonly bindings: readonly BoundResource[];
}

export function createIntegrations(deps: IntegrationsDeps): Integrations {
  const { registry, judge, clock } = deps;

  const visit = async ({ who, kind, parent }: Errand): Promise<LocatedPlace> => {
    const place = await registry.locate(kind, parent);
    if (place === null) throw notFound();
    const { organization, id } = place;
    if (kind === "building") {
      if (mayManageBuilding(who, organization, id)) return place;
      throw notFound();
    }
    // Only for a key of a building does it matter where the tenant lives; the model may be large.
    const model = who.role === "building" ? await modelOf(organization) : null;
    const building = buildingAround(model, "tenant", id)?.id ?? "";
    if (mayManageTenant(who, organization, building, id)) return place;
    throw notFound();
  };

  const modelOf = async (organization: string) => (await registry.snapshot(organization))?.model ?? null;

  const find = async (errand: Errand, id: string): Promise<Subscription> => {
    const place = await visit(errand);
    const subscription = await registry.subscription(id);
    if (subscription === null || !belongsTo(subscription, place)) throw notFound();
    return subscription;
  };

  /** The wish without a fault, or INVALID with every one there is. */
  const check = async (place: LocatedPlace, body: unknown): Promise<Faultless> => {
    const wish = readWish(body);
    const faults = [...wish.faults];
    const verdict = wish.url === null ? null : await judge.url(wish.url, place.organization);
    if (verdict?.allowed === false)
      faults.push({ path: "configuration.url", code: "invalid", message: verdict.message });
    const model = wish.bindings.some(isSingling) ? await modelOf(place.organization) : null;
    faults.push(...singled(model, place, wish.bindings).faults);
    if (faults.length > 0 || wish.url === null) throw invalid(faults);
    return { url: wish.url, bindings: wish.bindings.filter((bound) => bound !== null) };
  };

  /** Changes one subscription below the place. All that was looked up before may have changed: `alter` gets what holds
   * for the snapshot that is written upon. */
  const change = <Result>(
    errand: Errand,
    organization: string,
    action: string,
    alter: (
      own: readonly Subscription[],
      place: LocatedPlace,
      model: string | null,
    ) => { put?: Subscription; remove?: Subscription; result: Result },
  ): Promise<Result> =>
    changeOrganization(registry, organization, async (snapshot) => {
      const place = await visit(errand);
      if (place.organization !== organization) throw notFound();
      const own = snapshot.subscriptions.filter((subscription) => belongsTo(subscription, place));
      const { put, remove, result } = alter(own, place, snapshot.model);
      const object = (put ?? remove)?.id ?? place.id;
      const detail = JSON.stringify({ dialect: "butterflymx", [errand.kind]: place.id });
      return {
        put: put === undefined ? [] : [put],
        remove: remove === undefined ? [] : [remove.number],
        audit: [{ at: clock.now(), actor: errand.who.key, action: `subscription.${action}`, object, detail }],
        result,
      };
    });

  return {
    async list(errand) {
      const place = await visit(errand);
      const snapshot = await registry.snapshot(place.organization);
      const own = (snapshot?.subscriptions ?? []).filter((subscription) => belongsTo(subscription, place));
      return own.toSorted((a, b) => a.number - b.number);
    },

    show: find,

    async create(errand, body) {
      const { organization, ...place } = await visit(errand);
      const wish = await check({ organization, ...place }, body);
      const number = await registry.allocate(1);
      const secret = deps.newSecret(deps.random);
      return change(errand, organization, "create", (_own, place, model) => {
        const now = clock.now();
        const put: Subscription = {
          number,
          id: String(number),
          organization,
          dialect: "butterflymx",
          name: "webhook",
          scope: { kind: errand.kind, id: place.id },
          bindings: bindingsOf(model, place, wish.bindings),
          filters: null,
          sendOnValueChange: false,
          // The vendor gives every receiver as long, and no way to say otherwise [webhooks guide].
          endpoint: { url: wish.url, timeoutMs: null, apiKey: null, basicAuth: null },
          signingSecrets: [{ secret, until: null }],
          extraSignatures: [],
          lane: { maxInFlight: null, retryDelays: null },
          state: "active",
          disabledReason: null,
          createdAt: now,
          updatedAt: now,
          document: toDocument(wish.bindings),
        };
        return { put, result: { subscription: put, secret } };
      });
    },

    async replace(errand, id, body) {
      const { organization } = await find(errand, id);
      const wish = await check(await visit(errand), body);
      return change(errand, organization, "update", (own, place, model) => {
        const before = own.find((subscription) => subscription.id === id);
        if (before === undefined) throw notFound();
        const put: Subscription = {
          ...before,
          bindings: bindingsOf(model, place, wish.bindings),
          endpoint: { ...before.endpoint, url: wish.url },
          // The vendor has no other operation with which an owner could switch it on again.
          state: "active",
          disabledReason: null,
          updatedAt: clock.now(),
          document: toDocument(wish.bindings),
        };
        return { put, result: put };
      });
    },

    async remove(errand, id) {
      const { organization } = await find(errand, id);
      await change(errand, organization, "delete", (own) => {
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

const isSingling = (bound: BoundResource | null): boolean => bound !== null && bound.resource_id !== null;

function bindingsOf(model: string | null, place: LocatedPlace, wanted: readonly BoundResource[]): readonly Binding[] {
  const { ids, faults } = singled(model, place, wanted);
  if (faults.length > 0) throw invalid(faults);
  return toBindings(wanted, ids);
}

/** The records singled out. Each must be part of the building, else its binding would wait for ever. */
function singled(
  model: string | null,
  place: LocatedPlace,
  wanted: Wish["bindings"],
): { readonly ids: readonly (string | null)[]; readonly faults: readonly Problem[] } {
  const building = wanted.some(isSingling)
    ? buildingAround(model, place.kind === "tenant" ? "tenant" : "building", place.id)
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
