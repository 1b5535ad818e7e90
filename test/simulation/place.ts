// The place of an organization of the simulation: one building with two rooms, two counters of passers-by, a door and two
// tenants. A pure function of its number, checked and numbered once for all runs.

import { checkModel } from "../../src/building/check.ts";
import { placeIdsOf } from "../../src/building/place-ids.ts";
import type { PlaceId } from "../../src/model/place-id.ts";
import type { Profile } from "./profile.ts";

export interface Site {
  readonly organization: string;
  readonly site: string;
  readonly building: string;
  readonly floor: string;
  readonly rooms: readonly string[];
  readonly counters: readonly string[];
  readonly door: string;
  readonly doorNumber: number;
  readonly tenants: readonly string[];
  /** Whether its counters stand at the doors of its rooms. */
  readonly isCounted: boolean;
  /** The model in normal form, and every id in it. */
  readonly document: string;
  readonly places: readonly PlaceId[];
}

const made = new Map<number, Site>();

function siteOf(number: number): Site {
  let site = made.get(number);
  if (site === undefined) made.set(number, (site = makeSite(number)));
  return site;
}

/** The sites of a run. */
export function sitesOf({
  organizations,
  countsRooms,
}: Pick<Profile, "organizations" | "countsRooms">): readonly Site[] {
  return Array.from({ length: organizations }, (_, index) => siteOf(index + (countsRooms ? firstCounted : 1)));
}

/** From this number on counters stand at the doors of rooms. */
const firstCounted = 5;

function makeSite(n: number): Site {
  const names = {
    organization: `org_${n}`,
    site: `site_${n}`,
    building: `building_${n}`,
    floor: `floor_${n}`,
    rooms: [`room_${n}_1`, `room_${n}_2`],
    counters: [`sensor_${n}_1`, `sensor_${n}_2`],
    door: `door_${n}`,
    doorNumber: 1000 + n,
    tenants: [`tenant_${n}_1`, `tenant_${n}_2`],
    isCounted: n >= firstCounted,
  };
  const numbered = (ids: readonly string[], first: number) =>
    ids.map((id, index) => ({ id, butterflymx_id: first + n * 10 + index }));
  const units = numbered([`unit_${n}_1`, `unit_${n}_2`], 2000);
  const checked = checkModel({
    organization: { id: names.organization, name: `Organization ${n}` },
    sites: [
      {
        id: names.site,
        name: "Site",
        timezone: "UTC",
        buildings: [
          {
            id: names.building,
            name: "House",
            butterflymx_id: 100 + n,
            floors: [
              {
                id: names.floor,
                name: "Ground",
                rooms: names.rooms.map((id) => ({ id, name: id })),
                sensors: names.counters.map((id, index) => ({
                  id,
                  mac_address: `00170d0000${n}${index}`,
                  mode: "traffic",
                  ...(n >= firstCounted ? { room_id: names.rooms[index] } : {}),
                })),
              },
            ],
            access_points: [{ id: names.door, name: "Door", butterflymx_id: names.doorNumber }],
            units: units.map((unit, index) => ({ ...unit, label: `${index}` })),
            tenants: numbered(names.tenants, 3000).map((tenant, index) => ({ ...tenant, unit_id: units[index]!.id })),
          },
        ],
      },
    ],
  });
  if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
  return { ...names, document: JSON.stringify(checked.document), places: placeIdsOf(checked.document) };
}
