// Room Occupancy Estimation: two motion sensors in one room, a sample every 30 s (UCI dataset 864). The file gives the
// wall clock and no zone: it is taken as UTC. Its climate columns and its true head count are not observations.

import type { ModelDocument } from "../../building/document.ts";
import { withContentId } from "../content-id.ts";
import type { Recorded, RecordingFormat } from "../recording.ts";
import { wallClockWithin } from "../wall-clock.ts";

const sensors = ["sensor_room-occupancy-estimation_S6", "sensor_room-occupancy-estimation_S7"] as const;

/** When it was recorded, by which dates are told that copies spell in every order. */
const recordedWithin = [Date.UTC(2017, 11, 1), Date.UTC(2018, 1, 1)] as const;

const model: ModelDocument = {
  organization: { id: "org_room-occupancy-estimation", name: "Room Occupancy Estimation" },
  sites: [
    {
      id: "site_room-occupancy-estimation",
      name: "Hyderabad",
      timezone: "UTC",
      buildings: [
        {
          id: "building_room-occupancy-estimation",
          name: "Laboratory building",
          floors: [
            {
              id: "space_room-occupancy-estimation",
              name: "Floor",
              rooms: [
                {
                  id: "room_room-occupancy-estimation",
                  name: "Laboratory",
                  coordinates: [
                    [0, 0],
                    [6, 0],
                    [6, 4.6],
                    [0, 4.6],
                  ],
                },
              ],
              hives: [{ id: "hive_room-occupancy-estimation", serialNumber: "0ccc0000e5710000", hiveType: "2.0" }],
              sensors: sensors.map((id, index) => ({
                id,
                mac_address: `02-0c-c0-e5-00-00-00-0${index + 6}`,
                mode: "presence" as const,
                model: "PIR",
                room_id: "room_room-occupancy-estimation",
                hive_id: "hive_room-occupancy-estimation",
              })),
            },
          ],
        },
      ],
    },
  ],
};

export const roomOccupancyEstimation: RecordingFormat = {
  model,
  async *observations(lines) {
    let columns: readonly string[] | null = null;
    for await (const { number: line, text, share } of lines) {
      if (text.trim() === "") continue;
      const cells = text.split(",").map((cell) => cell.trim());
      if (columns === null) {
        columns = cells;
        continue;
      }
      const cell = (name: string): string => cells[columns?.indexOf(name) ?? -1] ?? "";
      const at = wallClockWithin(cell("Date"), cell("Time"), ...recordedWithin);
      const seen = [cell("S6_PIR"), cell("S7_PIR")];
      if (at === null || !seen.every((value) => value === "0" || value === "1")) {
        yield { line, share, problem: "lacks a readable Date, Time, S6_PIR or S7_PIR" };
        continue;
      }
      for (const [index, sensor] of sensors.entries()) {
        const observation = { kind: "motion", sensor, at, motion: seen[index] === "1" };
        yield { line, share, at, text: withContentId("room-occupancy-estimation", observation) } satisfies Recorded;
      }
    }
  },
};
