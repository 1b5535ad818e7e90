// Facts in Butlr's words: the event and the exact text of its payload, key for key and in the order of the documented
// examples [butlr.md §2–4]. Pure. Access and call facts are another dialect's.

import type { BuildingModel, Floor, Hive, Room, Sensor, Zone } from "../../building/building.ts";
import type { Event, Scopes } from "../../model/event.ts";
import type { Fact, FactType, HealthFact, Point } from "../../model/fact.ts";
import type { EventType } from "./types.ts";

/** What an event is about: one floor, and on it perhaps a room, a zone or a sensor. */
interface PayloadPlace {
  readonly subject: string;
  readonly floor: Floor;
  readonly room?: Room | null;
  readonly zone?: Zone;
  readonly sensor?: Sensor;
  /** Of an event about a hive; a sensor has its own. */
  readonly hive?: Hive;
}

interface Statement {
  readonly place: PayloadPlace | null;
  readonly data?: unknown;
  /** Whether `data` is a state, so that an equal one tells nothing new. Increments and edges always tell something. */
  readonly isState: boolean;
}

/** The event of a fact, or null: the fact is not Butlr's, or its place is not in the building model. */
export function express(fact: Fact, model: BuildingModel, newId: () => string): Event | null {
  const type = typeOf(fact);
  const statement = state(fact, model);
  if (type === null || statement === null || statement.place === null) return null;
  const { place, data, isState } = statement;
  const id = newId();
  const body = { id, type, timestamp: fact.at, version: "v1.0.0", metadata: metadata(place, model), data };
  return {
    id,
    dialect: "butlr",
    type,
    subject: place.subject,
    scopes: scopes(place),
    at: fact.at,
    body: JSON.stringify(body),
    revision: fact.revision,
    previous: fact.previous === undefined ? null : JSON.stringify(fact.previous),
    value: isState ? JSON.stringify(data) : null,
    ...(fact.kind === "occupancy" && fact.isLate === true && { isLate: true }),
  };
}

/** null: the fact is not Butlr's. */
export function typeOf(fact: FactType): EventType | null {
  switch (fact.kind) {
    case "detections":
      return "DETECTIONS";
    case "traffic":
      return "TRAFFIC";
    case "occupancy":
      return `${levels[fact.level]}_OCCUPANCY${fact.window === "minute" ? "_1MIN" : ""}`;
    case "motion":
      return fact.motion ? "PIR_MOTION" : "PIR_NO_MOTION";
    case "health":
      return fact.type;
    default:
      return null;
  }
}

function state(fact: Fact, model: BuildingModel): Statement | null {
  switch (fact.kind) {
    case "detections":
      return {
        place: sensorPlace(model.sensors.get(fact.sensor)),
        data: { local: fact.local, world: fact.world.map(rounded) },
        isState: true,
      };
    case "traffic":
      return {
        place: sensorPlace(model.sensors.get(fact.sensor)),
        data: { in: fact.in, out: fact.out },
        isState: false,
      };
    case "occupancy":
      return {
        place: spacePlace(fact.level, fact.space, model),
        data: fact.count,
        isState: true,
      };
    case "motion":
      return {
        place: spacePlace("room", fact.room, model),
        isState: false,
      };
    case "health":
      // Each is a change already.
      return { place: healthPlace(fact, model), data: healthData(fact), isState: false };
    default:
      return null;
  }
}

const levels = { floor: "FLOOR", room: "ROOM", zone: "ZONE" } as const;

function sensorPlace(sensor: Sensor | undefined): PayloadPlace | null {
  return sensor === undefined ? null : { subject: sensor.id, floor: sensor.floor, room: sensor.room, sensor };
}

function healthPlace(fact: HealthFact, model: BuildingModel): PayloadPlace | null {
  if (fact.type === "SENSOR_HEALTH") return sensorPlace(model.sensors.get(fact.sensor));
  const hive = model.hives.get(fact.hive);
  return hive === undefined ? null : { subject: hive.id, floor: hive.floor, hive };
}

/** Times are epoch ms, as `timestamp` is. */
function healthData(fact: HealthFact): object {
  const { online, lastHeartbeat, silentSince } = fact.health;
  const heard = { online, last_heartbeat: lastHeartbeat, silent_since: silentSince };
  return fact.type === "HIVE_HEALTH"
    ? heard
    : { ...heard, stuck_since: fact.health.stuckSince, clock: fact.health.clock };
}

function spacePlace(level: keyof typeof levels, id: string, model: BuildingModel): PayloadPlace | null {
  if (level === "floor") {
    const floor = model.floors.get(id);
    return floor === undefined ? null : { subject: floor.id, floor };
  }
  if (level === "room") {
    const room = model.rooms.get(id);
    return room === undefined ? null : { subject: room.id, floor: room.floor, room };
  }
  const zone = model.zones.get(id);
  return zone === undefined ? null : { subject: zone.id, floor: zone.floor, room: zone.room, zone };
}

/** Keys without a value stay out of the text; what every payload has but nobody knows is `unknown` [design §5]. */
function metadata(
  { floor, room, zone, sensor, hive: itself }: PayloadPlace,
  building: BuildingModel,
): Record<string, string | undefined> {
  const { organization } = building;
  const hive = itself ?? (sensor && (sensor.hive ?? { id: unknown, serial: unknown, model: null, version: null }));
  return {
    org_id: organization.id,
    site_id: floor.building.site.id,
    building_id: floor.building.id,
    floor_id: floor.id,
    room_id: room?.id,
    zone_id: zone?.id,
    floor_custom_id: floor.customId ?? undefined,
    room_custom_id: room?.customId ?? undefined,
    zone_custom_id: zone?.customId ?? undefined,
    hive_id: hive?.id,
    sensor_id: sensor?.id.replace(/^sensor_/, ""),
    org_name: organization.name,
    site_name: floor.building.site.name,
    building_name: floor.building.name,
    floor_name: floor.name,
    room_name: room?.name,
    zone_name: zone?.name,
    hive_serial: hive?.serial,
    mac_address: sensor?.mac,
    sensor_mode: sensor?.mode,
    sensor_model: sensor && (sensor.model ?? unknown),
    hive_model: hive && (hive.model ?? unknown),
    hive_version: hive && (hive.version ?? unknown),
  };
}

const unknown = "unknown";

function scopes({ floor, room, zone, sensor }: PayloadPlace): Scopes {
  return {
    site: floor.building.site.id,
    building: floor.building.id,
    floor: floor.id,
    ...(room && { room: room.id }),
    ...(zone && { zone: zone.id }),
    ...(sensor && { mac: sensor.mac }),
  };
}

/** Micrometres are enough [design §4.13]. */
const rounded = ([x, y]: Point): Point => [Math.round(x * 1e6) / 1e6, Math.round(y * 1e6) / 1e6];
