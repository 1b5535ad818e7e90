// GET /v1/names: the names of what a key of a building or a tenant may see, since such a key reads no building model. Pages say by it
// "Main Entrance" where deliveries and sensors have an id.

import { z } from "zod";
import type { Building, BuildingModel, Tenant } from "../../building/building.ts";
import type { Principal } from "../../model/principal.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";

const kinds = ["building", "floor", "room", "zone", "door", "panel", "unit", "tenant"] as const;

const nameSchema = z.object({
  kind: z.enum(kinds),
  id: z.string(),
  number: z.number().nullable().describe("By which the vendor's API knows it; null: that API does not have it."),
  name: z.string(),
  floor: z.string().nullable().describe("The floor it is on; null: it is on none."),
  building: z.string(),
});
type Named = z.input<typeof nameSchema>;

export function nameRoutes({ place, clock }: OperatorDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/names",
      summary: "Names of what a building's or tenant's key may see: such keys read no building model.",
      roles: ["building", "tenant"],
      answer: z.object({
        timezone: z.string().nullable().describe("Of the buildings; null where they are in several."),
        data: z.array(nameSchema),
      }),
      handle: async ({ who }) => {
        const model = who.organization === null ? null : await place.model(who.organization);
        if (model === null) return { timezone: null, data: [] };
        const selves = who.role === "tenant" ? activeTenants(who, model, clock.now()) : null;
        const buildings = new Set(selves === null ? buildingsOf(who, model) : selves.map(({ building }) => building));
        const zones = new Set([...buildings].map(({ site }) => site.timezone));
        return {
          timezone: zones.size === 1 ? [...zones][0]! : null,
          data: [...doors(model, buildings), ...(selves === null ? insides(model, buildings) : ownOf(selves))],
        };
      },
    }),
  ];
}

function activeTenants({ targets }: Principal, model: BuildingModel, now: number): readonly Tenant[] {
  return [...model.tenants].filter(({ id, inactiveAfter }) => targets.includes(id) && inactiveAfter > now);
}

const buildingsOf = ({ targets }: Principal, model: BuildingModel): readonly Building[] =>
  [...model.buildings].filter(({ id }) => targets.includes(id));

/** What both roles see: the buildings with their doors and panels. */
function doors(model: BuildingModel, buildings: ReadonlySet<Building>): readonly Named[] {
  const within = <Item extends { readonly building: Building }>(items: Iterable<Item>): readonly Item[] =>
    [...items].filter(({ building }) => buildings.has(building));
  return [
    ...[...buildings].map(({ id, number, name }) => named("building", { id, number, name }, id)),
    ...within(model.accessPoints).map((each) => named("door", each, each.building.id)),
    ...within(model.devices).map((each) => named("panel", each, each.building.id)),
  ];
}

/** What only the key of the building sees. */
function insides(model: BuildingModel, buildings: ReadonlySet<Building>): readonly Named[] {
  const floors = [...model.floors].filter(({ building }) => buildings.has(building));
  return [
    ...floors.flatMap((floor) => {
      const { rooms, zones } = model.spacesOfFloor(floor.id);
      const on = (kind: "floor" | "room" | "zone", each: { readonly id: string; readonly name: string }): Named =>
        named(kind, each, floor.building.id, floor.id);
      return [on("floor", floor), ...rooms.map((each) => on("room", each)), ...zones.map((each) => on("zone", each))];
    }),
    ...[...model.units].filter(({ building }) => buildings.has(building)).map(unitName),
    ...[...model.tenants].filter(({ building }) => buildings.has(building)).map(tenantName),
  ];
}

/** Of other tenants a tenant's key learns nothing. */
const ownOf = (selves: readonly Tenant[]): readonly Named[] => [
  ...[...new Set(selves.map(({ unit }) => unit))].map(unitName),
  ...selves.map(tenantName),
];

const unitName = ({ id, number, label, building }: Tenant["unit"]): Named =>
  named("unit", { id, number, name: label }, building.id);
const tenantName = (tenant: Tenant): Named => named("tenant", tenant, tenant.building.id);

function named(
  kind: Named["kind"],
  { id, number = null, name }: { readonly id: string; readonly number?: number | null; readonly name: string },
  building: string,
  floor: string | null = null,
): Named {
  return { kind, id, number, name, floor, building };
}
