// A place as somebody writes it who knows only the vendors' documents: every field that they name, numbers where they
// have numbers, and nothing in what may be left empty.

import assert from "node:assert/strict";
import { call, type Server } from "./harness.ts";

export const organization = "org_stranger";
export const building = 577696272;

export const model = () => ({
  organization: { id: organization, name: "Murphy Group" },
  sites: [
    {
      id: "site_la",
      name: "Los Angeles",
      timezone: "America/Los_Angeles",
      siteNumber: 1,
      customID: "LA",
      buildings: [
        {
          id: building,
          name: "Bergnaum Building",
          building_number: 7,
          capacity: { max: 100, mid: 50 },
          address: { lines: ["1 Main Street"], country: "US" },
          customID: "B-1",
          floors: [
            {
              id: "space_1",
              name: "1st Floor",
              floorNumber: 1,
              customID: "F-1",
              installation_status: "INSTALLED",
              capacity: { max: 50, mid: 20 },
              area: { value: 100, unit: "sqm" },
              floor_plans: [
                { floor_plan_id: "plan_1", name: "plan", url: "https://x.example/p", coordinates: [[0, 0]] },
              ],
              rooms: [
                {
                  id: "room_named",
                  name: "Cherry Falls",
                  customID: "R-1",
                  roomType: "meeting",
                  capacity: { max: 8, mid: 4 },
                  coordinates: [
                    [80, 20],
                    [95, 20],
                    [95, 35],
                    [80, 35],
                  ],
                  rotation: 0,
                  note: "",
                  tags: [],
                  pir_zero_enable: true,
                  pir_zero_threshold: 0.05,
                  pir_zero_window: 300,
                },
                { id: "room_bare", name: "Elm Hill", customID: null, coordinates: [] },
              ],
              zones: [
                {
                  id: "zone_desk",
                  name: "Desk 01",
                  room_id: "room_named",
                  customID: "Z-1",
                  coordinates: [
                    [85, 27],
                    [86, 27],
                    [86, 28],
                    [85, 28],
                  ],
                },
                { id: "zone_bare", name: "Corner", room_id: "", coordinates: [] },
              ],
              hives: [
                {
                  id: "hive_1",
                  name: "Hive",
                  serialNumber: "21312f639defabc0",
                  hiveType: "2.0",
                  hiveVersion: "2.4.4",
                  coordinates: [1, 2],
                  isOnline: true,
                },
                { id: "hive_bare", serialNumber: "21312f639defabc1" },
              ],
              sensors: [
                {
                  id: "sensor_eye",
                  name: "Eye",
                  mac_address: "00-17-0d-00-00-cc-bb-aa",
                  mode: "presence",
                  model: "Heatic 2+",
                  room_id: "room_named",
                  hive_id: "hive_1",
                  hive_serial: "21312f639defabc0",
                  zone_ids: ["zone_desk"],
                  center: [87.189995, 27.579999],
                  height: 3.4544,
                  orientation: [0, 0, 90],
                  field_of_view: 1.0472,
                  sensitivity: 1,
                  is_online: true,
                  power_type: "Wired",
                },
                {
                  id: "sensor_bare",
                  mac_address: "00:17:0D:00:00:CC:BB:AD",
                  mode: "presence",
                  room_id: "room_bare",
                  zone_ids: ["zone_bare"],
                  center: [1, 1],
                  height: 2.5,
                },
                {
                  id: "sensor_door",
                  mac_address: "00170d0000ccbbab",
                  mode: "traffic",
                  room_id: "",
                  hive_id: "hive_bare",
                },
              ],
            },
          ],
          access_points: [{ id: 22177636, name: "Main", device_ids: [708353660], building_id: building }],
          devices: [{ id: 708353660, name: "Main Entrance", type: "panel", model: '12"', serial_number: "s-1" }],
          units: [
            { id: 474917539, label: "2B", floor: "2" },
            { id: 843107216, label: "1A", floor: 1 },
          ],
          tenants: [
            { id: 1001, unit_id: 474917539, first_name: "Duncan", last_name: "Idaho", full_name: null },
            { id: 1002, unit: { id: 474917539, label: "2B", floor: "2" }, email: "mate@example.com" },
            { id: 1003, unit_id: 843107216 },
          ],
          keychains: [{ id: 501, type: "custom_keychain", tenant_id: 1001, virtual_key_ids: [1] }, { id: 502 }],
          access_tools: [{ id: 601, type: "pin", code: "1234", tenant_id: 1002 }],
        },
      ],
    },
  ],
});

export async function put(server: Server): Promise<void> {
  const { status, body } = await call(`${server.url}/v1/building-model`, {
    method: "PUT",
    key: server.key,
    body: model(),
  });
  assert.equal(status, 200, JSON.stringify(body));
}

/** A key made over the operator API, which is quicker than through the command line. */
export async function keyFor(
  server: Server,
  role: string,
  target: string | number,
): Promise<{ client_id: string; client_secret: string; key: string }> {
  const made = await call(`${server.url}/v1/keys`, { key: server.key, body: { role, for: String(target) } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  return made.body;
}

/** Moments that differ, a little in the past. */
export function moments(): () => number {
  let at = Date.now() - 60_000;
  return () => (at += 1_000);
}
