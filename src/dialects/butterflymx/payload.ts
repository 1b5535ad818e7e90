// From a fact to an event in the vendor's words. Ready-made events take the same way to their subject and scopes, so
// that an entry reaches the same subscribers however it came in. Pure.

import type { BuildingModel, RecordLookup } from "../../building/building.ts";
import type { DoorFact, Grant } from "../../building/entitled.ts";
import { integer, type Reference } from "../../building/reference.ts";
import { otherEntries } from "../../model/delivery-options.ts";
import type { Event, Scopes } from "../../model/event.ts";
import type { AccessFact, AccessLog, CallFact, CallLog, CallStatusFact, Fact } from "../../model/fact.ts";
import { secondText } from "../../model/moment.ts";

/** Which tenants an entry or a call concerns, and why (building/entitled). */
export type Entitled = (fact: DoorFact, model: BuildingModel) => readonly Grant[];

/** Null for facts that this vendor has no event for. */
export function typeOf({ kind }: Pick<Fact, "kind">): string | null {
  if (kind === "access") return "access_log.create";
  if (kind === "call") return "call.create";
  return kind === "call_status" ? "call.status_update" : null;
}

/** Null for facts that this vendor has no event for, and for a status that nobody is told. */
export function express(fact: Fact, model: BuildingModel, newId: () => string, entitled: Entitled): Event | null {
  if (fact.kind === "access") return eventOf(fact, model, accessBody(fact), newId, entitled);
  if (fact.kind === "call") return eventOf(fact, model, callBody(fact, model), newId, entitled);
  if (fact.kind === "call_status" && fact.told) return eventOf(fact, model, statusBody(fact), newId, entitled);
  return null;
}

/** The event about this fact with this exact text. An empty access point, like a null device, means that none was
 * named: the event is then about the building. */
export function eventOf(
  fact: DoorFact,
  model: BuildingModel,
  body: string,
  newId: () => string,
  entitled: Entitled,
): Event {
  const home = model.buildings.get(fact.building)?.id ?? fact.building;
  const resource =
    fact.kind === "access"
      ? idIn(model.accessPoints, fact.data.access_point)
      : idIn(model.devices, fact.data.device?.id ?? "");
  const grants = entitled(fact, model);
  const called = calledOf(fact, model);
  return {
    id: newId(),
    dialect: "butterflymx",
    type: fact.kind === "access" && fact.data.release_status !== unlocked ? otherEntries : typeOf(fact)!,
    subject: resource ?? home,
    scopes: {
      building: home,
      ...(resource === null ? {} : { resource }),
      ...concerned(grants),
      ...(called === null ? {} : { called }),
    },
    at: fact.at,
    body,
    revision: fact.revision,
    previous: fact.previous === undefined ? null : JSON.stringify(fact.previous),
    value: null,
  };
}

/** `selves` and `somebody` say what stays a tenant's who moves (model/withdrawal.ts). */
function concerned(grants: readonly Grant[]): Pick<Scopes, "tenants" | "selves" | "somebody"> {
  if (grants.length === 0) return { tenants: [] };
  const selves = grants.filter(({ ground }) => ground === "self").map(({ tenant }) => tenant);
  return {
    tenants: grants.map(({ tenant }) => tenant),
    ...(selves.length === 0 ? {} : { selves }),
    somebody: grants.some(({ ground }) => ground === "mate"),
  };
}

/** Only this is a door that was opened. */
export const unlocked = "Unlocked";

/** Exactly the documented keys in the documented order [webhooks guide]; unit, tenant and release type stay out. Sensing
 * has already turned references into the numbers that clients expect [building/reference.ts]. */
function accessBody(fact: AccessFact): string {
  const { data } = fact;
  return JSON.stringify(
    envelope("access_log", "create", {
      id: integer(data.id),
      logged_at: secondText(fact.at),
      access_point: data.access_point,
      entry_method: data.entry_method,
      release_status: data.release_status,
      name: data.name,
      image_url: data.image_url,
    } satisfies Partial<AccessLog>),
  );
}

/** What real receivers read, flat, and the guide's envelope with the REST record in one body [design §4.26]. */
function callBody(fact: CallFact, model: BuildingModel): string {
  const { guid, recipient, unit, device, provider = null, image_url } = fact.data;
  const panel = device === null ? null : { ...device, sip_username: sipOf(model.devices, device.id) };
  return JSON.stringify({
    guid,
    user: recipient.type === "Tenant" ? userOf(model, recipient.id) : null,
    panel,
    unit: unit === null ? null : { id: unit.id, label: model.units.get(unit.id)?.label ?? null },
    provider,
    source: panel,
    image_url,
    ...envelope("call", "create", callRecord(fact)),
  });
}

/** The flat form is what a first-party receiver reads [clients.md §3]. */
function statusBody(fact: CallStatusFact): string {
  const { guid, status } = fact.data;
  return JSON.stringify({ call: { guid }, status, ...envelope("call", "status_update", callRecord(fact)) });
}

/** The REST record of the call and its `guid` [design §4.14]; the guide shows no example. */
export function callRecord({ data }: Pick<CallFact, "data">): Omit<CallLog, "provider"> {
  const { recipient, unit, device } = data;
  return {
    id: integer(data.id),
    guid: data.guid,
    building_id: data.building_id,
    logged_at: secondText(Date.parse(data.logged_at)),
    notification_type: data.notification_type,
    recipient,
    unit,
    device,
    status: data.status,
    image_url: data.image_url,
  };
}

/** Null: the model does not know this tenant. */
function userOf(model: BuildingModel, tenant: Reference | null): object | null {
  const found = tenant === null ? undefined : model.tenants.get(tenant);
  if (found === undefined) return null;
  const { first_name = null, last_name = null, sip_username = null, email = null } = found.record;
  return { id: found.number, first_name, last_name, sip_username, email };
}

/** Who is called and known to the model. */
function calledOf(fact: DoorFact, model: BuildingModel): string | null {
  if (fact.kind === "access" || fact.data.recipient.type !== "Tenant") return null;
  const { id } = fact.data.recipient;
  return id === null ? null : (model.tenants.get(id)?.id ?? null);
}

const sipOf = (devices: BuildingModel["devices"], id: Reference): string | null =>
  devices.get(id)?.record.sip_username ?? null;

const envelope = (resource_type: string, action: string, data: object) => ({ event: { resource_type, action, data } });

const idIn = (records: RecordLookup<{ readonly id: string }>, id: Reference): string | null =>
  id === "" ? null : (records.get(id)?.id ?? String(id));
