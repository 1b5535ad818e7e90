// Building models for asset queries, as large as asked for, with every field that a model can hold somewhere in it.

import type { FloorDocument, ModelDocument, SensorDocument } from "../../../../src/building/document.ts";

export interface Size {
  readonly sites: number;
  /** In all; dealt out to one building per site. */
  readonly floors: number;
  readonly rooms: number;
  readonly sensors: number;
}

/** Two sites, four floors, sixty rooms, two hundred sensors. */
export const usual: Size = { sites: 2, floors: 4, rooms: 60, sensors: 200 };

const mac = (index: number): string => `00-17-0d-00-${index.toString(16).padStart(8, "0").match(/../g)!.join("-")}`;

/** `prefix` keeps the ids of two organizations apart, or makes them the same. */
export function generatedModel(organization: string, size: Size = usual, prefix = ""): ModelDocument {
  const { sites, floors, rooms, sensors } = size;
  const share = (total: number, of: number, index: number): number[] =>
    Array.from({ length: total }, (_, each) => each).filter((each) => each % of === index);
  const floorOf = (floor: number): FloorDocument => ({
    id: `${prefix}space_${floor}`,
    name: `Floor ${floor}`,
    ...(floor % 2 === 0 && {
      customID: `F-${floor}`,
      floorNumber: floor,
      installation_date: 1_700_000_000 + floor,
      installation_status: "INSTALLED",
      service_status: "ACTIVE",
      capacity: { max: 100 + floor, mid: 50 },
      area: { value: 1_000.5, unit: "sqft" },
      metadata: { created_at: 1_600_000_000, updated_at: 1_600_000_001 },
      floor_plans: [
        { floor_plan_id: `plan_${floor}`, name: "Plan", url: "https://example.com/p.png", coordinates: [[0, 0]] },
      ],
      tags: [{ id: "tag_quiet", name: "quiet" }],
      last_battery_change_date: "2026-01-02T00:00:00Z",
      next_battery_change_date: "2028-01-02",
    }),
    rooms: share(rooms, floors, floor).map((room) => ({
      id: `${prefix}room_${room}`,
      name: `Room ${room}`,
      coordinates: [
        [room, 0],
        [room + 4, 0],
        [room + 4, 3],
        [room, 3],
      ] as const,
      ...(room % 3 === 0 && {
        customID: `R-${room}`,
        roomType: "office",
        capacity: { max: 8, mid: 4 },
        rotation: 45.5,
        note: "by the window",
        pir_zero_enable: true,
        pir_zero_threshold: 0.1,
        pir_zero_window: 120,
        metadata: { created_at: 1_600_000_000 },
        tags: [{ id: "tag_office", name: "office" }, ...(room % 2 === 0 ? [{ id: "tag_quiet" }] : [])],
      }),
    })),
    zones: share(rooms, floors, floor)
      .filter((room) => room % 4 < 2)
      .map((room) => ({
        id: `${prefix}zone_${room}`,
        name: `Desk ${room}`,
        ...(room % 2 === 0 && {
          room_id: `${prefix}room_${room}`,
          customID: `Z-${room}`,
          capacity: { max: 1, mid: 1 },
          area: { value: 2 },
          rotation: 0,
          note: "",
          tags: [{ id: "tag_office" }],
        }),
      })),
    hives: [
      {
        id: `${prefix}hive_${floor}`,
        serialNumber: `2131${floor}`,
        name: `Hive ${floor}`,
        hiveType: "2.0",
        hiveVersion: "2.4.4",
        coordinates: [1, 2],
        note: "above the door",
        installed: true,
        netPathStability: 0.99,
        ...(rooms > floor && { room_id: `${prefix}room_${floor}` }),
      },
      { id: `${prefix}hive_bare_${floor}`, serialNumber: `bare${floor}` },
    ],
    sensors: share(sensors, floors, floor).map((sensor) => sensorOf(sensor, floor, floors, rooms, prefix)),
  });
  return {
    organization: { id: organization, name: organization },
    tags: [{ id: "tag_unused", name: "unused" }],
    sites: Array.from({ length: sites }, (_, site) => ({
      id: `${prefix}site_${site}`,
      name: `Site ${site}`,
      timezone: "Europe/Berlin",
      ...(site === 0 && { siteNumber: 7, customID: "S-0", butlrCode: "code" }),
      buildings: [
        {
          id: `${prefix}building_${site}`,
          name: `Building ${site}`,
          ...(site === 0 && {
            building_number: 3,
            customID: "B-0",
            address: { lines: ["Main Street 1", "Berlin"], country: "DE" },
          }),
          floors: share(floors, sites, site).map(floorOf),
        },
      ],
    })),
  };
}

function sensorOf(index: number, floor: number, floors: number, rooms: number, prefix: string): SensorDocument {
  const room = index % rooms;
  const inRoom = rooms > 0 && room % floors === floor;
  const base = {
    id: `${prefix}sensor_${index}`,
    mac_address: mac(index),
    mode: index % 5 === 0 ? "traffic" : "presence",
  } as const;
  if (index % 10 === 9) return base;
  return {
    ...base,
    name: `Sensor ${index}`,
    model: "Heatic 2+",
    hive_id: `${prefix}hive_${floor}`,
    ...(inRoom && { room_id: `${prefix}room_${room}` }),
    ...(inRoom && room % 4 < 2 && { zone_ids: [`${prefix}zone_${room}`] }),
    height: 2.75,
    center: [index, 1.5],
    orientation: [0, 0, 90],
    field_of_view: 60,
    is_entrance: index % 5 === 0,
    door_line: 0.5,
    in_direction: 1,
    parallel_to_door: true,
    sensitivity: 0.7,
    sensor_serial: `S${index}`,
    power_type: index % 2 === 0 ? "Wired" : "Battery",
    last_battery_change_date: "2026-01-02T00:00:00Z",
    next_battery_change_date: "2028-01-02T00:00:00Z",
    battery_change_by_date: "2028-02-02T00:00:00Z",
    installation_status: "INSTALLED",
    note: "on the ceiling",
    metadata: { created_at: 1_600_000_000, updated_at: 1_600_000_001 },
  };
}
