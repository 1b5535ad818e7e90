// The event types that subscriptions of each dialect can take, in the words of somebody who chooses.

import type { Dialect, Subscription } from "../api/types.ts";

interface TypeChoice {
  readonly type: string;
  readonly says: string;
  /** Of which records one can be singled out. */
  readonly of?: "door" | "panel";
}

export const typesOf: Readonly<Record<Dialect, readonly TypeChoice[]>> = {
  butlr: [
    { type: "ROOM_OCCUPANCY", says: "people in a room, when the number changes" },
    { type: "ZONE_OCCUPANCY", says: "people in a zone, when the number changes" },
    { type: "FLOOR_OCCUPANCY", says: "people on a floor, when the number changes" },
    { type: "ROOM_OCCUPANCY_1MIN", says: "people in a room, minute by minute" },
    { type: "ZONE_OCCUPANCY_1MIN", says: "people in a zone, minute by minute" },
    { type: "FLOOR_OCCUPANCY_1MIN", says: "people on a floor, minute by minute" },
    { type: "TRAFFIC", says: "people who pass a door's sensor, in and out" },
    { type: "PIR_MOTION", says: "motion in a room" },
    { type: "PIR_NO_MOTION", says: "no more motion in a room" },
    { type: "DETECTIONS", says: "where people are, several times a second: very many" },
    { type: "SENSOR_HEALTH", says: "a sensor falls silent or is heard again (Belfry's own)" },
    { type: "HIVE_HEALTH", says: "a hive falls silent or is heard again (Belfry's own)" },
  ],
  butterflymx: [
    { type: "access_log.create", says: "somebody came through a door", of: "door" },
    { type: "door_release.create", says: "the same under its older name", of: "door" },
    { type: "call.create", says: "a visitor calls from a panel", of: "panel" },
    { type: "call.status_update", says: "a call was answered, missed or ended", of: "panel" },
  ],
};

/** What a subscription takes, under the names by which types are chosen. */
export function takenBy({ bindings }: Subscription): readonly { type: string; resource: string | null }[] {
  return bindings
    .filter(({ type }) => type !== "access_log.other")
    .map(({ type, variant, resource }) => ({
      type: type === "access_log.create" && variant === 2 ? "door_release.create" : type,
      resource,
    }));
}
