// The building model as people write it: the JSON document of PUT /v1/building-model, one organization, nested. Field
// names are the vendors' [butlr.md §11, butterflymx.md §5, design §5]; unknown fields are kept and given back.

import type { Point } from "../model/fact.ts";
import type {
  BuildingDetails,
  FloorDetails,
  HiveDetails,
  RoomDetails,
  SensorDetails,
  SiteDetails,
  TagDocument,
  ZoneDetails,
} from "./asset-document.ts";

export interface ModelDocument {
  readonly organization: { readonly id: string; readonly name: string };
  readonly sites: readonly SiteDocument[];
  /** Tags that nothing need have, and names of those that something has. */
  readonly tags?: readonly TagDocument[];
  /** Records that a vendor's API deleted. They stay deleted though the operator names them. */
  readonly deleted_by_api?: readonly { readonly kind: string; readonly id: string }[];
}

export interface SiteDocument extends SiteDetails {
  readonly id: string;
  readonly name: string;
  readonly timezone: string;
  /** "HH:MM" in local time, default "04:00". */
  readonly occupancy_reset?: string;
  readonly buildings?: readonly BuildingDocument[];
}

export interface BuildingDocument extends BuildingDetails {
  readonly id: string;
  readonly name: string;
  readonly butterflymx_id?: number;
  readonly tenant_scope?: "unit" | "own";
  /** Where requests to open its doors are posted, instead of where the server says. */
  readonly door_bridge_url?: string;
  readonly created_at?: string;
  readonly updated_at?: string;
  readonly floors?: readonly FloorDocument[];
  readonly access_points?: readonly AccessPointDocument[];
  readonly devices?: readonly DeviceDocument[];
  readonly units?: readonly UnitDocument[];
  readonly tenants?: readonly TenantDocument[];
  readonly keychains?: readonly CredentialDocument[];
  readonly access_tools?: readonly CredentialDocument[];
}

export interface FloorDocument extends FloorDetails {
  readonly id: string;
  readonly name: string;
  readonly customID?: string;
  /** The outline. Nobody counts beyond it. */
  readonly coordinates?: readonly Point[];
  /** Default merge. */
  readonly overlap?: "merge" | "sum";
  /** Outlines in which nobody counts, whichever sensor sees them. */
  readonly masks?: readonly (readonly Point[])[];
  readonly rooms?: readonly RoomDocument[];
  readonly zones?: readonly ZoneDocument[];
  readonly hives?: readonly HiveDocument[];
  readonly sensors?: readonly SensorDocument[];
}

export interface RoomDocument extends RoomDetails {
  readonly id: string;
  readonly name: string;
  readonly customID?: string;
  /** Corners in metres from the floor's origin, at least three, not crossing. */
  readonly coordinates?: readonly Point[];
  /** 0 to 1, default 0.05. */
  readonly pir_zero_threshold?: number;
  /** Default false. */
  readonly pir_zero_enable?: boolean;
  /** Seconds, 1 to 86,400, default 300. */
  readonly pir_zero_window?: number;
  /** Seconds, 60 to 1,800, default 300. */
  readonly no_motion_after_s?: number;
  /** Default that of the floor. */
  readonly overlap?: "merge" | "sum";
}

export interface ZoneDocument extends ZoneDetails {
  readonly id: string;
  readonly name: string;
  readonly customID?: string;
  readonly room_id?: string;
  readonly coordinates?: readonly Point[];
}

export interface HiveDocument extends HiveDetails {
  readonly id: string;
  readonly serialNumber: string;
  readonly hiveType?: string;
  readonly hiveVersion?: string;
}

export interface SensorDocument extends SensorDetails {
  readonly id: string;
  readonly mac_address: string;
  readonly mode: "presence" | "traffic";
  readonly model?: string;
  readonly room_id?: string;
  readonly zone_ids?: readonly string[];
  readonly hive_id?: string;
  /** Metres on the floor. */
  readonly center?: Point;
  /** Metres above the floor. */
  readonly height?: number;
  /** Degrees, or radians where below π; default 60. */
  readonly field_of_view?: number;
  /** [yaw, pitch, roll] in degrees; only roll counts. */
  readonly orientation?: readonly number[];
  /** Metres; instead of height and field_of_view, for footprints that are not square. */
  readonly footprint?: readonly [x: number, y: number];
  /** false: local y runs up from a bottom left origin; default true, as in images. */
  readonly y_down?: boolean;
  /** Metres above the floor at which people are seen, such as their heads; below `height`, default 0. */
  readonly detection_plane_height?: number;
  /** Outlines in floor metres in which nobody counts whom this sensor sees. */
  readonly masks?: readonly (readonly Point[])[];
  /** Default false. */
  readonly is_entrance?: boolean;
  /** Two points in floor metres: from right to left, seen from the first to the second, is in. */
  readonly counting_line?: { readonly line: readonly [Point, Point] };
  /** Default true. */
  readonly pir_zero_enable?: boolean;
}

export interface AccessPointDocument {
  readonly id: string;
  readonly name: string;
  readonly butterflymx_id?: number;
  readonly device_ids?: readonly string[];
  readonly open_hours?: unknown;
  readonly schedules?: unknown;
  readonly created_at?: string;
  readonly updated_at?: string;
}

export interface DeviceDocument {
  readonly id: string;
  readonly name: string;
  readonly butterflymx_id?: number;
  readonly type?: string;
  readonly model?: string;
  readonly serial_number?: string;
  /** By which a telephone system knows the panel. */
  readonly sip_username?: string;
  readonly created_at?: string;
  readonly updated_at?: string;
}

export interface UnitDocument {
  readonly id: string;
  readonly label: string;
  readonly butterflymx_id?: number;
  readonly floor?: string;
  readonly created_at?: string;
  readonly updated_at?: string;
}

export interface TenantDocument {
  readonly id: string;
  readonly butterflymx_id?: number;
  readonly unit_id: string;
  readonly first_name?: string;
  readonly last_name?: string;
  readonly full_name?: string;
  readonly email?: string;
  readonly sip_username?: string;
  /** An owner may live elsewhere, and sees and gets what a resident does. Default resident. */
  readonly kind?: "resident" | "owner";
  /** ISO 8601 with a zone: from then on the tenant sees and gets nothing more. */
  readonly inactive_after?: string;
  readonly created_at?: string;
  readonly updated_at?: string;
}

/** A keychain is a pass for visitors with its keys, an access tool a lasting credential of a tenant. */
export interface CredentialDocument {
  readonly id: string;
  readonly butterflymx_id?: number;
  readonly name?: string;
  readonly type?: string;
  readonly tenant_id?: string;
  readonly unit_id?: string;
  /** ISO 8601; absent: open. */
  readonly starts_at?: string;
  readonly ends_at?: string;
  /** Of a recurring keychain: dates, times of day and weekdays between which it opens, as the vendor's API gives them back. */
  readonly start_date?: string;
  readonly end_date?: string;
  readonly time_from?: string;
  readonly time_to?: string;
  readonly weekdays?: readonly string[];
  /** Ids; absent: all doors. */
  readonly access_point_ids?: readonly string[];
  readonly device_ids?: readonly string[];
  readonly virtual_keys?: readonly VirtualKeyDocument[];
  readonly origin?: "api";
  readonly created_at?: string;
  readonly updated_at?: string;
}

/** A key on a keychain. Its PIN is a secret and stands elsewhere [store/registry.ts]. */
export interface VirtualKeyDocument {
  readonly id: string;
  readonly name?: string;
  readonly email?: string;
  readonly sms_number?: string;
  readonly sent_at?: string;
  readonly created_at?: string;
}
