// Requests to open a door: checked, recorded in the audit, handed to the bridge, and answered with what happened. It never
// pretends that a door opened.

import type { AccessPoint, Building, Device, Tenant } from "../../../building/building.ts";
import type { Clock } from "../../../clock.ts";
import type { DoorBridge } from "../../../delivery/door-bridge.ts";
import { BelfryError, type Problem } from "../../../errors.ts";
import type { Registry } from "../../../store/registry.ts";
import { invalid, notFound } from "../error-responses.ts";
import { doorReleaseBody, jsonBodies } from "../openapi/requests.ts";
import { one } from "../openapi/schema.ts";
import type { RestAnswer, RestCall, RestRoute } from "../rest-route.ts";
import { type SightDeps, sightFor } from "./organization.ts";
import { fieldsOf } from "./pass-fields.ts";
import { type Sight, tenantsIn } from "./sight.ts";

export interface DoorReleaseDeps extends SightDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  /** A UUID. */
  readonly newGuid: () => string;
  /** null: none has a secret. */
  readonly doorBridge: DoorBridge | null;
  /** Of buildings that name none of their own; null: they have none. */
  readonly doorBridgeUrl: string | null;
}

/** What is to be opened, by whom. */
export interface Release {
  readonly tenant: Tenant;
  readonly door: AccessPoint | null;
  readonly device: Device | null;
  readonly method: string;
}

const noBridge: Problem = {
  path: "base",
  code: "invalid",
  message: "No bridge to the doors of this building is set up, so nothing was opened. Ask whoever runs this server.",
};

export function doorReleaseRoutes(deps: DoorReleaseDeps): readonly RestRoute[] {
  return [
    {
      method: "POST",
      path: "/v4/door_release_requests",
      document: {
        summary: "Opens a door through the bridge. 201 only if the bridge says that it opened.",
        body: jsonBodies(doorReleaseBody),
        answers: { 201: one("DoorReleaseRequest") },
      },
      handle: async (call) => {
        const sight = await releasingSight(deps, call);
        return release(deps, call, sight, readRelease(sight, call));
      },
    },
  ];
}

/** What the key sees, where it may open anything at all. */
export async function releasingSight(deps: SightDeps, call: RestCall): Promise<Sight> {
  const sight = call.who.role === "viewer" || call.who.role === "ingest" ? null : await sightFor(deps, call);
  if (sight === null) throw notFound();
  return sight;
}

function readRelease(sight: Sight, { body }: RestCall): Release {
  const fields = fieldsOf(body, "door_release_request");
  const faults: Problem[] = [];
  const named = (field: string): string | null => {
    const value = fields[field] ?? "";
    return value === "" || (typeof value !== "string" && typeof value !== "number") ? null : String(value);
  };
  const [tenantId, doorId, deviceId] = ["tenant_id", "access_point_id", "device_id"].map(named);
  const tenant = tenantsIn(sight).find(({ id, number }) => tenantId === id || tenantId === String(number));
  if (tenant === undefined) faults.push(mustExist("tenant_id"));
  const within = <Item extends { readonly building: Building }>(found: Item | undefined) =>
    found !== undefined && found.building === tenant?.building ? found : null;
  const door = doorId == null ? null : within(sight.model.accessPoints.get(doorId));
  const device = deviceId == null ? null : within(sight.model.devices.get(deviceId));
  if ((doorId === null) === (deviceId === null)) {
    faults.push({
      path: "access_point_id",
      code: "invalid",
      message: "send exactly one of access_point_id and device_id",
    });
  } else if (tenant !== undefined && door === null && device === null) {
    faults.push(mustExist(doorId === null ? "device_id" : "access_point_id"));
  }
  if (faults.length > 0 || tenant === undefined) throw invalid(faults);
  return { tenant, door, device, method: "api" };
}

/** Throws 422 without a bridge, 409 where it refuses or is silent. */
export async function release(
  deps: DoorReleaseDeps,
  { who }: RestCall,
  { model }: Sight,
  { tenant, door, device, method }: Release,
): Promise<RestAnswer> {
  const url = tenant.building.record.door_bridge_url ?? deps.doorBridgeUrl;
  if (url === null || deps.doorBridge === null) throw invalid([noBridge]);
  const now = deps.clock.now();
  const at = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const data = {
    id: await deps.registry.allocate(1),
    guid: deps.newGuid(),
    tenant_id: tenant.number,
    access_point_id: door?.number ?? null,
    device_id: device?.number ?? null,
    release_method: method,
    created_at: at,
    updated_at: at,
  };
  const organization = model.organization.id;
  const note = (detail: object) =>
    deps.registry.audit({
      at: deps.clock.now(),
      actor: who.key,
      action: "door_release_request.create",
      object: String(data.id),
      detail: JSON.stringify({ organization, tenant: tenant.id, door: (door ?? device)?.id ?? null, ...detail }),
    });
  // Before the door: whoever opened it is known even if this process ends now.
  await note({});
  const opened = await deps.doorBridge.open({ organization, url, data });
  await note({ opened });
  if (opened) return { status: 201, body: { data } };
  throw new BelfryError(
    "CONFLICT",
    "The bridge of the door did not say that it opened: it refused, or did not answer within 5 seconds. Try again.",
  );
}

const mustExist = (path: string): Problem => ({ path, code: "blank", message: "must exist" });
