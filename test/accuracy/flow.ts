// What docs/accuracy.md says about motion, doors and counting lines: the program's own folds on the recordings.

import { createSeededRandom } from "../../src/simulator/random.ts";
import { counted, type LineFrame, oneByOne, readFrames, seen } from "./counting-line.ts";
import { drift, readSlots, runningSum, sensed as sensedSlots } from "./door-counts.ts";
import { contiguous, motionScore, readMotion, sensed } from "./motion-timeouts.ts";
import { place } from "./places.ts";
import { percent, table } from "./table.ts";

/** Each contiguous part of the recording begins anew; `whole`: the file in one, where a gap may be days long. */
export async function motionTable(path: string): Promise<string> {
  const samples = readMotion(path);
  const rows = [60, 120, 180, 300, 600, 900, 1200].map(async (noMotionAfterS) => {
    const model = await place({ noMotionAfterS });
    const parts = contiguous(samples).flatMap((part) => sensed(part, model));
    const { right, falseVacancies, occupiedLost, emptyKept } = motionScore(samples, parts);
    const whole = motionScore(samples, sensed(samples, model));
    const shares = [occupiedLost, emptyKept].map(percent);
    return [`${noMotionAfterS} s`, twoDecimals(right), falseVacancies, ...shares, twoDecimals(whole.right)];
  });
  return table(
    ["no motion after", "right", "false vacancies", "occupied time lost", "empty time kept", "right, as one file"],
    await Promise.all(rows),
  );
}

const twoDecimals = (share: number): string => `${(share * 100).toFixed(2)} %`;

export async function doorTable(path: string): Promise<string> {
  const slots = readSlots(path);
  const rows = [0, 4, 6].map(async (hour) => {
    const sum = drift(slots, runningSum(slots, hour), hour);
    const { counts, least } = sensedSlots(slots, await place({ reset: `0${hour}:00` }));
    const own = drift(slots, counts, hour);
    const signed = `${sum.closingMean < 0 ? "" : "+"}${sum.closingMean.toFixed(1)}`;
    return [
      `0${hour}:00`,
      percent(sum.negative),
      `${sum.closingError.toFixed(1)} (${signed})`,
      least,
      own.closingError.toFixed(1),
      percent(own.openDays),
      own.closingMost,
    ];
  });
  return table(
    ["reset", "plain sum: below zero", "closing error", "Belfry: least", "closing error", "days not at 0", "most"],
    await Promise.all(rows),
  );
}

const sensors = [
  { name: "exact", metres: 0, misses: 0 },
  { name: "off by 0.1 m", metres: 0.1, misses: 0 },
  { name: "off by 0.1 m, 10 % missed", metres: 0.1, misses: 0.1 },
  { name: "off by 0.3 m", metres: 0.3, misses: 0 },
];

/** People counted out / in, in the crowd as it was recorded and one by one. */
export async function lineTables(path: string): Promise<{ readonly crowd: string; readonly single: string }> {
  const frames = readFrames(path);
  const model = await place();
  const of = (recorded: readonly LineFrame[]): string => {
    const rows = [1, 2, 5, 12, 25].map((nth) => [
      `${Math.round(250 / nth) / 10}`,
      ...sensors.flatMap((sensor) =>
        [true, false].map((withIds) => {
          const random = createSeededRandom(`line ${nth} ${sensor.name}`);
          const { in: entered, out } = counted(seen(recorded, { nth, ...sensor }, random), withIds, model);
          return `${out} / ${entered}`;
        }),
      ),
    ]);
    return table(["frames/s", ...sensors.flatMap(({ name }) => [`${name}: ids`, "no ids"])], rows);
  };
  return { crowd: of(frames), single: of(oneByOne(frames)) };
}
