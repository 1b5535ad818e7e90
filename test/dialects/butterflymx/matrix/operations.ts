// Every operation of the API in the scope matrix: how it is asked for a thing of each owner, how for one that does not exist, and
// who may. An operation without a row here fails the test.

import { requestFor } from "../fixture.ts";
import { absent, homeOf, type KeyName, manages, numberOf, numbers, type Owner, owners, sees } from "./place.ts";

export interface Ask {
  readonly url: string;
  readonly body?: object;
}

export interface Row {
  /** null: this owner has no such thing. */
  readonly ask: (owner: Owner, integration: number) => Ask | null;
  /** The same for a thing that does not exist. */
  readonly missing: (owner: Owner) => Ask;
  readonly may: (owner: Owner) => readonly KeyName[];
  readonly status: number;
  /** It changes something, so that the place is put back afterwards. */
  readonly writes?: true;
}

const writers = (owner: Owner): readonly KeyName[] => sees[owner].filter((key) => key !== "viewer");
type Kind = keyof typeof numbers;

const recordRow = (kind: Kind, more: Partial<Row> = {}, tail = ""): Row => ({
  ask: (owner) => {
    const number = numberOf(kind, owner);
    return number === undefined ? null : { url: `/v4/${kind}/${number}${tail}` };
  },
  missing: () => ({ url: `/v4/${kind}/${absent}${tail}` }),
  may: (owner) => sees[owner],
  status: 200,
  ...more,
});
const deletion: Partial<Row> = { may: writers, status: 204, writes: true };

/** A body that names a record of the owner. */
const bodyRow = (
  url: string,
  kind: Kind,
  body: (number: number, owner: Owner) => object,
  more: Partial<Row> = {},
): Row => ({
  ask: (owner) => {
    const number = numberOf(kind, owner);
    return number === undefined ? null : { url, body: body(number, owner) };
  },
  missing: (owner) => ({ url, body: body(absent, owner) }),
  may: writers,
  status: 201,
  writes: true,
  ...more,
});
const keychainRow = (type: string): Row =>
  bodyRow(`/v4/keychains/${type}`, "tenants", (tenant_id) => ({ keychain: { name: "Pass", tenant_id } }));

export const hook = { body: requestFor("https://hook.example/in") };
const integrationRows = (version: string, kind: "buildings" | "tenants"): Readonly<Record<string, Row>> => {
  const row = (tail: (id: number) => string, more: Partial<Row> = {}, body: Pick<Ask, "body"> = {}): Row => {
    const at = (parent: number, id: number): Ask => ({
      url: `/${version}/${kind}/${parent}/integrations${tail(id)}`,
      ...body,
    });
    return {
      ask: (owner, integration) => {
        const parent = numberOf(kind, owner);
        return parent === undefined ? null : at(parent, integration);
      },
      missing: () => at(absent, absent),
      may: (owner) => manages[owner] ?? [],
      status: 200,
      ...more,
    };
  };
  const all = `/${version}/${kind}/{parent}/integrations`;
  const one = (id: number) => `/${id}`;
  return {
    [`GET ${all}`]: row(() => ""),
    [`POST ${all}`]: row(() => "", {}, hook),
    [`GET ${all}/{id}`]: row(one),
    [`PUT ${all}/{id}`]: row(one, {}, hook),
    [`DELETE ${all}/{id}`]: row(one, { status: 204, writes: true }),
  };
};

/** Doors are opened for a tenant of the building, from an app. */
const tenantsOfBuilding = (owner: Owner): readonly KeyName[] =>
  (["tenant1", "mate", "tenantB"] as const).filter((key) => homeOf(key) === homeOf(owner));

export const rows: Readonly<Record<string, Row>> = {
  "GET /v4/buildings/{id}": recordRow("buildings"),
  "GET /v4/buildings/{id}/capabilities": recordRow("buildings", {}, "/capabilities"),
  "GET /v4/buildings/{building}/access_logs": recordRow("buildings", {}, "/access_logs"),
  "GET /v4/buildings/{building}/calls": recordRow("buildings", {}, "/calls"),
  "GET /v4/units/{id}": recordRow("units"),
  "GET /v4/tenants/{id}": recordRow("tenants"),
  "GET /v4/access_points/{id}": recordRow("access_points"),
  "GET /v4/access_points/{id}/schedules": recordRow("access_points", {}, "/schedules"),
  "GET /v4/devices/{id}": recordRow("devices"),
  "GET /v4/access_tools/{id}": recordRow("access_tools"),
  "GET /v4/keychains/{id}": recordRow("keychains"),
  "GET /v4/virtual_keys/{id}": recordRow("virtual_keys"),
  "DELETE /v4/keychains/{id}": recordRow("keychains", deletion),
  "DELETE /v4/virtual_keys/{id}": recordRow("virtual_keys", deletion),
  "POST /v4/keychains/custom": keychainRow("custom"),
  "POST /v4/keychains/delivery_pass": keychainRow("delivery_pass"),
  "POST /v4/keychains/one_time": keychainRow("one_time"),
  "POST /v4/keychains/recurring": keychainRow("recurring"),
  "POST /v4/virtual_keys": bodyRow("/v4/virtual_keys", "keychains", (keychain_id) => ({ keychain_id })),
  "POST /v4/access_tools/pins": bodyRow("/v4/access_tools/pins", "tenants", (tenant_id) => ({ pin: { tenant_id } })),
  "POST /v4/access_tools/rfid_tags": bodyRow("/v4/access_tools/rfid_tags", "tenants", (tenant_id) => ({
    rfid_tag: { identifier: "C97FBE9B", tenant_id },
  })),
  "PUT /v4/access_tools/pins/{id}": {
    ask: (owner) => {
      const number = numberOf("access_tools", owner);
      return number === undefined
        ? null
        : { url: `/v4/access_tools/pins/${number}`, body: { pin: { code: "336901" } } };
    },
    missing: () => ({ url: `/v4/access_tools/pins/${absent}`, body: { pin: { code: "336901" } } }),
    may: writers,
    status: 200,
    writes: true,
  },
  "DELETE /v4/access_tools/{id}": recordRow("access_tools", deletion),
  "POST /v4/door_release_requests": bodyRow("/v4/door_release_requests", "tenants", (tenant_id, owner) => ({
    door_release_request: { tenant_id, access_point_id: numbers.access_points[homeOf(owner)] },
  })),
  "POST /v3/me/open_door": bodyRow(
    "/v3/me/open_door",
    "devices",
    (id) => ({ data: { type: "door_release_requests", relationships: { panel: { data: { id } } } } }),
    { may: tenantsOfBuilding },
  ),
  ...integrationRows("v4", "buildings"),
  ...integrationRows("v4", "tenants"),
  ...integrationRows("v3", "buildings"),
  ...integrationRows("v3", "tenants"),
};

/** Operations that every valid key may ask, and what each then sees: `list` is a kind of record. */
export const lists: Readonly<Record<string, Kind>> = Object.fromEntries(
  (Object.keys(numbers) as Kind[]).map((kind) => [`GET /v4/${kind}`, kind]),
);
export const visible = (kind: Kind, key: KeyName): readonly number[] =>
  owners.flatMap((owner) => {
    const number = numberOf(kind, owner);
    return number !== undefined && sees[owner].includes(key) ? [number] : [];
  });

/** Operations about single entries and calls, which matrix.test.ts asks for every happening. */
export const ofHappenings = [
  "GET /v4/buildings/{building}/access_logs/{id}",
  "GET /v4/buildings/{building}/calls/{id}",
  "GET /v3/me/calls",
  "GET /v3/me/calls/{guid}/status",
  "POST /v3/notifications/{action}",
  "GET /v3/me",
] as const;
