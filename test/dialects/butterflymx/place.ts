// Two buildings of one organization and one of another, with the numbers of the vendor's documented examples.

import type { Building, Lookup } from "../../../src/building/building.ts";
import type { ModelDocument } from "../../../src/building/document.ts";
import type { AccessFact, CallFact } from "../../../src/model/fact.ts";

export const northDocument: ModelDocument = {
  organization: { id: "org_north", name: "North" },
  sites: [
    {
      id: "site_1",
      name: "Quay",
      timezone: "America/New_York",
      buildings: [
        {
          id: "building_1",
          name: "One Quay",
          butterflymx_id: 577696272,
          access_points: [
            { id: "front", name: "Front", butterflymx_id: 22177636, device_ids: ["panel"] },
            { id: "garage", name: "Garage", butterflymx_id: 842395203 },
          ],
          devices: [{ id: "panel", name: "Main Entrance", butterflymx_id: 708353660 }],
          units: [
            { id: "unit_4b", label: "4B", butterflymx_id: 843107216 },
            { id: "unit_5a", label: "5A", butterflymx_id: 474917539 },
          ],
          tenants: [
            { id: "alia", unit_id: "unit_4b", butterflymx_id: 37112193 },
            { id: "duncan", unit_id: "unit_5a", butterflymx_id: 377389742 },
          ],
          keychains: [{ id: "pass", butterflymx_id: 254331397, tenant_id: "duncan" }],
          access_tools: [{ id: "fob", butterflymx_id: 61, tenant_id: "alia" }],
        },
        {
          id: "building_2",
          name: "Two Quay",
          butterflymx_id: 2,
          access_points: [{ id: "back", name: "Back", butterflymx_id: 21 }],
          units: [{ id: "unit_2", label: "2", butterflymx_id: 22 }],
          tenants: [{ id: "leto", unit_id: "unit_2", butterflymx_id: 23 }],
        },
      ],
    },
  ],
};

export const southDocument: ModelDocument = {
  organization: { id: "org_south", name: "South" },
  sites: [
    {
      id: "site_9",
      name: "Far",
      timezone: "UTC",
      buildings: [
        {
          id: "building_9",
          name: "Nine",
          butterflymx_id: 9,
          access_points: [{ id: "gate", name: "Gate", butterflymx_id: 91 }],
          units: [{ id: "unit_9", label: "9", butterflymx_id: 92 }],
          tenants: [{ id: "paul", unit_id: "unit_9", butterflymx_id: 93 }],
        },
      ],
    },
  ],
};

export const north = compiled(northDocument);
export const south = compiled(southDocument);

/** The rule of the guide in its plainest form: the tenant, the tenants of the unit, the owner of the credential. */
export function entitled(fact: AccessFact | CallFact, building: Building): readonly string[] {
  const found = new Set<string>();
  const tenant = fact.kind === "access" ? fact.data.tenant_id : fact.data.recipient.id;
  const unit = fact.kind === "access" ? fact.data.unit : (fact.data.unit?.id ?? null);
  const method = fact.kind === "access" ? fact.data.entry_method : null;
  const add = (id: string | undefined) => id !== undefined && found.add(id);
  if (tenant !== null) add(building.tenants.get(tenant)?.id);
  const unitId = unit === null ? undefined : building.units.get(unit)?.id;
  if (unitId !== undefined) for (const { id } of building.tenantsOfUnit(unitId)) add(id);
  if (typeof method === "object" && method !== null) {
    const credential =
      "keychain" in method ? building.keychains.get(method.keychain) : building.accessTools.get(method.access_tool);
    add(credential?.tenant?.id);
  }
  return [...found];
}

function compiled(document: ModelDocument): Building {
  const site = document.sites[0]!;
  const homes = (site.buildings ?? []).map((building) => ({
    document: building,
    record: {
      id: building.id,
      number: building.butterflymx_id!,
      name: building.name,
      site: { id: site.id, name: site.name, timezone: site.timezone },
      tenantScope: "unit" as const,
    },
  }));
  const each = <Item, Made extends { id: string; number: number }>(
    pick: (home: (typeof homes)[number]["document"]) => readonly Item[] | undefined,
    make: (item: Item, record: (typeof homes)[number]["record"]) => Made,
  ) =>
    lookup(
      homes.flatMap(({ document, record }) => (pick(document) ?? []).map((item) => make(item, record))),
    ) as Lookup<never>;
  const base = (item: { id: string; butterflymx_id?: number }, building: object) => ({
    id: item.id,
    number: item.butterflymx_id!,
    building,
  });
  const units = each(
    (home) => home.units,
    (unit, building) => ({ ...base(unit, building), label: unit.label }),
  );
  const tenants = each(
    (home) => home.tenants,
    (tenant, building) => ({
      ...base(tenant, building),
      name: tenant.id,
      unit: units.get(tenant.unit_id),
    }),
  );
  const credentials = (kind: "keychains" | "access_tools") =>
    each(
      (home) => home[kind],
      (item, building) => ({
        ...base(item, building),
        tenant: item.tenant_id === undefined ? null : tenants.get(item.tenant_id),
      }),
    );
  const none = lookup([]) as Lookup<never>;
  return {
    organization: document.organization,
    buildings: lookup(homes.map(({ record }) => record)),
    floors: none,
    rooms: none,
    zones: none,
    sensors: none,
    accessPoints: each(
      (home) => home.access_points,
      (item, building) => ({ ...base(item, building), name: item.name, devices: [] }),
    ),
    devices: each(
      (home) => home.devices,
      (item, building) => ({ ...base(item, building), name: item.name }),
    ),
    units,
    tenants,
    keychains: credentials("keychains"),
    accessTools: credentials("access_tools"),
    sensorsOfRoom: () => [],
    sensorsOfFloor: () => [],
    tenantsOfUnit: (unit) =>
      [...(tenants as Lookup<{ id: string; unit: { id: string } }>)].filter(
        (tenant) => tenant.unit.id === unit,
      ) as never[],
  };
}

function lookup<Item extends { id: string; number?: number }>(items: readonly Item[]): Lookup<Item> {
  const byName = new Map<string, Item>();
  for (const item of items) byName.set(String(item.number), item);
  for (const item of items) byName.set(item.id, item);
  return {
    get: (id) => byName.get(String(id)),
    size: items.length,
    [Symbol.iterator]: () => items[Symbol.iterator](),
  };
}
