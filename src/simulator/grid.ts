// A building as large as one likes and without a story: floors with a grid of rooms and a grid of sensors over each other, and
// frames of people who walk about under the sensors. For measuring what a frame costs.

import type { FloorDocument, ModelDocument } from "../building/document.ts";
import type { Point } from "../model/fact.ts";
import type { DetectionsObservation } from "../model/observation.ts";
import { type Box, cornersOf, middleOf } from "./plan.ts";
import { createSeededRandom } from "./random.ts";

export interface GridShape {
  readonly floors: number;
  readonly sensorsPerFloor: number;
  readonly roomsPerFloor: number;
  /** Desks in each room, default 0. */
  readonly zonesPerRoom?: number;
  /** So many metres each sensor sees of what its neighbours see, default 0.5. */
  readonly overlap?: number;
}

/** Metres: what one sensor is there for. */
const tile = 4;

/** Ids tell what they are: `floor-1`, `room-1-20`, `zone-1-20-2`, `sensor-1-300`. */
export function houseOf(shape: GridShape): ModelDocument {
  const floors = Array.from({ length: shape.floors }, (_, index) => floorOf(shape, index + 1));
  const building = { id: "building-1", name: "Grid", butterflymx_id: 1, floors };
  return {
    organization: { id: "grid", name: "Grid" },
    sites: [{ id: "site-1", name: "Grid", timezone: "Etc/UTC", buildings: [building] }],
  };
}

function floorOf(
  { sensorsPerFloor, roomsPerFloor, zonesPerRoom = 0, overlap = 0.5 }: GridShape,
  floor: number,
): FloorDocument {
  const columns = Math.ceil(Math.sqrt(sensorsPerFloor));
  const whole = { x0: 0, y0: 0, x1: columns * tile, y1: Math.ceil(sensorsPerFloor / columns) * tile };
  const boxes = gridOf(whole, roomsPerFloor);
  const rooms = boxes.map((box, index) => ({
    id: `room-${floor}-${index + 1}`,
    name: `Room ${floor}.${index + 1}`,
    coordinates: cornersOf(box),
  }));
  return {
    id: `floor-${floor}`,
    name: `Floor ${floor}`,
    rooms,
    zones: boxes.flatMap((box, room) =>
      gridOf(box, zonesPerRoom).map((desk, index) => ({
        id: `zone-${floor}-${room + 1}-${index + 1}`,
        name: `Desk ${floor}.${room + 1}.${index + 1}`,
        room_id: rooms[room]!.id,
        coordinates: cornersOf(desk),
      })),
    ),
    sensors: gridOf(whole, sensorsPerFloor).map((box, index) => ({
      id: `sensor-${floor}-${index + 1}`,
      mac_address: macOf(floor, index),
      mode: "presence" as const,
      room_id: rooms[roomAt(boxes, middleOf(box))]!.id,
      center: middleOf(box),
      footprint: [box.x1 - box.x0 + overlap, box.y1 - box.y0 + overlap] as const,
    })),
  };
}

/** So many boxes in rows, which tile the whole but for the end of the last row. */
function gridOf({ x0, y0, x1, y1 }: Box, count: number): Box[] {
  const columns = Math.ceil(Math.sqrt(count));
  const [width, depth] = [(x1 - x0) / columns, (y1 - y0) / Math.ceil(count / columns)];
  return Array.from({ length: count }, (_, index) => {
    const [column, row] = [index % columns, Math.floor(index / columns)];
    return {
      x0: x0 + column * width,
      y0: y0 + row * depth,
      x1: x0 + (column + 1) * width,
      y1: y0 + (row + 1) * depth,
    };
  });
}

/** The room in whose row and column the point lies, as an index; the last one where the last row has ended. */
function roomAt(boxes: readonly Box[], [x, y]: Point): number {
  const [{ x0, y0, x1, y1 }, columns] = [boxes[0]!, Math.ceil(Math.sqrt(boxes.length))];
  const [column, row] = [Math.floor((x - x0) / (x1 - x0)), Math.floor((y - y0) / (y1 - y0))];
  return Math.min(row * columns + column, boxes.length - 1);
}

function macOf(floor: number, index: number): string {
  const digits = (floor * 2 ** 20 + index).toString(16).padStart(12, "0");
  return digits.match(/../g)!.join("-");
}

export interface FramesOptions {
  readonly seed: number;
  /** Epoch ms of the first frame. */
  readonly from: number;
  /** Under each sensor, on average; from none to twice as many. */
  readonly people: number;
  /** Of one sensor. */
  readonly framesPerSecond: number;
}

/** Frames without end, in order of time, all sensors taking turns; people walk about within what their sensor sees. */
export function* framesIn(
  { floors, sensorsPerFloor }: Pick<GridShape, "floors" | "sensorsPerFloor">,
  { seed, from, people, framesPerSecond }: FramesOptions,
): Generator<DetectionsObservation, never> {
  const random = createSeededRandom(`grid ${seed}`);
  const sensors = Array.from({ length: floors * sensorsPerFloor }, (_, index) => ({
    // One floor after another, so that neighbours in time are not neighbours in place.
    id: `sensor-${(index % floors) + 1}-${Math.floor(index / floors) + 1}`,
    people: Array.from({ length: random.whole(0, people * 2) }, (): Point => [random.fraction(), random.fraction()]),
  }));
  const step = 1000 / framesPerSecond / sensors.length;
  for (let frame = 0; ; frame++) {
    const sensor = sensors[frame % sensors.length]!;
    sensor.people = sensor.people.map(([x, y]): Point => [walk(x), walk(y)]);
    yield {
      kind: "detections",
      id: null,
      sensor: sensor.id,
      at: Math.floor(from + frame * step),
      local: sensor.people,
    };
  }

  function walk(share: number): number {
    const next = share + random.between(-0.05, 0.05);
    return Math.round(Math.min(Math.max(next, 0), 0.9999) * 1e4) / 1e4;
  }
}
