// Runs seeds in a thread of its own, with a bug planted if asked to. Takes the next seeds from a counter that all threads
// share.

import { registerHooks } from "node:module";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { patched, plants } from "./plants.ts";
import type { Case } from "./profile.ts";
import type { RunReport } from "./run.ts";

export interface Task {
  readonly first: number;
  readonly seeds: number;
  readonly days: number;
  readonly plant: string | null;
  readonly kind: Case | null;
  readonly verbose: boolean;
  /** [0]: seeds taken so far; [1]: not 0 when it is enough. */
  readonly counter: Int32Array;
  readonly untilCaught: boolean;
}

export type FromChild =
  | { readonly kind: "ready"; readonly patched: readonly string[] }
  | { readonly kind: "begins"; readonly seed: number }
  | { readonly kind: "reports"; readonly reports: readonly RunReport[] };

const { first, seeds, days, plant: name, kind, verbose, counter, untilCaught } = workerData as Task;
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
const say = (message: FromChild) => parentPort!.postMessage(message);
const changed: string[] = [];

if (name !== null) {
  const plant = plants.find((each) => each.name === name);
  if (plant === undefined) throw new Error(`there is no plant "${name}"`);
  const files = new Set(plant.patches.map(({ file }) => file));
  const root = join(import.meta.dirname, "../../src");
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      const file = url.startsWith("file:") ? relative(root, fileURLToPath(url)) : url;
      if (!files.has(file) || loaded.source == null) return loaded;
      changed.push(file);
      return { ...loaded, source: patched(plant, file, Buffer.from(loaded.source as Uint8Array).toString()) };
    },
  });
}

const { runSeed } = await import("./run.ts");
say({ kind: "ready", patched: changed });

/** Reported together, so that talking costs nothing. */
const atOnce = 10;
while (counter[1] === 0) {
  const next = Atomics.add(counter, 0, atOnce);
  if (next >= seeds) break;
  const reports: RunReport[] = [];
  for (let at = next; at < Math.min(next + atOnce, seeds) && counter[1] === 0; at++) {
    // Each by itself: on a busy machine ten of them take longer than one that hangs may.
    say({ kind: "begins", seed: first + at });
    const report = await runSeed(first + at, { days, verbose, kind });
    reports.push(report);
    // What nobody caught comes up when the thread next waits.
    await new Promise<void>((resolve) => void setImmediate(resolve));
    if (report.violation !== null && untilCaught) break;
  }
  say({ kind: "reports", reports });
}
parentPort!.close();
