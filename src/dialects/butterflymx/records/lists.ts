// GET of records of the model: lists in pages with filters, and single ones. A record outside of what the key sees does not
// exist for it.

import { integer } from "../../../building/reference.ts";
import { notFound } from "../error-responses.ts";
import { listParameters, listQuery, paging } from "../openapi/requests.ts";
import { one, open, page, text, told } from "../openapi/schema.ts";
import { pageOf } from "../page.ts";
import type { RestCall, RestRoute } from "../rest-route.ts";
import { filtered } from "./filters.ts";
import { type KeyReader, noSecrets } from "./key-secrets.ts";
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

interface List {
  /** Its name in the OpenAPI document. */
  readonly record: string;
  /** In the order of the model, without secrets. */
  readonly records: (sight: Sight, call: RestCall) => readonly Shown[];
  /** The same records with their secrets. Only of what is answered: each reading may go into the audit. */
  readonly reveal?: (sight: Sight, call: RestCall, answered: readonly Shown[]) => Promise<readonly Shown[]>;
}

const lists = ({ keyReader }: ListDeps): Readonly<Record<string, List>> => ({
  buildings: { record: "Building", records: (sight) => [...sight.buildings].map(showBuilding) },
  units: { record: "Unit", records: (sight) => unitsIn(sight).map(showUnit) },
  tenants: {
    record: "Tenant",
    records: (sight, { query }) =>
      (query["scope"] === "self" ? (sight.selves ?? []) : tenantsIn(sight)).map(showTenant),
  },
  access_points: { record: "AccessPoint", records: (sight) => accessPointsIn(sight).map(showAccessPoint) },
  devices: { record: "Device", records: (sight) => devicesIn(sight).map(showDevice) },
  access_tools: {
    record: "AccessTool",
    records: (sight) => accessToolsIn(sight).map((tool) => showAccessTool(tool, null)),
    async reveal(sight, call, answered) {
      const tools = those(accessToolsIn(sight), answered, ({ number }) => number);
      const codes = await keyReader.codes(sight, call, tools);
      return tools.map((tool) => showAccessTool(tool, codes.get(tool.id) ?? null));
    },
  },
  keychains: {
    record: "Keychain",
    records: (sight) => keychainsIn(sight).map((keychain) => showKeychain(keychain, sight.model)),
  },
  virtual_keys: {
    record: "VirtualKey",
    records: (sight) => virtualKeysIn(sight).map((key) => showVirtualKey(key, noSecrets)),
    async reveal(sight, call, answered) {
      const keys = those(virtualKeysIn(sight), answered, ({ id }) => integer(id));
      const secrets = await keyReader.secrets(sight, call, keys);
      return keys.map((key) => showVirtualKey(key, secrets(key)));
    },
  },
});

/** What these records show, in the order of the model. */
function those<Item>(items: readonly Item[], shown: readonly Shown[], idOf: (item: Item) => unknown): readonly Item[] {
  const ids = new Set(shown.map(({ id }) => id));
  return items.filter((item) => ids.has(idOf(item)));
}

export function listRoutes(deps: ListDeps): readonly RestRoute[] {
  const routes = Object.entries(lists(deps)).flatMap(([name, { record, records, reveal }]): RestRoute[] => [
    {
      method: "GET",
      path: `/v4/${name}`,
      document: {
        summary: `Lists the ${spoken(name)} that the key sees.`,
        query: queryOf(name),
        answers: { 200: page(record) },
      },
      handle: async (call) => {
        const sight = await sightFor(deps, call);
        const page = pageOf(filtered(sight === null ? [] : records(sight, call), call.query), call.query);
        if (sight === null || reveal === undefined) return { status: 200, body: page };
        return { status: 200, body: { ...page, data: await reveal(sight, call, page.data) } };
      },
    },
    {
      method: "GET",
      path: `/v4/${name}/:id`,
      document: { summary: `Shows one of the ${spoken(name)} that the key sees.`, answers: { 200: one(record) } },
      handle: async (call) => {
        const sight = await sightFor(deps, call);
        const all = sight === null ? [] : records(sight, { ...call, query: {} });
        const found = all.find(({ id }) => String(id) === call.params["id"]);
        if (sight === null || found === undefined) throw notFound();
        const [data] = reveal === undefined ? [found] : await reveal(sight, call, [found]);
        return { status: 200, body: { data } };
      },
    },
  ]);
  return [...routes, schedules(deps), capabilities(deps)];
}

const spoken = (name: string): string => name.replace("_", " ");
const queryOf = (name: string) =>
  name === "tenants" ? open({ ...listParameters, scope: told(text, "`self`: those of the key itself.") }) : listQuery;

/** When a door stands open by itself. */
const schedules = (deps: ListDeps): RestRoute => ({
  method: "GET",
  path: "/v4/access_points/:id/schedules",
  document: {
    summary: "Lists when a door stands open by itself.",
    query: open(paging),
    answers: { 200: page("Schedule") },
  },
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
  document: { summary: "Says which passes a building offers.", answers: { 200: one("Capabilities") } },
  handle: async (call) => {
    const sight = await sightFor(deps, call);
    const building = sight?.model.buildings.get(call.params["id"]!);
    if (sight === null || building === undefined || !sight.buildings.has(building)) throw notFound();
    const data = { delivery_pass_enabled: true, delivery_pickup_pins_enabled: false, user_photo_required: false };
    return { status: 200, body: { data } };
  },
});
