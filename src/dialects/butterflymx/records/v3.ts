// What mobile clients ask of the older API [clients.md §2.3]: who they are, their calls, and to open the door for one. JSON:API:
// ids are text, records have relationships.

import type { Device, Tenant } from "../../../building/building.ts";
import { type CallLog, ringing } from "../../../model/fact.ts";
import type { EntryFilter, EntryView, History } from "../../../store/history.ts";
import { invalid, notFound } from "../error-responses.ts";
import { olderDocuments } from "../openapi/older.ts";
import type { RestCall, RestRoute } from "../rest-route.ts";
import { type DoorReleaseDeps, release, releasingSight } from "./door-release.ts";
import { visibleIn } from "./entries.ts";
import { sightFor } from "./organization.ts";
import type { Sight } from "./sight.ts";

export interface V3Deps extends DoorReleaseDeps {
  readonly history: Pick<History, "entries">;
}

const mostCalls = 50;

export function v3Routes(deps: V3Deps): readonly RestRoute[] {
  const calls = async (sight: Sight | null, more: Partial<EntryFilter> = {}): Promise<readonly EntryView[]> => {
    const pages = [...(sight?.buildings ?? [])].map((building) =>
      deps.history.entries({ ...visibleIn(sight!, building, "call"), ...more }, mostCalls, 0),
    );
    const found = (await Promise.all(pages)).flatMap(({ items }) => items);
    return found.toSorted((a, b) => b.number - a.number).slice(0, mostCalls);
  };

  const callOf = async (sight: Sight | null, guid: string | undefined): Promise<CallLog> => {
    const [found] = guid === undefined ? [] : await calls(sight, { guid });
    if (found === undefined) throw notFound();
    return JSON.parse(found.data) as CallLog;
  };

  /** The key's tenant in the building of the panel. */
  const openFor = async (call: RestCall, sight: Sight, device: Device | undefined, method: string) => {
    const tenant = sight.selves?.find(({ building }) => building === device?.building);
    if (device === undefined || tenant === undefined) {
      throw invalid([{ path: "panel", code: "blank", message: "must exist, in a building where you are a tenant" }]);
    }
    return release(deps, call, sight, { tenant, door: null, device, method });
  };

  return [
    {
      method: "GET",
      path: "/v3/me",
      document: olderDocuments.me,
      handle: async (call) => ({ status: 200, body: showMe(await sightFor(deps, call), call.who.key) }),
    },
    {
      method: "GET",
      path: "/v3/me/calls",
      document: olderDocuments.calls,
      handle: async (call) => {
        const found = await calls(await sightFor(deps, call));
        return { status: 200, body: { data: found.map(({ data }) => showCall(JSON.parse(data) as CallLog)) } };
      },
    },
    {
      method: "GET",
      path: "/v3/me/calls/:guid/status",
      document: olderDocuments.status,
      handle: async (call) => {
        const found = await callOf(await sightFor(deps, call), call.params["guid"]);
        const { status, logged_at: created_at } = found;
        const attributes = { status, multiple_devices: false, created_at };
        const data = { id: found.guid, type: "call_statuses", attributes };
        return { status: 200, body: { data, included: [showCall(found)] } };
      },
    },
    {
      method: "POST",
      path: "/v3/me/open_door",
      document: olderDocuments.openDoor,
      handle: async (call) => {
        const sight = await releasingSight(deps, call);
        const panel =
          textAt(call.body, "relationships", "panel", "data", "id") ??
          textAt(call.body, "relationships", "device", "data", "id");
        const method = textAt(call.body, "attributes", "release_method") ?? "front_door_view";
        return openFor(call, sight, panel === null ? undefined : sight.model.devices.get(panel), method);
      },
    },
    {
      method: "POST",
      path: "/v3/notifications/:action",
      document: olderDocuments.notify,
      handle: async (call) => {
        const { action } = call.params;
        if (!notifications.has(action!)) throw notFound();
        // Belfry carries neither sound nor picture: there is nothing to end, to accept or to switch.
        if (action !== "open_door") return { status: 200, body: {} };
        const sight = await releasingSight(deps, call);
        const { device } = await callOf(sight, textAt(call.body, "attributes", "call_guid") ?? undefined);
        return openFor(
          call,
          sight,
          device === null ? undefined : sight.model.devices.get(device.id),
          "front_door_view",
        );
      },
    },
  ];
}

const notifications: ReadonlySet<string> = new Set([
  "open_door",
  "call_ended",
  "call_accepted",
  "is_active",
  "toggle_camera",
]);

function showCall(call: CallLog) {
  const { id, guid, status, notification_type, device, provider = null, image_url, logged_at } = call;
  return {
    id: String(id),
    type: "calls",
    attributes: {
      guid,
      call_type: "mobile",
      notification_type,
      status: status ?? ringing,
      display_status: (status ?? ringing).replaceAll("_", " "),
      panel_id: device?.id ?? null,
      panel_name: device?.name ?? null,
      provider,
      thumb_url: image_url,
      medium_url: image_url,
      created_at: logged_at,
      logged_at,
    },
    relationships: { panel: { data: device === null ? null : { id: String(device.id), type: "panels" } } },
  };
}

/** A key that is no tenant's has none. */
function showMe(sight: Sight | null, key: string) {
  const tenants = sight?.selves ?? [];
  const [first] = tenants;
  const buildings = [...new Set(tenants.map(({ building }) => building))];
  const devices = buildings.flatMap((building) =>
    [...(sight?.model.devices ?? [])].filter((device) => device.building === building),
  );
  const panels = devices.filter(({ record }) => (record.type ?? "panel") === "panel");
  const refs = (type: string, all: readonly { readonly number: number }[]) => ({
    data: all.map(({ number }) => ({ id: String(number), type })),
  });
  return {
    data: {
      id: String(first?.number ?? key),
      type: "users",
      attributes: {
        name: first?.fullName ?? null,
        email: first?.record.email ?? null,
        phone_number: null,
        contact_preference: "mobile_app",
        avatar: null,
      },
      relationships: { tenants: refs("tenants", tenants) },
    },
    included: [
      ...tenants.map((tenant) => showTenant(tenant, panels, devices, refs)),
      ...buildings.map(({ number, name }) => ({
        id: String(number),
        type: "buildings",
        attributes: { name, open_door_button_enabled: true },
      })),
      ...panels.map(({ number, name }) => ({ id: String(number), type: "panels", attributes: { name } })),
      ...devices.map(({ number, name }) => ({ id: String(number), type: "devices", attributes: { name } })),
      ...[...new Set(tenants.map(({ unit }) => unit))].map(({ number, label }) => ({
        id: String(number),
        type: "units",
        attributes: { label, unit_type: "residential" },
      })),
    ],
  };
}

function showTenant(
  { number, building, unit, fullName }: Tenant,
  panels: readonly Device[],
  devices: readonly Device[],
  refs: (type: string, all: readonly Device[]) => object,
) {
  const here = (all: readonly Device[]) => all.filter((each) => each.building === building);
  return {
    id: String(number),
    type: "tenants",
    attributes: { name: fullName },
    relationships: {
      building: { data: { id: String(building.number), type: "buildings" } },
      unit: { data: { id: String(unit.number), type: "units" } },
      panels: refs("panels", here(panels)),
      devices: refs("devices", here(devices)),
    },
  };
}

/** `data[a][b]` of a form, or the same path in JSON. Null: there is no text. */
function textAt(body: unknown, ...path: readonly string[]): string | null {
  const flat = (Object(body) as Record<string, unknown>)[`data[${path.join("][")}]`];
  const nested = ["data", ...path].reduce<unknown>((at, name) => (Object(at) as Record<string, unknown>)[name], body);
  const found = flat ?? nested;
  return typeof found === "string" || typeof found === "number" ? String(found) : null;
}
