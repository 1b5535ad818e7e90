// A floor for tests of presence: two drawn rooms that share a wall at x = 4, each with two sensors whose footprints overlap, a
// desk zone in the first, a drawn lounge without sensors of its own that a sensor of no room looks into.

import { compileBuilding } from "../../src/building/compile.ts";
import { checkModel } from "../../src/building/check.ts";
import { assignNumbers } from "../../src/building/assign-numbers.ts";
import type { BuildingModel } from "../../src/building/building.ts";

const mac = (number: number): string => `00-17-0d-00-00-00-00-${number.toString(16).padStart(2, "0")}`;
const square = (x: number, y: number, side = 4) => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];

interface FloorOfHall {
  id: string;
  name: string;
  overlap?: string;
  masks?: unknown;
  rooms: Record<string, unknown>[];
  zones: Record<string, unknown>[];
  sensors: Record<string, unknown>[];
}

/** Free to be spoilt. */
export function hall() {
  const sensor = (number: number, x: number, more: object = {}) => ({
    id: `sensor_${number}`,
    mac_address: mac(number),
    mode: "presence",
    center: [x, 2],
    footprint: [3, 4],
    ...more,
  });
  return {
    organization: { id: "org_1", name: "One" },
    sites: [
      {
        id: "site_1",
        name: "Here",
        timezone: "Europe/Berlin",
        buildings: [
          {
            id: "building_1",
            name: "Hall",
            floors: [
              {
                id: "space_1",
                name: "Ground floor",
                rooms: [
                  { id: "room_1", name: "West", coordinates: square(0, 0) },
                  { id: "room_2", name: "East", coordinates: square(4, 0) },
                  { id: "room_3", name: "Lounge", coordinates: square(8, 0) },
                ],
                zones: [{ id: "zone_1", name: "Desk", room_id: "room_1", coordinates: square(0, 0, 2) }],
                sensors: [
                  sensor(1, 1.5, { room_id: "room_1" }),
                  sensor(2, 2.9, { room_id: "room_1" }),
                  sensor(3, 5, { room_id: "room_2" }),
                  sensor(4, 6.5, { room_id: "room_2" }),
                  sensor(5, 10),
                ],
              },
            ] as FloorOfHall[],
          },
        ],
      },
    ],
  };
}

export type Hall = ReturnType<typeof hall>;

export const groundFloor = (model: Hall) => model.sites[0]!.buildings[0]!.floors[0]!;

export async function built(model: Hall): Promise<BuildingModel> {
  const checked = checkModel(model);
  if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
  return compileBuilding(await assignNumbers(checked.document, null, (count) => Promise.resolve(count)));
}
