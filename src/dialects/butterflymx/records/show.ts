// Records of the model as the vendor's API shows them [clients.md §2.2]: integers for ids, ISO 8601 for times. Pure.

import type { AccessPoint, Building, Credential, Device, Tenant, Unit } from "../../../building/building.ts";
import { integer } from "../../../building/reference.ts";
import type { VirtualKey } from "./sight.ts";

export type Shown = Readonly<Record<string, unknown>>;

/** Records of the model may say when they were made; clients want a time in any case. */
const longAgo = "2020-01-01T00:00:00Z";

type Documented = Readonly<Record<string, unknown>>;
const of = (record: object): Documented => record as Documented;

function times(record: object): { readonly created_at: unknown; readonly updated_at: unknown } {
  const created_at = of(record)["created_at"] ?? longAgo;
  return { created_at, updated_at: of(record)["updated_at"] ?? created_at };
}

export function showBuilding({ number, name, site, record }: Building): Shown {
  const address = (of(record)["address"] ?? {}) as Documented & { readonly lines?: readonly string[] };
  return {
    id: number,
    name,
    time_zone: site.timezone,
    address: {
      address: address["address"] ?? address.lines?.join(", ") ?? null,
      city: address["city"] ?? null,
      county: address["county"] ?? null,
      state: address["state"] ?? null,
      zip_code: address["zip_code"] ?? null,
      country: address["country"] ?? null,
    },
    ...times(record),
  };
}

export function showUnit({ number, label, building, record }: Unit): Shown {
  return { id: number, label, floor: record.floor ?? null, building_id: building.number, ...times(record) };
}

/** `full_name` is null in production where nobody has set one. */
export function showTenant({ number, building, unit, record }: Tenant): Shown {
  return {
    id: number,
    first_name: record.first_name ?? null,
    last_name: record.last_name ?? null,
    full_name: record.full_name ?? null,
    email: record.email ?? null,
    building_id: building.number,
    building_name: building.name,
    building_timezone: building.site.timezone,
    unit: { id: unit.number, label: unit.label, floor: unit.record.floor ?? null, ...times(unit.record) },
    kind: record.kind ?? "resident",
    contact_preference: "mobile_app",
    registration_status: "registered",
    invitation: null,
    inactive_after: record.inactive_after ?? null,
    notification_preference: null,
    ...times(record),
  };
}

export function showAccessPoint({ number, name, building, devices, record }: AccessPoint): Shown {
  const open_hours = record.open_hours ?? [];
  const device_ids = devices.map((device) => device.number);
  return { id: number, name, building_id: building.number, device_ids, open_hours, ...times(record) };
}

export function showDevice({ number, name, building, record }: Device): Shown {
  return {
    id: number,
    name,
    building_id: building.number,
    type: record.type ?? "panel",
    model: record.model ?? null,
    serial_number: record.serial_number ?? null,
    ...times(record),
  };
}

/** `code`: null where it is not this key's to read. */
export function showAccessTool({ number, building, tenant, record }: Credential, code: string | null): Shown {
  return {
    id: number,
    name: record.name ?? null,
    type: record.type ?? null,
    building_id: building.number,
    tenant_id: tenant?.number ?? null,
    code,
    ...times(record),
  };
}

/** Doors that it does not name are all doors of the building. */
export function showKeychain(
  { number, building, tenant, unit, record }: Credential,
  model: { readonly accessPoints: Iterable<AccessPoint>; readonly devices: Iterable<Device> },
): Shown {
  const numbers = (all: Iterable<AccessPoint | Device>, ids: readonly string[] | undefined) =>
    [...all].filter((each) => ids === undefined || ids.includes(each.id)).map((each) => each.number);
  const here = <Item extends AccessPoint | Device>(all: Iterable<Item>) =>
    [...all].filter((each) => each.building === building);
  const namesNone = record.access_point_ids === undefined && record.device_ids === undefined;
  return {
    id: number,
    name: record.name ?? null,
    type: record.type ?? "custom_keychain",
    building_id: building.number,
    tenant_id: tenant?.number ?? null,
    unit_id: (unit ?? tenant?.unit)?.number ?? null,
    starts_at: record.starts_at ?? null,
    ends_at: record.ends_at ?? null,
    ...(record.type === "recurring_keychain" && recurrence(record)),
    access_point_ids: numbers(here(model.accessPoints), namesNone ? undefined : (record.access_point_ids ?? [])),
    device_ids: numbers(here(model.devices), record.device_ids ?? []),
    virtual_key_ids: (record.virtual_keys ?? []).map(({ id }) => integer(id)),
    ...times(record),
  };
}

const recurrence = ({ start_date, end_date, time_from, time_to, weekdays }: Credential["record"]): Shown => ({
  start_date: start_date ?? null,
  end_date: end_date ?? null,
  time_from: time_from ?? null,
  time_to: time_to ?? null,
  weekdays: weekdays ?? [],
});

/** What may be read of a key beside its record; null: not this key's to read. */
export interface KeySecrets {
  readonly pin: string | null;
  readonly qrCodeUrl: string | null;
}

export function showVirtualKey(key: VirtualKey, { pin, qrCodeUrl }: KeySecrets): Shown {
  return {
    id: integer(key.id),
    keychain_id: key.keychain.number,
    name: key.name ?? null,
    email: key.email ?? null,
    sms_number: key.sms_number ?? null,
    sent_at: key.sent_at ?? null,
    first_used_at: null,
    last_used_at: null,
    usage_count: 0,
    pin_code: pin,
    qr_code_url: qrCodeUrl,
    instructions_url: null,
    building_id: key.keychain.building.number,
    ...times(key),
  };
}
