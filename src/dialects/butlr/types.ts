// The ten event types of Butlr's webhooks and two of our own, what each is about, and their names in older texts
// [butlr.md §1, §14.1].

export type Level = "sensor" | "hive" | "floor" | "room" | "zone";

/** Whether and how the payload carries `data`. */
export type DataForm = "detections" | "traffic" | "count" | "sensor_health" | "hive_health" | "none";

interface TypeFacts {
  readonly level: Level;
  readonly data: DataForm;
}

export const eventTypes = {
  DETECTIONS: { level: "sensor", data: "detections" },
  TRAFFIC: { level: "sensor", data: "traffic" },
  FLOOR_OCCUPANCY: { level: "floor", data: "count" },
  ROOM_OCCUPANCY: { level: "room", data: "count" },
  ZONE_OCCUPANCY: { level: "zone", data: "count" },
  FLOOR_OCCUPANCY_1MIN: { level: "floor", data: "count" },
  ROOM_OCCUPANCY_1MIN: { level: "room", data: "count" },
  ZONE_OCCUPANCY_1MIN: { level: "zone", data: "count" },
  PIR_MOTION: { level: "room", data: "none" },
  PIR_NO_MOTION: { level: "room", data: "none" },
  // Ours: the vendor's webhooks do not have them.
  SENSOR_HEALTH: { level: "sensor", data: "sensor_health" },
  HIVE_HEALTH: { level: "hive", data: "hive_health" },
} as const satisfies Record<string, TypeFacts>;

export type EventType = keyof typeof eventTypes;

export const eventTypeNames = Object.keys(eventTypes) as EventType[];

export const isEventType = (name: string): name is EventType => Object.hasOwn(eventTypes, name);

/** Kinds of state by type. Values of whole minutes are none: each counts. Neither is health, which is told when it changes. */
export const states: Readonly<Record<string, string>> = {
  DETECTIONS: "detections",
  FLOOR_OCCUPANCY: "occupancy",
  ROOM_OCCUPANCY: "occupancy",
  ZONE_OCCUPANCY: "occupancy",
  PIR_MOTION: "motion",
  PIR_NO_MOTION: "motion",
} satisfies Partial<Record<EventType, string>>;

const aliases: Readonly<Record<string, EventType>> = {
  FLOOR_OCCUPANCY_1M: "FLOOR_OCCUPANCY_1MIN",
  ROOM_OCCUPANCY_1M: "ROOM_OCCUPANCY_1MIN",
  ZONE_OCCUPANCY_1M: "ZONE_OCCUPANCY_1MIN",
};

/** The type that a name in a request means; the vendor's change log calls `…_1MIN` `…_1M`. */
export const firstName = (name: string): string => (Object.hasOwn(aliases, name) ? aliases[name]! : name);
