// npm run accuracy: every figure of docs/accuracy.md, measured again on the real recordings. Names of parts, such as
// `npm run accuracy -- minutes doors`, measure these alone; --seeds sets how many seeds the noise has.

import { parseArgs } from "node:util";
import { recording } from "../fixtures/recordings.ts";
import { doorFile, drift, readSlots, runningSum } from "./door-counts.ts";
import { costTable, crowdTable, estimatorTable, noiseTable, rateTable, visitTable } from "./minutes.ts";
import { motionFile, motionScore, readMotion, withinTimeout } from "./motion-timeouts.ts";
import { percent, table } from "./table.ts";
import { readBatches, thermoFile } from "./thermo-minutes.ts";

const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "10" } },
  allowPositionals: true,
});
const seeds = Number(values.seeds);
if (!Number.isInteger(seeds) || seeds < 1) throw new TypeError("--seeds takes a whole number from 1 up.");

const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Part {
  /** The recording it needs; null: none. */
  readonly file: string | null;
  run(path: string): void;
}

const parts: Readonly<Record<string, Part>> = {
  minutes: {
    file: thermoFile,
    run(path) {
      const batches = readBatches(path);
      print(`## Minutes: thermo-presence, ${seeds} seeds\n\n${estimatorTable(batches, seeds)}`);
      print(`Wrong windows by noise, changing / all:\n\n${noiseTable(batches, seeds)}`);
      print(`By frame rate:\n\n${rateTable(batches, seeds)}`);
    },
  },
  visits: {
    file: null,
    run: () => print(`## Short visits: shown in value / in max\n\n${visitTable()}`),
  },
  crowds: { file: null, run: () => print(`## Constant counts\n\n${crowdTable()}`) },
  cost: { file: null, run: () => print(`## Cost of a minute\n\n${costTable()}`) },
  motion: {
    file: motionFile,
    run(path) {
      const samples = readMotion(path);
      const rows = [60, 120, 180, 300, 600, 900, 1200].map((seconds) => {
        const { right, falseVacancies, occupiedLost, emptyKept } = motionScore(
          samples,
          withinTimeout(samples, seconds * 1000),
        );
        return [`${seconds} s`, percent(right), falseVacancies, percent(occupiedLost), percent(emptyKept)];
      });
      print(`## Motion: room-occupancy-estimation\n`);
      print(table(["no motion after", "right", "false vacancies", "occupied time lost", "empty time kept"], rows));
    },
  },
  doors: {
    file: doorFile,
    run(path) {
      const slots = readSlots(path);
      const rows = [0, 4, 6].map((hour) => {
        const { negative, closingError, closingMean } = drift(slots, runningSum(slots, hour), hour);
        return [`0${hour}:00`, percent(negative), closingError.toFixed(1), closingMean.toFixed(1)];
      });
      print(`## Doors: CalIt2\n`);
      print(table(["reset", "below zero", "closing error", "mean"], rows));
    },
  },
};

for (const name of positionals) {
  if (!(name in parts)) throw new TypeError(`There is no part ${name}. There are: ${Object.keys(parts).join(", ")}.`);
}

let absent = 0;
for (const [name, { file, run }] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const { path, skip } = file === null ? { path: "", skip: false } : recording(file);
  if (skip === false) run(path);
  else {
    absent++;
    print(`## ${name}: not measured, since ${path} is not here.\n`);
  }
}
if (absent > 0) {
  print(
    "docs/accuracy.md says where the recordings come from. Put each into its folder under ../shared/data beside the",
  );
  print("checkout, or name another directory in BELFRY_TEST_DATA.");
  process.exitCode = 1;
}
