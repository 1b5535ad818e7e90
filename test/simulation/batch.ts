// Many seeds on several threads, and what came of them.

import { Worker } from "node:worker_threads";
import type { FromChild, Task } from "./batch-child.ts";
import { type Plant, plants } from "./plants.ts";
import type { Case } from "./profile.ts";
import type { RunReport } from "./run.ts";

export interface BatchOptions {
  readonly first: number;
  readonly seeds: number;
  readonly days: number;
  readonly threads: number;
  readonly plant?: string;
  readonly kind?: Case;
  readonly verbose?: boolean;
  /** Ends the batch at the first violation. */
  readonly untilCaught?: boolean;
}

export interface BatchReport {
  readonly seeds: number;
  readonly caught: readonly RunReport[];
  /** Mean per seed. */
  readonly deliveries: number;
  readonly attempts: number;
  readonly subscriptions: number;
  readonly faults: number;
  readonly crashes: number;
  /** Failures, ends of them and disabled subscriptions that somebody was told of, in all seeds. */
  readonly alerts: number;
  /** Means of all kinds. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** By seed. */
  readonly traces: ReadonlyMap<number, string>;
  readonly lines: readonly string[];
}

/** A seed that takes longer than this hangs, on a busy machine as well. */
const patienceMs = 60_000;

export async function runBatch(options: BatchOptions): Promise<BatchReport> {
  const { first, seeds, days, threads, plant = null, kind = null, verbose = false, untilCaught = false } = options;
  const began = performance.now();
  const counter = new Int32Array(new SharedArrayBuffer(8));
  const task: Task = { first, seeds, days, plant, kind, verbose, counter, untilCaught };
  const reports: RunReport[] = [];
  const failures: unknown[] = [];
  await Promise.all(
    Array.from({ length: Math.min(threads, seeds) }, () =>
      runThread(task, (report) => {
        reports.push(report);
        if (untilCaught && report.violation !== null) counter[1] = 1;
      }).catch((error: unknown) => {
        counter[1] = 1;
        failures.push(error);
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
  return summary(reports, (performance.now() - began) / 1000);
}

function runThread(task: Task, onReport: (report: RunReport) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./batch-child.ts", import.meta.url), {
      workerData: task,
      resourceLimits: { maxYoungGenerationSizeMb: 192 },
    });
    let seed = task.first;
    let watchdog = setTimeout(() => {}, 0);
    const watch = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => {
        void worker.terminate();
        reject(new Error(`a seed from ${seed} on hangs: nothing was heard for ${patienceMs / 1000} s`));
      }, patienceMs);
    };
    watch();
    worker.on("message", (message: FromChild) => {
      watch();
      if (message.kind === "begins") seed = message.seed;
      else if (message.kind === "reports") for (const report of message.reports) onReport(report);
      else {
        const missing = plantNamed(task.plant)?.patches.find(({ file }) => !message.patched.includes(file));
        if (missing !== undefined) reject(new Error(`src/${missing.file} is not part of the simulation`));
      }
    });
    worker.on("error", (error) => reject(new Error(`from seed ${seed} on: ${String(error)}`, { cause: error })));
    worker.on("exit", (code) => {
      clearTimeout(watchdog);
      if (code === 0) resolve();
      else reject(new Error(`from seed ${seed} on: the thread ended with ${code}`));
    });
  });
}

const plantNamed = (name: string | null): Plant | undefined => plants.find((each) => each.name === name);

function summary(reports: readonly RunReport[], seconds: number): BatchReport {
  const sorted = reports.toSorted((a, b) => a.seed - b.seed);
  const mean = (of: (report: RunReport) => number): number =>
    sorted.reduce((sum, report) => sum + of(report), 0) / Math.max(sorted.length, 1);
  const names = new Set(sorted.flatMap(({ faults }) => Object.keys(faults)));
  const kinds = Object.fromEntries(
    [...names].toSorted().map((name) => [name, mean(({ faults }) => faults[name] ?? 0)]),
  );
  const sum = (fits: (name: string) => boolean): number =>
    Object.entries(kinds).reduce((total, [name, value]) => total + (fits(name) ? value : 0), 0);
  return {
    seeds: sorted.length,
    caught: sorted.filter(({ violation }) => violation !== null),
    deliveries: mean(({ deliveries }) => deliveries),
    attempts: mean(({ attempts }) => attempts),
    subscriptions: mean(({ subscriptions }) => subscriptions),
    faults: sum(() => true),
    crashes: sum((name) => name.startsWith("crash") || name === "store io"),
    alerts: sorted.reduce((total, { alerts }) => total + alerts, 0),
    kinds,
    seconds,
    traces: new Map(sorted.map(({ seed, trace }) => [seed, trace])),
    lines: sorted.flatMap(({ lines }) => lines),
  };
}
