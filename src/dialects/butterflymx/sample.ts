// A sample of an event type, for an owner who tests a receiver: about a door, a panel and a tenant that the subscription is
// about where the model has them. Numbers of entries and calls are made up. Pure.

import type { BuildingModel, Building, Tenant } from "../../building/building.ts";
import { compileBuilding } from "../../building/compile.ts";
import { type CallLog, type Fact, ringing } from "../../model/fact.ts";
import type { Binding, Subscription } from "../../model/subscription.ts";
import { secondText } from "../../model/moment.ts";
import type { Sample, SampleContext } from "../dialect.ts";
import { type Entitled, express, unlocked } from "./payload.ts";
import { pairOf, type Pair } from "./types.ts";
import { variant } from "./variant.ts";

/** Entries and calls count up from 1: no real one comes so far. */
const madeUp = 999_999_999;

/** What the subscription is about, as far as the model has it. */
interface About {
  readonly model: BuildingModel;
  /** Undefined: the model does not know it. */
  readonly building: Building | undefined;
  readonly tenant: Tenant | undefined;
  /** The door or panel that it singles out. */
  readonly resource: string | null;
}

/** `name`: resource type and action, as they are bound. null: there is no such pair. */
export function sample(
  name: string,
  subscription: Subscription,
  context: SampleContext,
  entitled: Entitled,
): Sample | null {
  const [resourceType, action, ...rest] = name.split(".");
  const pair = rest.length > 0 ? undefined : pairOf(resourceType, action);
  if (pair === undefined) return null;
  const binding = boundAs(pair, subscription);
  const about = aboutOf(subscription, binding, context);
  const fact = factOf(pair.type, about, subscription, context);
  const event = express(fact, about.model, context.newId, entitled);
  return event === null ? null : { event, variant: variant(subscription, binding, event) };
}

/** The binding under this very name, or else under the other name of the same event. */
function boundAs({ type, variant: bound }: Pair, { bindings }: Subscription): Binding {
  const ofType = bindings.filter((each) => each.type === type);
  return (
    ofType.find((each) => each.variant === bound) ?? { type, variant: bound, resource: ofType[0]?.resource ?? null }
  );
}

function aboutOf({ scope, organization }: Subscription, binding: Binding, { model }: SampleContext): About {
  const place = model ?? compileBuilding({ organization: { id: organization, name: organization }, sites: [] });
  if (scope.kind === "tenant") {
    const tenant = place.tenants.get(scope.id);
    return { model: place, building: tenant?.building, tenant, resource: binding.resource };
  }
  const building = scope.kind === "building" ? place.buildings.get(scope.id) : first(place.buildings, () => true);
  const tenant = first(place.tenants, (each) => each.building === building);
  return { model: place, building, tenant, resource: binding.resource };
}

function factOf(type: string, about: About, { scope }: Subscription, { at, newGuid }: SampleContext): Fact {
  const home = about.building?.id ?? (scope.kind === "building" ? scope.id : "sample");
  const base = { at, revision: 0, building: home };
  if (type === "access_log.create") {
    const door = inBuilding(about.model.accessPoints, about);
    const data = {
      id: madeUp,
      logged_at: secondText(at),
      access_point: door?.number ?? madeUp,
      release_status: unlocked,
      name: about.tenant?.name ?? "Sample Person",
      release_type: null,
      unit: about.tenant?.unit.number ?? null,
      tenant_id: about.tenant?.number ?? null,
      entry_method: "Swipe to open",
      image_url: null,
    };
    return { ...base, kind: "access", data };
  }
  const data = callOf(about, at, newGuid());
  if (type === "call.create") return { ...base, kind: "call", data };
  return { ...base, kind: "call_status", told: true, data: { ...data, status: "canceled" } };
}

function callOf(about: About, at: number, guid: string): CallLog {
  const { tenant, building } = about;
  const panel = inBuilding(about.model.devices, about);
  return {
    id: madeUp,
    guid,
    building_id: building?.number ?? madeUp,
    logged_at: secondText(at),
    notification_type: "visitor",
    recipient: { id: tenant?.number ?? null, type: "Tenant" },
    unit: tenant === undefined ? null : { id: tenant.unit.number },
    device: panel === undefined ? { id: madeUp, name: "Main Entrance" } : { id: panel.number, name: panel.name },
    status: ringing,
    image_url: null,
  };
}

/** The one that is singled out, or the first of the building. */
function inBuilding<Item extends { readonly id: string; readonly building: Building }>(
  items: Iterable<Item>,
  { building, resource }: About,
): Item | undefined {
  return (
    first(items, (each) => each.building === building && each.id === resource) ??
    first(items, (each) => each.building === building)
  );
}

function first<Item>(items: Iterable<Item>, fits: (item: Item) => boolean): Item | undefined {
  for (const each of items) if (fits(each)) return each;
  return undefined;
}
