// Building models for tests: a small campus with two buildings, written as people write it, ids of vendors included.

import { checkModel } from "../../src/building/check.ts";
import { compileBuilding } from "../../src/building/compile.ts";
import type { BuildingModel } from "../../src/building/building.ts";
import type { ModelDocument } from "../../src/building/document.ts";
import { assignNumbers } from "../../src/building/assign-numbers.ts";

/** A fresh copy each time, free to be spoilt. */
export function campus() {
  return {
    organization: { id: "org_1", name: "Murphy Group" },
    sites: [
      {
        id: "site_1",
        name: "Los Angeles",
        timezone: "America/Los_Angeles",
        buildings: [
          {
            id: "building_1",
            name: "Bergnaum Building",
            floors: [
              {
                id: "space_1",
                name: "1st Floor",
                customID: "L1",
                rooms: [
                  {
                    id: "room_1",
                    name: "Cherry Falls",
                    coordinates: [
                      [0, 0],
                      [4, 0],
                      [4, 4],
                      [0, 4],
                    ],
                  },
                  { id: "room_2", name: "Elm Hill", pir_zero_threshold: 0.5 },
                ],
                zones: [
                  {
                    id: "zone_1",
                    name: "Desk 01",
                    room_id: "room_1",
                    coordinates: [
                      [0, 0],
                      [1, 0],
                      [1, 1],
                    ],
                  },
                ],
                hives: [{ id: "hive_1", serialNumber: "21312f639defabc0", hiveType: "2.0", hiveVersion: "2.4.4" }],
                sensors: [
                  {
                    id: "sensor_1",
                    mac_address: "00-17-0D-00-00-CC-BB-01",
                    mode: "presence",
                    model: "Heatic 2+",
                    room_id: "room_1",
                    zone_ids: ["zone_1"],
                    hive_id: "hive_1",
                    center: [2, 2],
                    height: 3,
                    orientation: [0, 0, 90],
                  },
                  { id: "sensor_2", mac_address: "00:17:0d:00:00:cc:bb:02", mode: "presence", room_id: "room_1" },
                  { id: "sensor_3", mac_address: "00170d0000ccbb03", mode: "presence", room_id: "room_2" },
                  { id: "sensor_4", mac_address: "0017.0dcc.bb04", mode: "traffic", room_id: "room_2" },
                  { id: "sensor_5", mac_address: "00-17-0d-00-00-cc-bb-05", mode: "presence" },
                ],
              },
              { id: "space_2", name: "2nd Floor", rooms: [{ id: "room_3", name: "Loft" }] },
            ],
            access_points: [
              { id: "ap_front", name: "Front door", butterflymx_id: 22177636, device_ids: ["708353660"] },
              { id: 842395203, name: "Lobby" },
            ],
            devices: [{ id: "708353660", name: "Main Entrance", type: "panel" }],
            units: [
              { id: "474917539", label: "101" },
              { id: "unit_b", label: 102, butterflymx_id: 843107216 },
            ],
            tenants: [
              {
                id: "tenant_duncan",
                butterflymx_id: 377389742,
                unit_id: 474917539,
                first_name: "Duncan",
                last_name: "Idaho",
              },
              { id: "tenant_mate", unit_id: "474917539", full_name: "Jessica" },
              { id: "tenant_alia", butterflymx_id: 37112193, unit_id: "unit_b", email: "alia@example.com" },
            ],
            keychains: [
              { id: "254331397", name: "Guests", tenant_id: "tenant_duncan", unit_id: "474917539" },
              { id: "kc_unit", unit_id: "unit_b" },
            ],
            access_tools: [{ id: "fob", type: "rfid_tag", tenant_id: "tenant_mate" }],
          },
          {
            id: "building_2",
            name: "Annex",
            tenant_scope: "own",
            access_points: [{ id: "ap_annex", name: "Gate" }],
            units: [{ id: "unit_x", label: "1" }],
            tenants: [
              { id: "tenant_x", unit_id: "unit_x" },
              { id: "tenant_y", unit_id: "unit_x" },
            ],
            keychains: [
              { id: "kc_x", tenant_id: "tenant_x" },
              { id: "kc_all", unit_id: "unit_x" },
            ],
          },
        ],
      },
    ],
  };
}

/** Throws what is wrong with it. */
export function checked(value: unknown): ModelDocument {
  const result = checkModel(value);
  if ("problems" in result)
    throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return result.document;
}

/** Fresh numbers count up from `first`. */
export function counter(first: number): (count: number) => Promise<number> {
  let next = first;
  return (count) => {
    next += count;
    return Promise.resolve(next - count);
  };
}

export async function compiled(value: unknown): Promise<BuildingModel> {
  return compileBuilding(await assignNumbers(checked(value), null, counter(9_000_001)));
}
