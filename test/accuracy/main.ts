// npm run accuracy: every figure of docs/accuracy.md, measured again on the real recordings. Names of parts, such as
// `npm run accuracy -- minutes doors`, measure these alone; --seeds sets how many seeds the noise has.

import { parseArgs } from "node:util";
import { recording } from "../fixtures/recordings.ts";
import { lineFile } from "./counting-line.ts";
import { doorFile } from "./door-counts.ts";
import { doorTable, lineTables, motionTable } from "./flow.ts";
import { costTable, crowdTable, estimatorTable, noiseTable, rateTable, visitTable } from "./minutes.ts";
import { motionFile } from "./motion-timeouts.ts";
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
  run(path: string): void | Promise<void>;
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
    run: async (path) => print(`## Motion: room-occupancy-estimation\n\n${await motionTable(path)}`),
  },
  doors: { file: doorFile, run: async (path) => print(`## Doors: CalIt2\n\n${await doorTable(path)}`) },
  lines: {
    file: lineFile,
    async run(path) {
      const { crowd, single } = await lineTables(path);
      print(`## Counting line: Jülich, out / in\n\nAs it was recorded:\n\n${crowd}\nOne by one:\n\n${single}`);
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
  if (skip === false) await run(path);
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
