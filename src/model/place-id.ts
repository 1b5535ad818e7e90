// The names that records of a building model go by. The registry keeps every one of them, by organization.

export type PlaceKind =
  | "site"
  | "building"
  | "floor"
  | "room"
  | "zone"
  | "hive"
  | "sensor"
  /** A sensor's MAC address. */
  | "mac"
  | "access_point"
  | "device"
  | "unit"
  | "tenant"
  | "keychain"
  | "access_tool";

/** Unique per kind within an organization. `number` is the record's `butterflymx_id`, where its kind has one. */
export interface PlaceId {
  readonly kind: PlaceKind;
  readonly id: string;
  readonly number: number | null;
}

export interface LocatedPlace extends PlaceId {
  readonly organization: string;
}
