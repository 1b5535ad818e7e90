// The place of the scope matrix: two buildings of one organization, and for every kind of record one of each owner. And who may
// see what is whose: the rule that the matrix holds the API to, written down once more and by hand.

import type { ModelDocument } from "../../../../src/building/document.ts";

/** The keys that have a principal behind them. `foreign` is of another organization. */
export const keys = ["adminA", "adminB", "tenant1", "mate", "tenantB", "viewer", "foreign"] as const;
export type KeyName = (typeof keys)[number];
/** Those that have none. */
export const nobodies = ["revoked", "anonymous"] as const;

/** Whose a record is. `a` and `b`: the building's, for all in it; `unit`: of the unit of tenant1 and mate, and nobody's in
 * particular; `neighbour`: of somebody else in building a. */
export const owners = ["a", "unit", "tenant1", "mate", "neighbour", "b", "tenantB"] as const;
export type Owner = (typeof owners)[number];

export const sees: Readonly<Record<Owner, readonly KeyName[]>> = {
  a: ["adminA", "tenant1", "mate", "viewer"],
  unit: ["adminA", "tenant1", "mate", "viewer"],
  tenant1: ["adminA", "tenant1", "viewer"],
  mate: ["adminA", "mate", "viewer"],
  neighbour: ["adminA", "viewer"],
  b: ["adminB", "tenantB", "viewer"],
  tenantB: ["adminB", "tenantB", "viewer"],
};
/** Who manages the integrations of a building or tenant. */
export const manages: Readonly<Partial<Record<Owner, readonly KeyName[]>>> = {
  a: ["adminA"],
  tenant1: ["adminA", "tenant1"],
  mate: ["adminA", "mate"],
  neighbour: ["adminA"],
  b: ["adminB"],
  tenantB: ["adminB", "tenantB"],
};

export const homeOf = (owner: Owner): "a" | "b" => (owner === "b" || owner === "tenantB" ? "b" : "a");

type Numbers = Readonly<Partial<Record<Owner, number>>>;
const credentials = (first: number): Numbers => ({
  unit: first,
  tenant1: first + 1,
  mate: first + 2,
  neighbour: first + 3,
  tenantB: first + 100,
});

/** The numbers of all records, by kind and owner. */
export const numbers = {
  buildings: { a: 100, b: 200 },
  access_points: { a: 130, b: 230 },
  devices: { a: 140, b: 240 },
  units: { unit: 110, neighbour: 111, tenantB: 210 },
  tenants: { tenant1: 121, mate: 122, neighbour: 123, tenantB: 221 },
  keychains: credentials(150),
  virtual_keys: credentials(160),
  access_tools: credentials(170),
} as const satisfies Readonly<Record<string, Numbers>>;
/** A number that no record has. */
export const absent = 999;

export const numberOf = (kind: keyof typeof numbers, owner: Owner): number | undefined =>
  (numbers[kind] as Numbers)[owner];

const named = (number: number) => ({ id: String(number), butterflymx_id: number });

function buildingDocument(home: "a" | "b", scope: "unit" | "own") {
  const here = (kind: keyof typeof numbers, make: (owner: Owner) => object): object[] =>
    owners.flatMap((owner) => {
      const number = numberOf(kind, owner);
      return number === undefined || homeOf(owner) !== home ? [] : [{ ...named(number), ...make(owner) }];
    });
  const holder = (owner: Owner) =>
    owner === "unit" ? { unit_id: "110" } : { tenant_id: String(numberOf("tenants", owner)) };
  return {
    ...named(numbers.buildings[home]),
    name: `Building ${home}`,
    tenant_scope: scope,
    access_points: here("access_points", () => ({ name: "Door" })),
    devices: here("devices", () => ({ name: "Panel" })),
    units: here("units", (owner) => ({ label: owner })),
    tenants: here("tenants", (owner) => ({
      unit_id: String(numberOf("units", owner === "tenant1" || owner === "mate" ? "unit" : owner)),
    })),
    keychains: here("keychains", (owner) => ({
      ...holder(owner),
      virtual_keys: [{ id: String(numberOf("virtual_keys", owner)) }],
    })),
    access_tools: here("access_tools", (owner) => ({ type: "pin", ...holder(owner) })),
  };
}

export const documentWith = (scope: "unit" | "own"): ModelDocument =>
  ({
    organization: { id: "org", name: "Organization" },
    sites: [
      {
        id: "site",
        name: "Site",
        timezone: "UTC",
        buildings: [buildingDocument("a", scope), buildingDocument("b", scope)],
      },
    ],
  }) as ModelDocument;
