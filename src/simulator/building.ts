// A building made from a seed: floors, rooms, desks, sensors, gateways, doors, and the people who rent it. Pure: the same
// seed gives the same document to the last byte.

import type {
  BuildingDocument,
  CredentialDocument,
  FloorDocument,
  ModelDocument,
  SensorDocument,
  TenantDocument,
  UnitDocument,
} from "../building/document.ts";
import type { Point } from "../model/fact.ts";
import { newId } from "../model/ksuid.ts";
import { cities, companies, firstNames, houses, lastNames, owners } from "./names.ts";
import {
  type Box,
  boxAround,
  corridorLine,
  cornersOf,
  desksOf,
  entrance,
  middleOf,
  planOf,
  type RoomPlan,
  tilesOf,
  within,
} from "./plan.ts";
import { createSeededRandom, type SeededRandom } from "./random.ts";

const surveyed = Date.UTC(2024, 10, 6, 17);

export interface BuildingOptions {
  /** At least 2, the default. Each has six rooms, and there are eight desks for each. */
  readonly floors?: number;
  /** So many metres beyond its own part of a room a sensor sees what its neighbours see too; default 0. Walls end it. */
  readonly overlap?: number;
}

export function createBuilding(
  seed: number,
  { floors: storeys = 2, overlap = 0 }: BuildingOptions = {},
): ModelDocument {
  if (!Number.isInteger(storeys) || storeys < 2) throw new RangeError("A simulated building has at least 2 floors.");
  const random = createSeededRandom(`building ${seed}`);
  const id = (prefix: string): string => newId(prefix, surveyed + random.whole(0, 3600) * 1000, random.bytes(16));
  const hex = (size: number): string => Buffer.from(random.bytes(size)).toString("hex");
  const number = createNumbers(random);
  const mac = (): string => `00-17-0d-00-00-${hex(3).match(/../g)!.join("-")}`;

  const floors = planOf(storeys).map((rooms, level) => createFloor(rooms, level, { random, id, hex, mac, overlap }));
  const [city, timezone] = random.pick(cities);
  return {
    organization: { id: id("org"), name: random.pick(owners) },
    sites: [
      {
        id: id("site"),
        name: city,
        timezone,
        buildings: [
          {
            id: id("building"),
            name: random.pick(houses),
            butterflymx_id: number(),
            floors,
            ...createHouse(random, storeys, id, number),
          },
        ],
      },
    ],
  };
}

interface Making {
  readonly random: SeededRandom;
  readonly id: (prefix: string) => string;
  readonly hex: (size: number) => string;
  readonly mac: () => string;
  readonly overlap: number;
}

function createFloor(
  rooms: readonly RoomPlan[],
  level: number,
  { random, id, hex, mac, overlap }: Making,
): FloorDocument {
  const hive = { id: id("hive"), serialNumber: hex(8), hiveType: "2.0", hiveVersion: "2.4.4" };
  const sensor = (mode: "presence" | "traffic", room: string | null, place: object): SensorDocument => ({
    id: id("sensor"),
    mac_address: mac(),
    mode,
    model: "Heatic 2+",
    hive_id: hive.id,
    ...(room === null ? {} : { room_id: room }),
    ...place,
  });
  const made = rooms.map((room) => {
    const roomId = id("room");
    const sensors = tilesOf(room).map((tile) =>
      sensor("presence", roomId, {
        ...seeing(widened(tile, overlap, room.box), random.whole(0, 3)),
        ...(isAtLine(tile) ? { counting_line: { line: corridorLine } } : {}),
      }),
    );
    if (room.motion) sensors.push(sensor("presence", roomId, { center: middleOf(room.box), height: 3 }));
    if (room.counted !== null) sensors.push(sensor("traffic", roomId, {}));
    const zones = desksOf(room).map((desk) => ({
      id: id("zone"),
      name: "",
      room_id: roomId,
      coordinates: cornersOf(desk),
    }));
    const document = {
      id: roomId,
      name: random.pick(room.names),
      customID: room.code,
      coordinates: cornersOf(room.box),
    };
    return { document, sensors, zones };
  });
  const zones = made.flatMap((room) => room.zones);
  return {
    id: id("space"),
    name: `${ordinal(level + 1)} Floor`,
    customID: `FLOOR-${level + 1}`,
    rooms: made.map((room) => room.document),
    zones: zones.map((zone, index) => ({ ...zone, name: `Desk ${level + 1}${String(index + 1).padStart(2, "0")}` })),
    hives: [hive],
    // People come in from the street on the first floor only.
    sensors: [
      ...(level === 0 ? [sensor("traffic", null, { center: entrance, is_entrance: true })] : []),
      ...made.flatMap((room) => room.sensors),
    ],
  };
}

/** A sensor that sees exactly this box, hung with so many quarter turns. */
function seeing(box: Box, quarters: number): Pick<SensorDocument, "center" | "footprint" | "orientation"> {
  const [width, depth] = [box.x1 - box.x0, box.y1 - box.y0];
  const footprint: Point = quarters % 2 === 0 ? [width, depth] : [depth, width];
  return { center: middleOf(box), footprint, orientation: [0, 0, quarters * 90] };
}

function widened(tile: Box, metres: number, room: Box): Box {
  return {
    x0: Math.max(tile.x0 - metres, room.x0),
    y0: Math.max(tile.y0 - metres, room.y0),
    x1: Math.min(tile.x1 + metres, room.x1),
    y1: Math.min(tile.y1 + metres, room.y1),
  };
}

const isAtLine = (tile: Box): boolean => within(tile, middleOf(boxAround(corridorLine)));

const ordinal = (storey: number): string => `${storey}${["th", "st", "nd", "rd"][storey] ?? "th"}`;

type House = Required<
  Pick<BuildingDocument, "access_points" | "devices" | "units" | "tenants" | "keychains" | "access_tools">
>;

function createHouse(
  random: SeededRandom,
  storeys: number,
  id: (prefix: string) => string,
  number: () => number,
): House {
  const device = (name: string, type: string) => ({ id: id("device"), name, type, butterflymx_id: number() });
  const devices = [
    device("Main Entrance", "panel"),
    device("Main Entrance Lock", "cloud_based_access_controller"),
    device("2nd Floor Reader", "keypad"),
  ];
  const door = (name: string, behind: readonly { id: string }[]) => ({
    id: id("accesspoint"),
    name,
    butterflymx_id: number(),
    device_ids: behind.map((one) => one.id),
  });
  // Two suites of four desks on every floor, and as many tenants as there are desks, in the order of the desks.
  const names = random.shuffled(companies);
  const units: UnitDocument[] = Array.from({ length: storeys * 2 }, (_, index) => ({
    id: id("unit"),
    label: `Suite ${Math.floor(index / 2) + 1}${(index % 2) + 1}0 ${names[index % names.length]!}`,
    floor: String(Math.floor(index / 2) + 1),
    butterflymx_id: number(),
  }));
  const [firsts, lasts] = [random.shuffled(firstNames), random.shuffled(lastNames)];
  const tenants: TenantDocument[] = Array.from({ length: units.length * 4 }, (_, index) => {
    const first = firsts[index % firsts.length]!;
    const last = lasts[(index + Math.floor(index / firsts.length)) % lasts.length]!;
    return {
      id: id("tenant"),
      butterflymx_id: number(),
      unit_id: units[Math.floor(index / 4)]!.id,
      first_name: first,
      last_name: last,
      full_name: `${first} ${last}`,
      email: `${first}.${last}@example.com`.toLowerCase(),
    };
  });
  const credential = (prefix: string, type: string, tenant: TenantDocument, name?: string): CredentialDocument => ({
    id: id(prefix),
    butterflymx_id: number(),
    type,
    tenant_id: tenant.id,
    unit_id: tenant.unit_id,
    ...(name === undefined ? {} : { name }),
  });
  return {
    access_points: [door("Main Entrance", devices.slice(0, 2)), door("2nd Floor", devices.slice(2))],
    devices,
    units,
    tenants,
    access_tools: tenants.map((tenant, index) =>
      credential("accesstool", index % 2 === 0 ? "rfid_tag" : "pin", tenant),
    ),
    keychains: tenants
      .filter((_, index) => index % 4 === 0)
      .map((tenant) => credential("keychain", "custom_keychain", tenant, `Guests of ${tenant.first_name}`)),
  };
}

/** Nine-digit integers, none twice. */
function createNumbers(random: SeededRandom): () => number {
  const used = new Set<number>();
  return () => {
    let number = 0;
    do number = random.whole(100_000_000, 899_999_999);
    while (used.has(number));
    used.add(number);
    return number;
  };
}
