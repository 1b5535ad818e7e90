// Thermo Presence: heads on a 32 x 24 thermal array in the ceiling of rooms A and B, in pixels with y down. The file gives
// the wall clock of each batch and no zone: it is taken as UTC. A batch spans 240 s with 471 frames.
// The rooms stand on floors of their own: they were recorded weeks apart, and time on a floor runs for all its sensors.

import type { ModelDocument } from "../../building/document.ts";
import type { Point } from "../../model/fact.ts";
import { asRecord } from "../json.ts";
import { withContentId } from "../content-id.ts";
import type { Recorded, RecordingFormat } from "../recording.ts";
import { wallClock } from "../wall-clock.ts";

const rooms = ["A", "B"] as const;
const [width, height] = [32, 24];
const frameMs = 240_000 / 471;
const longestFrame = 10_000;

// The source states no scale: an array of 4:3 under a usual ceiling, and walls just outside what it sees.
const footprint = [6.4, 4.8] as const;
const wall = 0.2;

const corners: readonly Point[] = [
  [0, 0],
  [footprint[0] + 2 * wall, 0],
  [footprint[0] + 2 * wall, footprint[1] + 2 * wall],
  [0, footprint[1] + 2 * wall],
];

const model: ModelDocument = {
  organization: { id: "org_thermo-presence", name: "Thermo Presence" },
  sites: [
    {
      id: "site_thermo-presence",
      name: "Poznan",
      timezone: "UTC",
      buildings: [
        {
          id: "building_thermo-presence",
          name: "Vision laboratory",
          floors: rooms.map((room, index) => ({
            id: `space_thermo-presence_${room}`,
            name: `Floor of room ${room}`,
            rooms: [{ id: `room_thermo-presence_${room}`, name: `Room ${room}`, coordinates: corners }],
            hives: [
              { id: `hive_thermo-presence_${room}`, serialNumber: `7e2300000000000${index + 1}`, hiveType: "2.0" },
            ],
            sensors: [
              {
                id: sensorOf(room),
                mac_address: `02-7e-23-00-00-00-00-0${index + 1}`,
                mode: "presence" as const,
                model: "MLX90640",
                room_id: `room_thermo-presence_${room}`,
                hive_id: `hive_thermo-presence_${room}`,
                center: [footprint[0] / 2 + wall, footprint[1] / 2 + wall] as const,
                footprint,
                orientation: [0, 0, 0],
              },
            ],
          })),
        },
      ],
    },
  ],
};

export const thermoPresence: RecordingFormat = {
  model,
  async *observations(lines) {
    const recorded = (
      line: number,
      share: number,
      room: ThermalRoom,
      at: number,
      local: readonly Point[],
    ): Recorded => {
      const observation = { kind: "detections", sensor: sensorOf(room), at, local };
      return { line, share, at, text: withContentId("thermo-presence", observation) };
    };
    const ends = new Map<ThermalRoom, number>();
    let last = 0;
    for await (const line of lines) {
      if (line.text.trim() === "") continue;
      last = line.number;
      const frame = readFrame(line.text);
      if (typeof frame === "string") {
        yield { line: line.number, share: line.share, problem: frame };
        continue;
      }
      ends.set(frame.room, Math.max(ends.get(frame.room) ?? 0, frame.at));
      yield recorded(line.number, line.share, frame.room, frame.at, frame.local);
    }
    // The recording stops with people in the room: without a last, empty frame they would seem to stay in its last minute.
    for (const [room, end] of ends) yield recorded(last, 1, room, Math.round(end + frameMs), []);
  },
};

type ThermalRoom = (typeof rooms)[number];

function sensorOf(room: ThermalRoom): string {
  return `sensor_thermo-presence_${room}`;
}

/** The frame, or what is wrong with the line. */
function readFrame(text: string): { room: ThermalRoom; at: number; local: readonly Point[] } | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "not JSON";
  }
  const { room: name, start, frame, points } = asRecord(value);
  const room = rooms.find((known) => known === name);
  if (room === undefined) return "its room is neither A nor B";
  const began = typeof start === "string" ? wallClock(start.slice(0, 10), start.slice(11)) : null;
  if (began === null) return "its start is not of the form 2021-05-05T13:10:20";
  if (typeof frame !== "number" || !Number.isInteger(frame) || frame < 0 || frame > longestFrame)
    return "its frame is not a whole number";
  if (!Array.isArray(points) || !points.every(isPoint)) return "its points are not pairs of numbers";
  return { room, at: Math.round(began + frame * frameMs), local: points.map(([x, y]) => [x / width, y / height]) };
}

function isPoint(value: unknown): value is Point {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number");
}
