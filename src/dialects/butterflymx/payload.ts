// From a fact to an event in the vendor's words. Ready-made events take the same way to their subject and scopes, so
// that an entry reaches the same subscribers however it came in. Pure.

import type { BuildingModel, RecordLookup } from "../../building/building.ts";
import { integer, type Reference } from "../../building/reference.ts";
import type { Event } from "../../model/event.ts";
import type { AccessFact, AccessLog, CallFact, CallLog, Fact } from "../../model/fact.ts";

/** Which tenants an entry or a call concerns, by id (building/entitled). */
export type Entitled = (fact: AccessFact | CallFact, model: BuildingModel) => readonly string[];

/** Null for facts that this vendor has no event for. */
export const typeOf = ({ kind }: Pick<Fact, "kind">): string | null =>
  kind === "access" ? "access_log.create" : kind === "call" ? "call.create" : null;

/** Null for facts that this vendor has no event for. */
export function express(fact: Fact, model: BuildingModel, newId: () => string, entitled: Entitled): Event | null {
  if (fact.kind === "access") return eventOf(fact, model, accessBody(fact), newId, entitled);
  if (fact.kind === "call") return eventOf(fact, model, callBody(fact), newId, entitled);
  return null;
}

/** The event about this fact with this exact text. An empty access point, like a null device, means that none was
 * named: the event is then about the building. */
export function eventOf(
  fact: AccessFact | CallFact,
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
  const tenants = entitled(fact, model);
  return {
    id: newId(),
    dialect: "butterflymx",
    type: typeOf(fact)!,
    subject: resource ?? home,
    scopes: { building: home, ...(resource === null ? {} : { resource }), tenants },
    at: fact.at,
    body,
    revision: fact.revision,
    previous: fact.previous === undefined ? null : JSON.stringify(fact.previous),
    value: null,
  };
}

/** Exactly the documented keys in the documented order [webhooks guide]; unit, tenant and release type stay out. Sensing
 * has already turned references into the numbers that clients expect [building/reference.ts]. */
function accessBody(fact: AccessFact): string {
  const { data } = fact;
  return envelope("access_log", {
    id: integer(data.id),
    logged_at: timestamp(fact.at),
    access_point: data.access_point,
    entry_method: data.entry_method,
    release_status: data.release_status,
    name: data.name,
    image_url: data.image_url,
  } satisfies Partial<AccessLog>);
}

/** The REST record of the call and its `guid` [design §4.14]; the guide shows no example. */
function callBody(fact: CallFact): string {
  const { data } = fact;
  const { recipient, unit, device } = data;
  return envelope("call", {
    id: integer(data.id),
    guid: data.guid,
    building_id: data.building_id,
    logged_at: timestamp(fact.at),
    notification_type: data.notification_type,
    recipient,
    unit,
    device,
    status: data.status,
    image_url: data.image_url,
  } satisfies CallLog);
}

const envelope = (resource_type: string, data: object): string =>
  JSON.stringify({ event: { resource_type, action: "create", data } });

const idIn = (records: RecordLookup<{ readonly id: string }>, id: Reference): string | null =>
  id === "" ? null : (records.get(id)?.id ?? String(id));

/** ISO 8601 in UTC to the second, the vendor's form. */
const timestamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
