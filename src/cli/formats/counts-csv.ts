// People through doors as counters export them: a row for each sensor and interval with in and out, or with running totals.
// The time goes out as it stands, whether it is the beginning of the interval or its end.

import { type Recorded, type RecordingFormat, wholeNumber } from "../recording.ts";
import { type CsvRow, type FileOptions, readRows } from "./csv.ts";
import { withContentId } from "../content-id.ts";

const columns = ["in", "out", "total_in", "total_out"] as const;
type Column = (typeof columns)[number];
type Pair = readonly [Column, Column];

const steps: Pair = ["in", "out"];
const totals: Pair = ["total_in", "total_out"];

export const countsCsv = (options: FileOptions): RecordingFormat => ({
  model: null,
  async *observations(lines) {
    let pair: Pair = totals;
    const check = (has: (name: Column) => boolean): string | null => {
      // Totals win where a file has both: a lost row loses no people.
      const whole = [totals, steps].find((each) => each.every(has));
      pair = whole ?? totals;
      return whole === undefined ? "columns in and out, or total_in and total_out" : null;
    };
    const said = new Map<string, number>();
    for await (const item of readRows(lines, options, columns, check)) {
      if ("problem" in item) yield item;
      else yield read(item.row, pair, said);
    }
  },
});

/** `said`: the last time of each sensor, since two rows of one time would be two counts of the same people or of two. */
function read(row: CsvRow<Column>, pair: Pair, said: Map<string, number>): Recorded {
  const { line, share, sensor, at } = row;
  const counts = pair.map((name) => wholeNumber(row.cell(name)));
  const wrong = counts.indexOf(null);
  if (wrong >= 0) {
    const name = pair[wrong]!;
    return { line, share, problem: `its ${name}, "${row.cell(name)}", is not a whole number from 0 up` };
  }
  if (said.get(sensor) === at) {
    const problem = `is the second row of sensor ${sensor} for this time: add the rows up, or name a sensor for each`;
    return { line, share, problem };
  }
  said.set(sensor, at);
  const observation = { kind: "traffic", sensor, at, [pair[0]]: counts[0], [pair[1]]: counts[1] };
  return { line, share, at, text: withContentId("counts-csv", observation) };
}
