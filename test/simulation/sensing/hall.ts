// The place in which the simulation senses: two floors with presence sensors, some of which see the same people, and a door
// counter. What each sensor speaks for is written down here by hand, so that the oracle need not ask the source.

import { checkModel } from "../../../src/building/check.ts";
import { placeIdsOf } from "../../../src/building/place-ids.ts";
import type { PlaceId } from "../../../src/model/place-id.ts";

/** What owners change about the hall. */
export interface HallState {
  /** Where the third sensor hangs. */
  readonly third: "room_2" | "room_1" | "gone";
  /** How often the device of the second sensor was replaced. */
  readonly second: number;
  /** How often the door counter was. */
  readonly door: number;
}

export const hallAtFirst: HallState = { third: "room_2", second: 0, door: 0 };

/** A presence sensor as the oracle sees it. */
export interface Eye {
  readonly id: string;
  readonly floor: string;
  readonly room: string | null;
  /** The spaces that are known while it is heard. */
  readonly speaksFor: readonly string[];
  /** Others that see the same people. */
  readonly overlapping: readonly string[];
}

export interface Hall {
  readonly state: HallState;
  readonly document: string;
  readonly places: readonly PlaceId[];
  readonly eyes: readonly Eye[];
}

export const organization = "org_9";
export const doorCounter = "hall_door";
export const hive = "hall_hive";
/** Through which hive this sensor speaks. */
export const hiveOf = (sensor: string): string | undefined =>
  sensor === "eye_1" || sensor === "eye_2" ? hive : undefined;
/** Everybody counts once for each sensor that sees them. */
export const sumFloor = "hall_2";
/** A drawn room without sensors of its own, and a drawn zone. */
export const lounge = { id: "hall_lounge", from: 8, until: 12 };
export const desk = { id: "hall_desk", until: 2 };
/** The room of each sensor that reports motion. */
export const motionSensors = { eye_1: "hall_room_1", eye_3: "hall_room_2" } as const;

/** Where people stand, by sensor, in metres of their floor. The second and the third of each pair of sensors are near enough
 * to each other to be taken for one person. */
const nearDoor = [
  [1.4, 0.9],
  [2.7, 3.1],
  [2.2, 3.1],
] as const;
export const spots: Readonly<Record<string, readonly (readonly [x: number, y: number])[]>> = {
  eye_1: nearDoor,
  eye_2: nearDoor,
  eye_3: [
    [6, 1],
    [6, 3],
    [6.4, 1],
  ],
  eye_4: [
    [10, 1],
    [10, 3],
  ],
  eye_5: nearDoor,
  eye_6: nearDoor,
};

const made = new Map<string, Hall>();

/** A pure function of its state, made once for all runs. */
export function hallOf(state: HallState): Hall {
  const key = JSON.stringify(state);
  let hall = made.get(key);
  if (hall === undefined) made.set(key, (hall = makeHall(state)));
  return hall;
}

/** The hall that was put under this text. */
export function hallOfDocument(document: string): Hall {
  return [...made.values()].find((hall) => hall.document === document)!;
}

function makeHall(state: HallState): Hall {
  const checked = checkModel(documentOf(state));
  if ("problems" in checked) throw new Error(JSON.stringify(checked.problems));
  return {
    state,
    document: JSON.stringify(checked.document),
    places: placeIdsOf(checked.document),
    eyes: eyesOf(state),
  };
}

function eyesOf({ third }: HallState): readonly Eye[] {
  const eye = (id: string, floor: string, room: string | null, more: readonly string[], ...overlapping: string[]) => ({
    id,
    floor,
    room,
    speaksFor: [`floor:${floor}`, ...(room === null ? [] : [`room:${room}`]), ...more],
    overlapping,
  });
  return [
    eye("eye_1", "hall_1", "hall_room_1", [`zone:${desk.id}`], "eye_2"),
    eye("eye_2", "hall_1", "hall_room_1", [`zone:${desk.id}`], "eye_1"),
    ...(third === "gone" ? [] : [eye("eye_3", "hall_1", `hall_${third}`, [])]),
    eye("eye_4", "hall_1", null, [`room:${lounge.id}`]),
    eye("eye_5", "hall_2", "hall_room_3", [], "eye_6"),
    eye("eye_6", "hall_2", "hall_room_3", [], "eye_5"),
  ];
}

const outline = (from: number, until: number, depth = 4) => [
  [from, 0],
  [until, 0],
  [until, depth],
  [from, depth],
];

function documentOf({ third, second, door }: HallState): object {
  const mac = (number: number, replaced = 0) => `00170d0009${replaced}${number}`;
  const eye = (number: number, x: number, room: string | null, replaced = 0) => ({
    id: `eye_${number}`,
    mac_address: mac(number, replaced),
    mode: "presence",
    center: [x, 2],
    footprint: [3, 4],
    ...(room === null ? {} : { room_id: room }),
    ...(hiveOf(`eye_${number}`) === undefined ? {} : { hive_id: hive }),
  });
  const floors = [
    {
      id: "hall_1",
      name: "Ground floor",
      rooms: [
        { id: "hall_room_1", name: "West", coordinates: outline(0, 4) },
        { id: "hall_room_2", name: "East", coordinates: outline(4, 8) },
        { id: lounge.id, name: "Lounge", coordinates: outline(lounge.from, lounge.until) },
      ],
      hives: [{ id: hive, serialNumber: "hive-1" }],
      zones: [{ id: desk.id, name: "Desk", room_id: "hall_room_1", coordinates: outline(0, desk.until, 2) }],
      sensors: [
        eye(1, 1.5, "hall_room_1"),
        eye(2, 2.5, "hall_room_1", second),
        ...(third === "gone" ? [] : [eye(3, 6, `hall_${third}`)]),
        eye(4, 10, null),
        { id: doorCounter, mac_address: mac(9, door), mode: "traffic" },
      ],
    },
    {
      id: sumFloor,
      name: "First floor",
      overlap: "sum",
      rooms: [{ id: "hall_room_3", name: "Hall", overlap: "sum" }],
      sensors: [eye(5, 1.5, "hall_room_3"), eye(6, 2.5, "hall_room_3")],
    },
  ];
  const building = { id: "building_9", name: "Hall", butterflymx_id: 109, floors };
  return {
    organization: { id: organization, name: "Organization 9" },
    sites: [{ id: "site_9", name: "Site", timezone: "UTC", buildings: [building] }],
  };
}
