// Butlr's ten webhook payloads, key for key as the vendor documents them and as Belfry sends them, and two of Belfry's own.

interface FloorMetadata {
  readonly org_id: string;
  readonly site_id: string;
  readonly building_id: string;
  readonly floor_id: string;
  /** Your own id of the floor, if one is set. */
  readonly floor_custom_id?: string;
  readonly org_name: string;
  readonly site_name: string;
  readonly building_name: string;
  readonly floor_name: string;
}

interface RoomMetadata extends FloorMetadata {
  readonly room_id: string;
  readonly room_custom_id?: string;
  readonly room_name: string;
}

interface ZoneMetadata extends FloorMetadata, Partial<Pick<RoomMetadata, "room_id" | "room_custom_id" | "room_name">> {
  readonly zone_id: string;
  readonly zone_custom_id?: string;
  readonly zone_name: string;
}

interface HiveKeys {
  readonly hive_id: string;
  readonly hive_serial: string;
  readonly hive_model: string;
  readonly hive_version: string;
}

/** For events about a sensor. A sensor that watches a whole floor or its entrance has no room. */
interface SensorMetadata
  extends FloorMetadata,
    HiveKeys,
    Partial<Pick<RoomMetadata, "room_id" | "room_custom_id" | "room_name">> {
  /** Without the prefix `sensor_`. */
  readonly sensor_id: string;
  /** `00-17-0d-00-00-cc-bb-aa` */
  readonly mac_address: string;
  /** `presence` or `traffic`. */
  readonly sensor_mode: string;
  readonly sensor_model: string;
}

interface HiveMetadata extends FloorMetadata, HiveKeys {}

/** Times are ms since 1970. */
interface Heard {
  /** Heard of within three times its usual gap, and at least two minutes. */
  readonly online: boolean;
  /** Its last message of any kind; null: none was accepted yet. */
  readonly last_heartbeat: number | null;
  /** Its last message, once that is more than twice its usual gap ago; null: it is not silent. */
  readonly silent_since: number | null;
}

interface Measurement<Type extends string, Metadata> {
  readonly id: string;
  readonly type: Type;
  /** The moment of sensing, or the start of the minute: ms since 1970. */
  readonly timestamp: number;
  readonly version: string;
  readonly metadata: Metadata;
}

interface Count<Type extends string, Metadata> extends Measurement<Type, Metadata> {
  /** People there. */
  readonly data: number;
}

/** Metres. */
type Point = readonly [x: number, y: number];

export interface ButlrPayloads {
  readonly DETECTIONS: Measurement<"DETECTIONS", SensorMetadata> & {
    /** One point per person, in the same order in both lists. */
    readonly data: { readonly local: readonly Point[]; readonly world: readonly Point[] };
  };
  readonly TRAFFIC: Measurement<"TRAFFIC", SensorMetadata> & {
    /** People who passed in this event; not running totals. */
    readonly data: { readonly in: number; readonly out: number };
  };
  readonly FLOOR_OCCUPANCY: Count<"FLOOR_OCCUPANCY", FloorMetadata>;
  readonly ROOM_OCCUPANCY: Count<"ROOM_OCCUPANCY", RoomMetadata>;
  readonly ZONE_OCCUPANCY: Count<"ZONE_OCCUPANCY", ZoneMetadata>;
  readonly FLOOR_OCCUPANCY_1MIN: Count<"FLOOR_OCCUPANCY_1MIN", FloorMetadata>;
  readonly ROOM_OCCUPANCY_1MIN: Count<"ROOM_OCCUPANCY_1MIN", RoomMetadata>;
  readonly ZONE_OCCUPANCY_1MIN: Count<"ZONE_OCCUPANCY_1MIN", ZoneMetadata>;
  readonly PIR_MOTION: Measurement<"PIR_MOTION", RoomMetadata>;
  readonly PIR_NO_MOTION: Measurement<"PIR_NO_MOTION", RoomMetadata>;
  /** Belfry's own: a sensor is another way than before. */
  readonly SENSOR_HEALTH: Measurement<"SENSOR_HEALTH", SensorMetadata> & {
    readonly data: Heard & {
      /** Since when it sends one and the same frame with somebody in it; null: it does not. */
      readonly stuck_since: number | null;
      /** `ahead` and `wrong`: what it sends is rejected for its time. */
      readonly clock: "ok" | "ahead" | "behind" | "wrong";
    };
  };
  /** Belfry's own: a hive is another way than before. */
  readonly HIVE_HEALTH: Measurement<"HIVE_HEALTH", HiveMetadata> & { readonly data: Heard };
}
