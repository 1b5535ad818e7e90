// From a fact to an event in the vendor's words. Ready-made events take the same way to their subject and scopes, so
// that an entry reaches the same subscribers however it came in. Pure.

import type { BuildingModel, Lookup } from "../../building/building.ts";
import type { Event } from "../../model/event.ts";
import type { AccessFact, AccessLog, CallFact, CallLog, EntryMethod, Fact } from "../../model/fact.ts";

type Reference = number | string;

/** Which tenants an entry or a call concerns, by id (building/entitled). */
export type Entitled = (fact: AccessFact | CallFact, building: BuildingModel) => readonly string[];

/** Null for facts that this vendor has no event for. */
export function express(fact: Fact, building: BuildingModel, newId: () => string, entitled: Entitled): Event | null {
  if (fact.kind === "access") return eventOf(fact, building, accessBody(fact, building), newId, entitled);
  if (fact.kind === "call") return eventOf(fact, building, callBody(fact, building), newId, entitled);
  return null;
}

/** The event about this fact with this exact text. An empty access point, like a null device, means that none was
 * named: the event is then about the building. */
export function eventOf(
  fact: AccessFact | CallFact,
  building: BuildingModel,
  body: string,
  newId: () => string,
  entitled: Entitled,
): Event {
  const home = building.buildings.get(fact.building)?.id ?? fact.building;
  const resource =
    fact.kind === "access"
      ? idIn(building.accessPoints, fact.data.access_point)
      : idIn(building.devices, fact.data.device?.id ?? "");
  const tenants = entitled(fact, building);
  return {
    id: newId(),
    dialect: "butterflymx",
    type: fact.kind === "access" ? "access_log.create" : "call.create",
    subject: resource ?? home,
    scopes: { building: home, ...(resource === null ? {} : { resource }), tenants },
    at: fact.at,
    body,
    revision: fact.revision,
    previous: fact.previous === undefined ? null : JSON.stringify(fact.previous),
    value: null,
  };
}

/** Exactly the documented keys in the documented order [webhooks guide]; unit, tenant and release type stay out. */
function accessBody(fact: AccessFact, building: BuildingModel): string {
  const { data } = fact;
  return envelope("access_log", {
    id: integer(data.id),
    logged_at: timestamp(fact.at),
    access_point: numberIn(building.accessPoints, data.access_point),
    entry_method: entryMethod(data.entry_method, building),
    release_status: data.release_status,
    name: data.name,
    image_url: data.image_url,
  } satisfies Partial<AccessLog>);
}

/** The REST record of the call and its `guid` [design §4.14]; the guide shows no example. */
function callBody(fact: CallFact, building: BuildingModel): string {
  const { data } = fact;
  const { recipient, unit, device } = data;
  return envelope("call", {
    id: integer(data.id),
    guid: data.guid,
    building_id: numberIn(building.buildings, data.building_id),
    logged_at: timestamp(fact.at),
    notification_type: data.notification_type,
    recipient: {
      id: recipient.id === null ? null : numberIn(building.tenants, recipient.id),
      type: recipient.type,
    },
    unit: unit === null ? null : { id: numberIn(building.units, unit.id) },
    device: device === null ? null : { id: numberIn(building.devices, device.id), name: device.name },
    status: data.status,
    image_url: data.image_url,
  } satisfies CallLog);
}

const envelope = (resource_type: string, data: object): string =>
  JSON.stringify({ event: { resource_type, action: "create", data } });

function entryMethod(method: EntryMethod, building: BuildingModel): EntryMethod {
  if (method === null || typeof method === "string") return method;
  return "keychain" in method
    ? { keychain: numberIn(building.keychains, method.keychain) }
    : { access_tool: numberIn(building.accessTools, method.access_tool) };
}

/** The vendor's clients expect integers: the number of the record in the model, else what the sender called it. */
const numberIn = (records: Lookup<{ readonly number: number }>, id: Reference): Reference =>
  records.get(id)?.number ?? integer(id);

const idIn = (records: Lookup<{ readonly id: string }>, id: Reference): string | null =>
  id === "" ? null : (records.get(id)?.id ?? String(id));

/** Digits become the integer that the vendor documents; any other id stays as it was given. */
const integer = (id: Reference): Reference => (/^(?:0|[1-9]\d{0,14})$/.test(String(id)) ? Number(id) : id);

/** ISO 8601 in UTC to the second, the vendor's form. */
const timestamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
