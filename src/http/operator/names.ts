// GET /v1/names: the names of what a key may see, for keys of buildings and tenants above all, which read no building model. Pages
// say by it "Main Entrance" where deliveries and sensors have an id.

import { z } from "zod";
import type { Building, BuildingModel, Tenant } from "../../building/building.ts";
import { listedOrganization, notFound, subscriptionReaders } from "../../auth/authorize.ts";
import type { Principal } from "../../model/principal.ts";
import { type Route, route } from "../route.ts";
import { onlyOrganization } from "./building-model.ts";
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

export function nameRoutes(deps: OperatorDeps): readonly Route[] {
  const { place, clock } = deps;
  return [
    route({
      method: "GET",
      path: "/v1/names",
      summary: "Names of the places, doors and people that the key may see.",
      roles: subscriptionReaders,
      query: z.strictObject({ organization: z.string().optional() }),
      answer: z.object({
        timezone: z.string().nullable().describe("Of the buildings; null where they are in several."),
        data: z.array(nameSchema),
      }),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization) ?? (await onlyOrganization(deps));
        const model = await place.model(organization);
        if (model === null) throw notFound("organization");
        const selves = who.role === "tenant" ? activeTenants(who, model, clock.now()) : null;
        const buildings = new Set(selves === null ? seenBy(who, model) : selves.map(({ building }) => building));
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

const seenBy = ({ role, targets }: Principal, model: BuildingModel): readonly Building[] =>
  [...model.buildings].filter(({ id }) => role !== "building" || targets.includes(id));

/** What every role sees: the buildings with their doors and panels. */
function doors(model: BuildingModel, buildings: ReadonlySet<Building>): readonly Named[] {
  const within = <Item extends { readonly building: Building }>(items: Iterable<Item>): readonly Item[] =>
    [...items].filter(({ building }) => buildings.has(building));
  return [
    ...[...buildings].map(({ id, number, name }) => named("building", { id, number, name }, id)),
    ...within(model.accessPoints).map((each) => named("door", each, each.building.id)),
    ...within(model.devices).map((each) => named("panel", each, each.building.id)),
  ];
}

/** What a tenant does not see. */
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
