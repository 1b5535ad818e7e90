// Points of people as 3D counters export them: a row for each point, with time, sensor, x and y in metres on the floor,
// and the id of the track where there is one. Rows of one sensor and time are one frame; a row without x and y says that
// the sensor saw nobody.

import type { Point } from "../../model/fact.ts";
import type { Recorded, RecordingFormat } from "../recording.ts";
import { type CsvRow, decimal, type FileOptions, readRows } from "./csv.ts";
import { withContentId } from "../content-id.ts";

type Column = "id" | "x" | "y";

/** A frame is over when its sensor has another time, or when another sensor is this far ahead. */
const frameOpenMs = 1_000;

interface Frame {
  readonly sensor: string;
  readonly at: number;
  readonly line: number;
  readonly world: Point[];
  /** null: the file has no ids. */
  readonly tracks: string[] | null;
  share: number;
  /** One of its rows cannot be read: without that point it would say too few people, so it is not sent. */
  broken: boolean;
}

export const pointsCsv = (options: FileOptions): RecordingFormat => ({
  model: null,
  async *observations(lines) {
    const open = new Map<string, Frame>();
    const closed = new Map<string, number>();
    const columns = ["id", "x", "y"] as const;
    const check = (has: (name: Column) => boolean): string | null =>
      has("x") && has("y") ? null : "columns x and y, in metres on the floor";
    for await (const item of readRows(lines, options, columns, check)) {
      if ("problem" in item) {
        yield item;
        continue;
      }
      const { row } = item;
      for (const frame of [...open.values()].filter((each) => isOver(each, row))) {
        open.delete(frame.sensor);
        closed.set(frame.sensor, frame.at);
        if (!frame.broken) yield recorded(frame);
      }
      if (closed.get(row.sensor) === row.at) {
        yield { line: row.line, share: row.share, problem: splitFrame };
        continue;
      }
      const frame = open.get(row.sensor) ?? begun(row);
      open.set(row.sensor, frame);
      const problem = addPoint(frame, row);
      if (problem !== null) yield { line: row.line, share: row.share, problem };
      frame.broken ||= problem !== null;
    }
    for (const frame of open.values()) if (!frame.broken) yield recorded(frame);
  },
});

const isOver = (frame: Frame, row: CsvRow<Column>): boolean =>
  frame.sensor === row.sensor ? frame.at !== row.at : row.at - frame.at > frameOpenMs;

function begun(row: CsvRow<Column>): Frame {
  const { sensor, at, line, share } = row;
  return { sensor, at, line, share, world: [], tracks: row.has("id") ? [] : null, broken: false };
}

const splitFrame = `belongs to a frame that is followed by rows more than ${frameOpenMs} ms later: sort the file by time, oldest first`;

/** Puts the row's point into its frame; returns what is wrong with it, or null. */
function addPoint(frame: Frame, row: CsvRow<Column>): string | null {
  const [x, y, id] = [row.cell("x"), row.cell("y"), row.cell("id")];
  frame.share = row.share;
  if (x === "" && y === "") return null;
  const point = [decimal(x), decimal(y)] as const;
  if (point[0] === null || point[1] === null) return `its x and y, "${x}" and "${y}", are not numbers of metres`;
  if (frame.tracks !== null) {
    if (id === "") return "has a point without the id of its track";
    if (frame.tracks.includes(id)) return `names track ${id} a second time in the same frame`;
    frame.tracks.push(id);
  }
  frame.world.push([point[0], point[1]]);
  return null;
}

function recorded({ sensor, at, line, share, world, tracks }: Frame): Recorded {
  const observation = { kind: "detections", sensor, at, world, ...(tracks === null ? {} : { tracks }) };
  return { line, share, at, text: withContentId("points-csv", observation) };
}
