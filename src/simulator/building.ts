// A building made from a seed: two floors, twelve rooms, desks, sensors, gateways, doors, and the people who rent it. Pure:
// the same seed gives the same document to the last byte.

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
import { type Box, cornersOf, desksOf, entrance, middleOf, plan, type RoomPlan, tilesOf } from "./plan.ts";
import { createSeededRandom, type SeededRandom } from "./random.ts";

const surveyed = Date.UTC(2024, 10, 6, 17);
const cities = [
  ["Los Angeles", "America/Los_Angeles"],
  ["Chicago", "America/Chicago"],
  ["Boston", "America/New_York"],
  ["Denver", "America/Denver"],
] as const;
const owners = ["Murrow Group", "Halden Estates", "Birch & Vale", "Northlight Properties", "Quay Street Partners"];
const houses = ["Bergmann Building", "Linden House", "The Foundry", "Orchard Court", "Mercer Hall"];
const companies = ["Arden Studio", "Polar Works", "Tideline", "Kestrel Labs"];
const firstNames = [
  "Alia",
  "Ben",
  "Carla",
  "Dmitri",
  "Elif",
  "Farid",
  "Grace",
  "Hugo",
  "Ines",
  "Jonas",
  "Keiko",
  "Luis",
  "Mara",
  "Nils",
  "Oona",
  "Priya",
];
const lastNames = [
  "Adler",
  "Bianchi",
  "Castro",
  "Dunn",
  "Eriksen",
  "Falk",
  "Greene",
  "Hoang",
  "Ito",
  "Jansen",
  "Kovacs",
  "Lindqvist",
  "Moreau",
  "Novak",
  "Okafor",
  "Petrov",
];

export function createBuilding(seed: number): ModelDocument {
  const random = createSeededRandom(`building ${seed}`);
  const id = (prefix: string): string => newId(prefix, surveyed + random.whole(0, 3600) * 1000, random.bytes(16));
  const hex = (size: number): string => Buffer.from(random.bytes(size)).toString("hex");
  const number = createNumbers(random);
  const mac = (): string => `00-17-0d-00-00-${hex(3).match(/../g)!.join("-")}`;

  const floors = plan.map((rooms, level) => createFloor(rooms, level, { random, id, hex, mac }));
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
            ...createHouse(random, id, number),
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
}

function createFloor(rooms: readonly RoomPlan[], level: number, { random, id, hex, mac }: Making): FloorDocument {
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
    const sensors = tilesOf(room).map((tile) => sensor("presence", roomId, seeing(tile)));
    if (room.motion) sensors.push(sensor("presence", roomId, { center: middleOf(room.box), height: 3 }));
    if (room.counted) sensors.push(sensor("traffic", roomId, {}));
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
    name: level === 0 ? "1st Floor" : "2nd Floor",
    customID: `FLOOR-${level + 1}`,
    rooms: made.map((room) => room.document),
    zones: zones.map((zone, index) => ({ ...zone, name: `Desk ${level + 1}${String(index + 1).padStart(2, "0")}` })),
    hives: [hive],
    // People come in from the street on the first floor only.
    sensors: [
      ...(level === 0 ? [sensor("traffic", null, { center: entrance })] : []),
      ...made.flatMap((room) => room.sensors),
    ],
  };
}

/** A sensor that sees exactly this tile. */
function seeing(tile: Box): { center: Point; footprint: Point; orientation: readonly number[] } {
  return { center: middleOf(tile), footprint: [tile.x1 - tile.x0, tile.y1 - tile.y0], orientation: [0, 0, 0] };
}

type House = Required<
  Pick<BuildingDocument, "access_points" | "devices" | "units" | "tenants" | "keychains" | "access_tools">
>;

function createHouse(random: SeededRandom, id: (prefix: string) => string, number: () => number): House {
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
  const units: UnitDocument[] = random.shuffled(companies).map((company, index) => ({
    id: id("unit"),
    label: `Suite ${index < 2 ? 110 + index * 10 : 180 + index * 10} ${company}`,
    floor: index < 2 ? "1" : "2",
    butterflymx_id: number(),
  }));
  const last = random.shuffled(lastNames);
  const tenants: TenantDocument[] = random.shuffled(firstNames).map((first, index) => ({
    id: id("tenant"),
    butterflymx_id: number(),
    // As many as there are desks, in the order of the desks: four suites of four.
    unit_id: units[Math.floor(index / 4)]!.id,
    first_name: first,
    last_name: last[index]!,
    full_name: `${first} ${last[index]!}`,
    email: `${first}.${last[index]!}@example.com`.toLowerCase(),
  }));
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
