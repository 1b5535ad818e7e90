// npm run simulate: many seeds, one seed, or planted bugs. Exits with 1 when a seed violates an invariant or a planted bug
// is not caught.

import { parseArgs } from "node:util";
import { availableParallelism } from "node:os";
import { type BatchReport, runBatch } from "./batch.ts";
import { invariants } from "./oracle/judge.ts";
import { plants } from "./plants.ts";
import { type Case, cases } from "./profile.ts";
import type { RunReport } from "./run.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "2000" },
    seed: { type: "string" },
    days: { type: "string", default: "3" },
    threads: { type: "string", default: String(Math.min(availableParallelism(), 8)) },
    plant: { type: "string" },
    case: { type: "string" },
    json: { type: "boolean", default: false },
    trace: { type: "boolean", default: false },
  },
});

const days = Number(values.days);
const threads = Number(values.threads);
const first = Number(values.seed ?? 1);
// A seed alone is run alone.
const seeds = values.seed !== undefined && !process.argv.includes("--seeds") ? 1 : Number(values.seeds);

const kind = caseNamed(values.case);

function caseNamed(name: string | undefined): Case | undefined {
  if (name === undefined || name in cases) return name as Case | undefined;
  throw new Error(`There is no case "${name}". There are: ${Object.keys(cases).join("; ")}`);
}

const print = (text: string) => process.stdout.write(`${text}\n`);

function tell({ seed, violation, lines }: RunReport): void {
  if (violation === null) return;
  const { invariant, message, at } = violation;
  if (!values.trace) for (const line of lines) print(`    ${line}`);
  print(`seed ${seed}: ${message} (after ${(at / 3_600_000).toFixed(2)} h)`);
  print(`  invariant ${invariant}: ${invariants[invariant]}`);
}

function figures({ seeds, deliveries, attempts, subscriptions, faults, crashes, seconds, caught }: BatchReport) {
  const rounded = (value: number) => Math.round(value * 10) / 10;
  return {
    seeds,
    days,
    violations: caught.length,
    seconds: rounded(seconds),
    deliveries_per_seed: rounded(deliveries),
    attempts_per_seed: rounded(attempts),
    subscriptions_per_seed: rounded(subscriptions),
    faults_per_seed: rounded(faults),
    crashes_per_seed: rounded(crashes),
  };
}

async function sweep(): Promise<void> {
  const report = await runBatch({ first, seeds, days, threads, verbose: values.trace, ...(kind && { kind }) });
  if (values.trace) for (const line of report.lines) print(line);
  for (const caught of report.caught) tell(caught);
  const kinds = Object.entries(report.kinds).map(([kind, mean]) => `${kind} ${mean.toFixed(2)}`);
  if (!values.json) print(`faults per seed: ${kinds.join(", ")}`);
  if (seeds === 1) print(`trace ${[...report.traces.values()].join()}`);
  print(
    values.json
      ? JSON.stringify(figures(report))
      : Object.entries(figures(report))
          .map(([name, value]) => `${name} ${value}`)
          .join("\n"),
  );
  if (report.caught.length > 0) process.exitCode = 1;
  // One seed may have nothing to tell.
  if (kind === "alerts told" && seeds > 1 && report.alerts === 0) {
    print("nobody was told of anything, so nothing was judged");
    process.exitCode = 1;
  }
}

async function prove(wanted: string): Promise<void> {
  const chosen = plants.filter(({ name }) => wanted === "all" || name === wanted);
  if (chosen.length === 0)
    throw new Error(`There is no plant "${wanted}". There are: ${plants.map(({ name }) => name).join("; ")}`);
  const left = [...chosen];
  const results: { plant: string; caught: boolean; seeds: number; invariant: number | null }[] = [];
  const work = async (): Promise<void> => {
    for (let plant = left.shift(); plant !== undefined; plant = left.shift()) {
      const { name } = plant;
      const where = kind ?? plant.kind;
      const { caught, seeds: run } = await runBatch({
        first,
        seeds,
        days,
        threads: 1,
        plant: name,
        untilCaught: true,
        ...(where && { kind: where }),
      });
      const violation = caught[0]?.violation ?? null;
      results.push({ plant: name, caught: violation !== null, seeds: run, invariant: violation?.invariant ?? null });
      if (values.json) continue;
      const how =
        violation === null
          ? "NOT CAUGHT"
          : `seed ${caught[0]!.seed}, invariant ${violation.invariant}: ${violation.message}`;
      print(`${name}: ${how}`);
      if (chosen.length === 1) for (const each of caught) tell(each);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  const missed = results.filter(({ caught }) => !caught);
  if (values.json) print(JSON.stringify({ plants: results.length, missed: missed.length, results }));
  else print(`${results.length - missed.length} of ${results.length} planted bugs caught`);
  if (missed.length > 0) process.exitCode = 1;
}

await (values.plant === undefined ? sweep() : prove(values.plant));
