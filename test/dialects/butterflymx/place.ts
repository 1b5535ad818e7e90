// Two buildings of one organization and one of another, with the numbers of the vendor's documented examples.

import { compileBuilding } from "../../../src/building/compile.ts";
import type { ModelDocument } from "../../../src/building/document.ts";

export const northDocument: ModelDocument = {
  organization: { id: "org_north", name: "North" },
  sites: [
    {
      id: "site_1",
      name: "Quay",
      timezone: "America/New_York",
      buildings: [
        {
          id: "building_1",
          name: "One Quay",
          butterflymx_id: 577696272,
          access_points: [
            { id: "front", name: "Front", butterflymx_id: 22177636, device_ids: ["panel"] },
            { id: "garage", name: "Garage", butterflymx_id: 842395203 },
          ],
          devices: [{ id: "panel", name: "Main Entrance", butterflymx_id: 708353660, sip_username: "panel_2" }],
          units: [
            { id: "unit_4b", label: "4B", butterflymx_id: 843107216 },
            { id: "unit_5a", label: "5A", butterflymx_id: 474917539 },
          ],
          tenants: [
            { id: "alia", unit_id: "unit_4b", butterflymx_id: 37112193 },
            {
              id: "duncan",
              unit_id: "unit_5a",
              butterflymx_id: 377389742,
              first_name: "Duncan",
              last_name: "Idaho",
              email: "d@example.com",
              sip_username: "1001",
            },
          ],
          keychains: [{ id: "pass", butterflymx_id: 254331397, tenant_id: "duncan" }],
          access_tools: [{ id: "fob", butterflymx_id: 61, tenant_id: "alia" }],
        },
        {
          id: "building_2",
          name: "Two Quay",
          butterflymx_id: 2,
          access_points: [{ id: "back", name: "Back", butterflymx_id: 21 }],
          units: [
            { id: "unit_2", label: "2", butterflymx_id: 22 },
            { id: "unit_3", label: "3", butterflymx_id: 24 },
          ],
          tenants: [
            { id: "leto", unit_id: "unit_2", butterflymx_id: 23 },
            // Named like the other building: ids are unique only among records of their kind.
            { id: "building_1", unit_id: "unit_3", butterflymx_id: 25 },
          ],
        },
      ],
    },
  ],
};

export const southDocument: ModelDocument = {
  organization: { id: "org_south", name: "South" },
  sites: [
    {
      id: "site_9",
      name: "Far",
      timezone: "UTC",
      buildings: [
        {
          id: "building_9",
          name: "Nine",
          butterflymx_id: 9,
          access_points: [{ id: "gate", name: "Gate", butterflymx_id: 91 }],
          units: [{ id: "unit_9", label: "9", butterflymx_id: 92 }],
          tenants: [{ id: "paul", unit_id: "unit_9", butterflymx_id: 93 }],
        },
      ],
    },
  ],
};

export const north = compileBuilding(northDocument);
export const south = compileBuilding(southDocument);
