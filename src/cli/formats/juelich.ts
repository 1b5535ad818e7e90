// Juelich: 75 people leave a room through one door, tracked at 25 frames/s in metres (Pedestrian Dynamics Data Archive,
// 10.34735/ped.2018.1). The door line is y = 0; the room is y > 0, so it holds those who have not crossed the line yet,
// and only its outline decides that: everybody tracked is sent, inside or out. A counting line along the door counts who goes
// out. The recording has no clock: it is set to begin at `began`.

import type { ModelDocument } from "../../building/document.ts";
import type { Point } from "../../model/fact.ts";
import { withContentId } from "../content-id.ts";
import { type Recorded, type RecordingFormat } from "../recording.ts";

const began = Date.UTC(2018, 0, 15, 12);
const frameMs = 1000 / 25;
const sensor = "sensor_juelich";

const model: ModelDocument = {
  organization: { id: "org_juelich", name: "Pedestrian trajectories" },
  sites: [
    {
      id: "site_juelich",
      name: "Juelich",
      timezone: "UTC",
      buildings: [
        {
          id: "building_juelich",
          name: "Experiment hall",
          floors: [
            {
              id: "space_juelich",
              name: "Hall floor",
              rooms: [
                {
                  id: "room_juelich",
                  name: "Behind the bottleneck",
                  coordinates: [
                    [-3, 0],
                    [3, 0],
                    [3, 6.5],
                    [-3, 6.5],
                  ],
                },
              ],
              hives: [{ id: "hive_juelich", serialNumber: "0e11c40000000001", hiveType: "2.0" }],
              sensors: [
                {
                  id: sensor,
                  mac_address: "02-0e-11-c4-00-00-00-01",
                  mode: "presence",
                  model: "Overhead camera",
                  room_id: "room_juelich",
                  hive_id: "hive_juelich",
                  center: [0, 2],
                  footprint: [6, 9],
                  orientation: [0, 0, 0],
                  counting_line: {
                    line: [
                      [-3, 0],
                      [3, 0],
                    ],
                  },
                },
              ],
            },
          ],
        },
      ],
    },
  ],
};

interface JuelichFrame {
  /** The first of its people's lines. */
  readonly line: number;
  readonly world: Point[];
  readonly tracks: string[];
}

export const juelich: RecordingFormat = {
  model,
  async *observations(lines) {
    // The file is sorted by person, so all of it must be read before the first frame is complete.
    const frames = new Map<number, JuelichFrame>();
    const broken = new Set<number>();
    for await (const { number: line, text, share } of lines) {
      if (text.trim() === "" || text.startsWith("#")) continue;
      const [person, frame, x, y] = text.trim().split(/\s+/).map(Number);
      if (![person, frame, x, y].every(Number.isFinite) || !Number.isInteger(frame) || frame! < 0) {
        // Without this person the frame would say one too few.
        if (Number.isInteger(frame)) broken.add(frame!);
        yield { line, share, problem: "not of the form person frame x y z; its frame is not sent" };
        continue;
      }
      const seen = frames.get(frame!) ?? { line, world: [], tracks: [] };
      frames.set(frame!, seen);
      seen.world.push([x!, y!]);
      seen.tracks.push(String(person));
    }
    const order = [...frames.keys()].toSorted((a, b) => a - b);
    const recorded = (share: number, frame: number, { line, world, tracks }: JuelichFrame): Recorded => {
      const at = began + frame * frameMs;
      const observation = { kind: "detections", sensor, at, world, tracks };
      return { line, share, at, text: withContentId("juelich", observation) };
    };
    for (const [index, frame] of order.entries()) {
      if (broken.has(frame)) continue;
      yield recorded((index + 1) / (order.length + 1), frame, frames.get(frame)!);
    }
    // The last person vanishes with the recording: say that nobody is left.
    const end = order.at(-1);
    if (end !== undefined) yield recorded(1, end + 1, { line: frames.get(end)!.line, world: [], tracks: [] });
  },
};
