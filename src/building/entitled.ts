// Which tenants an access log entry or a call concerns: what their webhooks send and what they may read. One function for both,
// so that a key never reads what its webhook would not get [design §4.14].

import type { AccessFact, CallFact, CallStatusFact, EntryMethod } from "../model/fact.ts";
import type { BuildingModel, Building, Credential, Tenant } from "./building.ts";
import type { Reference } from "./reference.ts";

/** What is said of a door or a panel. */
export type DoorFact = AccessFact | CallFact | CallStatusFact;

/** Why a tenant is concerned: `self`, it names the tenant or a pass or tool of theirs; `unit`, it names their unit and provably
 * no person; `mate`, it names their unit or somebody in it. */
export type Ground = "self" | "unit" | "mate";

export interface Grant {
  readonly tenant: string;
  /** Where the tenant lived then. */
  readonly unit: string;
  readonly ground: Ground;
}

/** Whom an entry or a call names. */
interface Named {
  readonly tenant: Reference | null;
  /** The visitor pass or tool that opened the door; undefined: one that the model does not know. */
  readonly credential: Credential | null | undefined;
  readonly unit: Reference | null;
  /** It has a name of somebody. */
  readonly named: boolean;
}

/** Each tenant once, with the best ground; none when only the building is concerned. By default everybody in a unit gets what names the unit or somebody in it; in a
 * building with `tenantScope: "own"` what names a person stays with that person. Never a tenant of another building, and none
 * who is inactive at `now`, epoch ms. */
export function grantsOf(fact: DoorFact, model: BuildingModel, now: number = fact.at): readonly Grant[] {
  const place = model.buildings.get(fact.building);
  if (place === undefined) return [];
  const named = fact.kind === "access" ? namedByEntry(fact, model) : namedByCall(fact);
  const grants = new Map<string, Grant>();
  for (const [{ id, unit, building, inactiveAfter }, ground] of concerned(named, place, model)) {
    if (building !== place || inactiveAfter <= now || grants.has(id)) continue;
    grants.set(id, { tenant: id, unit: unit.id, ground });
  }
  return [...grants.values()];
}

/** Whether a tenant who lives in `unit` now may still read what was granted then: who moves takes along what is theirs alone. */
export function stillGranted(
  { ground, unit: then }: Pick<Grant, "ground" | "unit">,
  unit: string,
  scope: Building["tenantScope"],
): boolean {
  if (ground === "self") return true;
  return then === unit && (ground === "unit" || scope === "unit");
}

function concerned(named: Named, place: Building, model: BuildingModel): readonly (readonly [Tenant, Ground])[] {
  const { tenant, credential, unit } = named;
  const person = tenant === null ? undefined : model.tenants.get(tenant);
  const people = [person, credential?.tenant].filter((each) => each !== undefined && each !== null);
  const selves = people.map((each) => [each, "self"] as const);
  const somebody = tenant !== null || credential === undefined || (credential?.tenant ?? null) !== null || named.named;
  if (somebody && place.tenantScope === "own") return selves;
  const home = unit === null ? undefined : model.units.get(unit);
  const homes = [home, credential?.unit, ...people.map((each) => each.unit)];
  const ground = somebody ? "mate" : "unit";
  const mates = homes.flatMap((each) => (each === undefined || each === null ? [] : model.tenantsOfUnit(each.id)));
  return [...selves, ...mates.map((each) => [each, ground] as const)];
}

/** `Unknown` is the vendor's word for nobody known [butterflymx.md §5.3]. */
function namedByEntry({ data }: AccessFact, model: BuildingModel): Named {
  return {
    tenant: data.tenant_id ?? null,
    unit: data.unit ?? null,
    credential: credentialOf(data.entry_method, model),
    named: (data.name ?? "") !== "" && data.name !== "Unknown",
  };
}

/** A call to an attendant names no tenant, whatever its recipient's id says. Whoever is called by a word that nobody knows is
 * a person. */
function namedByCall({ data }: CallFact | CallStatusFact): Named {
  const { type, id } = data.recipient;
  return {
    tenant: type === "Tenant" ? id : null,
    unit: data.unit?.id ?? null,
    credential: null,
    named: type !== "Tenant" && type !== "Attendant",
  };
}

function credentialOf(method: EntryMethod | undefined, model: BuildingModel): Credential | null | undefined {
  if (typeof method !== "object" || method === null) return null;
  return "keychain" in method ? model.keychains.get(method.keychain) : model.accessTools.get(method.access_tool);
}
