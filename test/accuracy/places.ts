// The place that recordings of people, motion and doors are replayed in: one room with everything a recording may come from.

import type { BuildingModel } from "../../src/building/building.ts";
import { compiled } from "../building/models.ts";

const sensor = (id: string, last: number, mode: string, more: object = {}) => ({
  id,
  mac_address: `00-17-0d-00-00-00-00-0${last}`,
  mode,
  room_id: "room",
  ...more,
});

export interface Settings {
  readonly noMotionAfterS?: number;
  /** `04:00` */
  readonly reset?: string;
}

/** Sensors: `door`, the motion sensors `S6` and `S7`, and `eye` with a counting line along y = 0 whose left is y > 0. */
export function place({ noMotionAfterS = 300, reset = "04:00" }: Settings = {}): Promise<BuildingModel> {
  const line = [
    [-3, 0],
    [3, 0],
  ];
  const sensors = [
    sensor("door", 1, "traffic"),
    sensor("S6", 2, "presence"),
    sensor("S7", 3, "presence"),
    sensor("eye", 4, "presence", { center: [0, 2], footprint: [6.4, 9], counting_line: { line } }),
  ];
  const rooms = [{ id: "room", name: "Room", no_motion_after_s: noMotionAfterS }];
  const floors = [{ id: "floor", name: "Floor", rooms, sensors }];
  const buildings = [{ id: "building", name: "Building", floors }];
  return compiled({
    organization: { id: "org", name: "Recordings" },
    sites: [{ id: "site", name: "Site", timezone: "UTC", occupancy_reset: reset, buildings }],
  });
}
