// Fields of a building model that only describe a place or a device, under the names of Butlr's API [butlr.md §11]. Sensing
// and matching read none of them; the vendor's API gives them back.

/** People. */
export interface Capacity {
  readonly max?: number;
  readonly mid?: number;
}

export interface Area {
  readonly value?: number;
  /** As given; of areas worked out from an outline `m2`. */
  readonly unit?: string;
}

/** Epoch seconds. */
export interface MetaData {
  readonly created_at?: number;
  readonly updated_at?: number;
  readonly deleted_at?: number;
}

/** A tag at a floor, room or zone, or in the model's own list. */
export interface TagDocument {
  readonly id: string;
  /** Required in one of the places that name the tag. */
  readonly name?: string;
  readonly origin?: "api";
}

export interface FloorPlanImage {
  readonly floor_plan_id: string;
  readonly name: string;
  readonly url?: string;
  readonly coordinates?: readonly (readonly number[])[];
}

/** A record as the operator wrote it, or `api`: a vendor's API made it. */
interface Origin {
  readonly origin?: "api";
  /** Fields that a vendor's API set and the operator has not named since. */
  readonly set_by_api?: readonly string[];
}

export interface SiteDetails extends Origin {
  readonly siteNumber?: number;
  readonly customID?: string;
  readonly butlrCode?: string;
}

export interface BuildingDetails extends Origin {
  readonly building_number?: number;
  readonly customID?: string;
  readonly butlrCode?: string;
  readonly capacity?: Capacity;
  readonly address?: { readonly lines?: readonly string[]; readonly country?: string };
}

interface SpaceDetails extends Origin {
  readonly capacity?: Capacity;
  readonly area?: Area;
  readonly metadata?: MetaData;
  readonly tags?: readonly TagDocument[];
  /** Ids of tags that a vendor's API took from the space. */
  readonly untagged_by_api?: readonly string[];
}

export interface FloorDetails extends SpaceDetails {
  readonly floorNumber?: number;
  /** Epoch seconds. */
  readonly installation_date?: number;
  readonly installation_status?: string;
  readonly service_status?: string;
  readonly butlrCode?: string;
  readonly last_battery_change_date?: string;
  readonly next_battery_change_date?: string;
  readonly floor_plans?: readonly FloorPlanImage[];
}

export interface RoomDetails extends SpaceDetails {
  readonly roomType?: string;
  /** Degrees, clockwise. */
  readonly rotation?: number;
  readonly note?: string;
}

export interface ZoneDetails extends SpaceDetails {
  readonly rotation?: number;
  readonly note?: string;
}

export interface SensorDetails extends Origin {
  readonly name?: string;
  readonly sensor_serial?: string;
  /** Only where the sensor has no hive in the model. */
  readonly hive_serial?: string;
  readonly effective_field_of_view?: number;
  readonly door_line?: number;
  readonly in_direction?: number;
  readonly parallel_to_door?: boolean;
  readonly sensitivity?: number;
  readonly power_type?: string;
  readonly last_battery_change_date?: string;
  readonly next_battery_change_date?: string;
  readonly battery_change_by_date?: string;
  readonly installation_status?: string;
  readonly note?: string;
  readonly metadata?: MetaData;
}

export interface HiveDetails extends Origin {
  readonly name?: string;
  readonly room_id?: string;
  readonly coordinates?: readonly number[];
  readonly note?: string;
  readonly installed?: boolean;
  /** 0 to 1. */
  readonly netPathStability?: number;
  readonly metadata?: MetaData;
}
