// What happens at doors and panels in the scope matrix: every kind of event by everything that it can name, and the tenants whom
// that concerns, written down by hand.

import type { AccessFact, CallFact, CallStatusFact, EntryMethod } from "../../../../src/model/fact.ts";
import { accessFact, callFact } from "../../../fixtures/door-facts.ts";
import { type KeyName, numberOf, numbers, type Owner } from "./place.ts";

type Tenant = Extract<KeyName, "tenant1" | "mate" | "tenantB">;

interface Naming {
  readonly home: "a" | "b";
  readonly tenant?: Owner;
  readonly unit?: Owner;
  readonly method?: EntryMethod;
  readonly name?: string;
  /** Whom it concerns, with `tenant_scope: "unit"` and with `"own"`. */
  readonly concerns: Readonly<Record<"unit" | "own", readonly Tenant[]>>;
}

const both: readonly Tenant[] = ["tenant1", "mate"];
const keychain = (owner: Owner): EntryMethod => ({ keychain: numberOf("keychains", owner)! });
const tool = (owner: Owner): EntryMethod => ({ access_tool: numberOf("access_tools", owner)! });

/** Of entries and calls. */
const people: Readonly<Record<string, Naming>> = {
  "a tenant": { home: "a", tenant: "tenant1", concerns: { unit: both, own: ["tenant1"] } },
  "a tenant and the unit": { home: "a", tenant: "mate", unit: "unit", concerns: { unit: both, own: ["mate"] } },
  "the unit alone": { home: "a", unit: "unit", concerns: { unit: both, own: both } },
  "a neighbour": { home: "a", tenant: "neighbour", unit: "neighbour", concerns: { unit: [], own: [] } },
  nobody: { home: "a", concerns: { unit: [], own: [] } },
  "a tenant of the other building": { home: "b", tenant: "tenantB", concerns: { unit: ["tenantB"], own: ["tenantB"] } },
  "a tenant at the door of another building": { home: "b", tenant: "tenant1", concerns: { unit: [], own: [] } },
};
/** Of entries only. */
const things: Readonly<Record<string, Naming>> = {
  "a tenant's keychain": { home: "a", method: keychain("tenant1"), concerns: { unit: both, own: ["tenant1"] } },
  "a mate's tool": { home: "a", method: tool("mate"), concerns: { unit: both, own: ["mate"] } },
  "the unit's keychain": { home: "a", method: keychain("unit"), concerns: { unit: both, own: both } },
  "a neighbour's tool": { home: "a", method: tool("neighbour"), concerns: { unit: [], own: [] } },
  "a keychain that nobody knows, and the unit": {
    home: "a",
    method: { keychain: 777 },
    unit: "unit",
    concerns: { unit: both, own: [] },
  },
  "a person's name, and the unit": { home: "a", name: "Somebody", unit: "unit", concerns: { unit: both, own: [] } },
  "a keychain of the other building": {
    home: "b",
    method: keychain("tenantB"),
    concerns: { unit: ["tenantB"], own: ["tenantB"] },
  },
};

export interface Happening {
  readonly what: string;
  readonly home: "a" | "b";
  readonly fact: AccessFact | CallFact | CallStatusFact;
  readonly concerns: Naming["concerns"];
}

/** Of all three kinds. Entries and calls have numbers from 1000 on, and the guid of a call is its number. */
export function happenings(at: number): readonly Happening[] {
  let number = 1000;
  const entries = Object.entries({ ...people, ...things }).map(([what, naming]): Happening => {
    const { home, concerns } = naming;
    return { what: `an entry that names ${what}`, home, concerns, fact: entryOf(naming, ++number, at) };
  });
  const calls = Object.entries(people).flatMap(([what, naming]): Happening[] => {
    const { home, concerns } = naming;
    const fact = callOf(naming, ++number, at);
    const status = { ...fact, kind: "call_status" as const, told: true };
    return [
      { what: `a call that names ${what}`, home, concerns, fact },
      { what: `the status of a call that names ${what}`, home, concerns, fact: status },
    ];
  });
  return [...entries, ...calls];
}

const tenantOf = ({ tenant }: Naming): number | null => (tenant === undefined ? null : numberOf("tenants", tenant)!);
const unitOf = ({ unit }: Naming): number | null => (unit === undefined ? null : numberOf("units", unit)!);

function entryOf(naming: Naming, id: number, at: number): AccessFact {
  const { home, method = null, name = null } = naming;
  const [tenant_id, unit] = [tenantOf(naming), unitOf(naming)];
  const data = { id, access_point: numbers.access_points[home], tenant_id, unit, entry_method: method, name };
  return accessFact(data, { building: String(numbers.buildings[home]), at });
}

function callOf(naming: Naming, id: number, at: number): CallFact {
  const { home } = naming;
  const [tenant, unit] = [tenantOf(naming), unitOf(naming)];
  const data = {
    id,
    guid: String(id),
    building_id: numbers.buildings[home],
    recipient: tenant === null ? { id: null, type: "Attendant" } : { id: tenant, type: "Tenant" },
    unit: unit === null ? null : { id: unit },
    device: { id: numbers.devices[home], name: "Panel" },
    status: "initializing",
  };
  return callFact(data, { building: String(numbers.buildings[home]), at });
}

/** The keys that read it, and those whose integrations get it. */
export const readers = ({ home, concerns }: Happening, scope: "unit" | "own"): readonly KeyName[] => [
  home === "a" ? "adminA" : "adminB",
  ...concerns[scope],
  "viewer",
];
export const receivers = (happening: Happening, scope: "unit" | "own"): readonly KeyName[] =>
  readers(happening, scope).filter((key) => key !== "viewer");
