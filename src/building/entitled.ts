// Which tenants an access log entry or a call concerns: their subscriptions get it, beside the building's own.

import type { BuildingModel, Building, Credential, Tenant } from "./building.ts";
import type { Reference } from "./reference.ts";
import type { AccessFact, CallFact, EntryMethod } from "../model/fact.ts";

/** Whom an entry or a call names. */
interface Named {
  /** The person that it says acted or was called; null: nobody in particular. */
  readonly tenant: Reference | null;
  /** The visitor pass or tool that opened the door. */
  readonly credential: Credential | null;
  readonly unit: Reference | null;
}

/** Ids of tenants, each once; none when only the building is concerned. By default everybody in a unit gets what names
 * the unit; in a building with `tenantScope: "own"` what names a person stays with that person [design §4.14,
 * butterflymx.md §5.6]. Never a tenant of another building. */
export function entitledTenants(fact: AccessFact | CallFact, model: BuildingModel): readonly string[] {
  const place = model.buildings.get(fact.building);
  if (place === undefined) return [];
  const named = fact.kind === "access" ? namedByEntry(fact, model) : namedByCall(fact);
  return [...new Set(concerned(named, place, model).filter((tenant) => tenant.building === place))].map(({ id }) => id);
}

function concerned({ tenant, credential, unit }: Named, place: Building, model: BuildingModel): readonly Tenant[] {
  const person = tenant === null ? undefined : model.tenants.get(tenant);
  const people = [person, credential?.tenant].filter((each) => each !== undefined && each !== null);
  const somebody = tenant !== null || (credential !== null && credential.tenant !== null);
  if (somebody && place.tenantScope === "own") return people;
  const home = unit === null ? undefined : model.units.get(unit);
  const mates = home === undefined ? [] : model.tenantsOfUnit(home.id);
  // A pass of nobody in particular belongs to everybody in its unit.
  const holders =
    credential === null || credential.tenant !== null || credential.unit === null
      ? []
      : model.tenantsOfUnit(credential.unit.id);
  return [...people, ...mates, ...holders];
}

function namedByEntry({ data }: AccessFact, model: BuildingModel): Named {
  return {
    tenant: data.tenant_id ?? null,
    unit: data.unit ?? null,
    credential: credentialOf(data.entry_method, model),
  };
}

/** A call to an attendant names no tenant, whatever its recipient's id says. */
function namedByCall({ data }: CallFact): Named {
  return {
    tenant: data.recipient.type === "Tenant" ? data.recipient.id : null,
    unit: data.unit?.id ?? null,
    credential: null,
  };
}

function credentialOf(method: EntryMethod | undefined, model: BuildingModel): Credential | null {
  if (typeof method !== "object" || method === null) return null;
  const found = "keychain" in method ? model.keychains.get(method.keychain) : model.accessTools.get(method.access_tool);
  return found ?? null;
}
