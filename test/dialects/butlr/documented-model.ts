// The building of the documented examples [butlr.md §4] as a document that an operator puts.

import type { ModelDocument } from "../../../src/building/document.ts";

/** The documents show one id for both sensors; the door's has its own here. */
export const presence = "sensor_2oULMisdkRfEp6mBag2gLpJ0d7Z";
export const door = "sensor_2oULMisdkRfEp6mBag2gLpJ0d7a";
const roomId = "room_2oUDDps5iKHHo6RwlMgGVihmTlq";

const square = (reach: number) => [
  [86.5 - reach, 28 - reach],
  [86.5 + reach, 28 - reach],
  [86.5 + reach, 28 + reach],
  [86.5 - reach, 28 + reach],
];

export interface DocumentedParts {
  /** With all that is optional, or with nothing of it: no custom ids, no room around sensors and zones, no hive. */
  readonly isWhole: boolean;
  /** Room and zone have outlines around the people of the documented frame. */
  readonly isDrawn: boolean;
}

/** The presence sensor hangs so that the documented pair of coordinates comes out [domain.md §2.4]. */
export function documentedModel({ isWhole, isDrawn }: DocumentedParts): ModelDocument {
  const outline = (reach: number) => (isDrawn ? { coordinates: square(reach) } : {});
  const custom = (customID: string) => (isWhole ? { customID } : {});
  const inRoom = isWhole ? { room_id: roomId } : {};
  const made = isWhole ? { model: "Heatic 2+", hive_id: "hive_2oULLOWeATbeC4Ebfe849hNlFWk" } : {};
  return {
    organization: { id: "org_2oUBiRES2AmpczNM5yLu7pChz8o", name: "Murphy Group" },
    sites: [
      {
        id: "site_2oUBkdxF0lLJZxyWVix09ZTsMNV",
        name: "Los Angeles",
        timezone: "America/Los_Angeles",
        buildings: [
          {
            id: "building_2oUBkaFkcYwDzo7HLXpPh8bP4cD",
            name: "Bergnaum Building",
            floors: [
              {
                id: "space_2oUBnI7YL51GNemTvKIxEgSZ8gx",
                name: "1st Floor",
                ...custom("2tZStWPtxqpmb3w0PoJDm7AnfIX"),
                rooms: [
                  {
                    id: roomId,
                    name: "Cherry Falls",
                    ...outline(8),
                    ...custom("2tZSGplhA4CZ58wFlTf7wAeKMVo"),
                  },
                ],
                zones: [
                  {
                    id: "zone_2oUJLGKGlqPjwnUCwXNXpX3HB28",
                    name: "Desk 01",
                    ...outline(2),
                    ...inRoom,
                    ...custom("2tZTBBPk0Xmmo8zl1zFXrBHZwsz"),
                  },
                ],
                hives: [
                  {
                    id: "hive_2oULLOWeATbeC4Ebfe849hNlFWk",
                    serialNumber: "21312f639defabc0",
                    hiveType: "2.0",
                    hiveVersion: "2.4.4",
                  },
                ],
                sensors: [
                  {
                    id: presence,
                    mac_address: "00-17-0d-00-00-cc-bb-aa",
                    mode: "presence",
                    center: [87.189995, 27.579999],
                    footprint: [3.9888, 3.9888],
                    orientation: [0, 0, 90],
                    // Motion is a room's.
                    ...made,
                    room_id: roomId,
                  },
                  { id: door, mac_address: "00-17-0d-00-00-cc-bb-ab", mode: "traffic", ...made, ...inRoom },
                ],
              },
            ],
          },
        ],
      },
    ],
  } as unknown as ModelDocument;
}
