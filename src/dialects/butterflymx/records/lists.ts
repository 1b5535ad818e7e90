// GET of records of the model: lists in pages with filters, and single ones. A record outside of what the key sees does not
// exist for it.

import { notFound } from "../error-responses.ts";
import { pageOf } from "../page.ts";
import type { RestCall, RestRoute } from "../rest-route.ts";
import { filtered } from "./filters.ts";
import type { KeyReader } from "./key-secrets.ts";
import { type SightDeps, sightFor } from "./organization.ts";
import {
  showAccessPoint,
  showAccessTool,
  showBuilding,
  showDevice,
  showKeychain,
  type Shown,
  showTenant,
  showUnit,
  showVirtualKey,
} from "./show.ts";
import {
  accessPointsIn,
  accessToolsIn,
  devicesIn,
  keychainsIn,
  type Sight,
  tenantsIn,
  unitsIn,
  virtualKeysIn,
} from "./sight.ts";

export interface ListDeps extends SightDeps {
  readonly keyReader: KeyReader;
}

type List = (sight: Sight, call: RestCall) => readonly Shown[] | Promise<readonly Shown[]>;

const self: List = (sight, { query }) =>
  (query["scope"] === "self" ? (sight.selves ?? []) : tenantsIn(sight)).map(showTenant);

const lists = ({ keyReader }: ListDeps): Readonly<Record<string, List>> => ({
  buildings: (sight) => [...sight.buildings].map(showBuilding),
  units: (sight) => unitsIn(sight).map(showUnit),
  tenants: self,
  access_points: (sight) => accessPointsIn(sight).map(showAccessPoint),
  devices: (sight) => devicesIn(sight).map(showDevice),
  access_tools: async (sight, call) => {
    const tools = accessToolsIn(sight);
    const codes = await keyReader.codes(sight, call, tools);
    return tools.map((tool) => showAccessTool(tool, codes.get(tool.id) ?? null));
  },
  keychains: (sight) => keychainsIn(sight).map((keychain) => showKeychain(keychain, sight.model)),
  virtual_keys: async (sight, call) => {
    const keys = virtualKeysIn(sight);
    const secrets = await keyReader.secrets(sight, call, keys);
    return keys.map((key) => showVirtualKey(key, secrets(key)));
  },
});

export function listRoutes(deps: ListDeps): readonly RestRoute[] {
  const routes = Object.entries(lists(deps)).flatMap(([name, list]): RestRoute[] => [
    {
      method: "GET",
      path: `/v4/${name}`,
      handle: async (call) => {
        const sight = await sightFor(deps, call);
        const records = sight === null ? [] : await list(sight, call);
        return { status: 200, body: pageOf(filtered(records, call.query), call.query) };
      },
    },
    {
      method: "GET",
      path: `/v4/${name}/:id`,
      handle: async (call) => {
        const sight = await sightFor(deps, call);
        const records = sight === null ? [] : await list(sight, { ...call, query: {} });
        const found = records.find(({ id }) => String(id) === call.params["id"]);
        if (found === undefined) throw notFound();
        return { status: 200, body: { data: found } };
      },
    },
  ]);
  return [...routes, schedules(deps), capabilities(deps)];
}

/** When a door stands open by itself. */
const schedules = (deps: ListDeps): RestRoute => ({
  method: "GET",
  path: "/v4/access_points/:id/schedules",
  handle: async (call) => {
    const sight = await sightFor(deps, call);
    const door = sight === null ? undefined : sight.model.accessPoints.get(call.params["id"]!);
    if (sight === null || door === undefined || !sight.buildings.has(door.building)) throw notFound();
    const given = door.record.schedules ?? door.record.open_hours;
    return { status: 200, body: pageOf(Array.isArray(given) ? given : [], call.query) };
  },
});

const capabilities = (deps: ListDeps): RestRoute => ({
  method: "GET",
  path: "/v4/buildings/:id/capabilities",
  handle: async (call) => {
    const sight = await sightFor(deps, call);
    const building = sight?.model.buildings.get(call.params["id"]!);
    if (sight === null || building === undefined || !sight.buildings.has(building)) throw notFound();
    const data = { delivery_pass_enabled: true, delivery_pickup_pins_enabled: false, user_photo_required: false };
    return { status: 200, body: { data } };
  },
});
