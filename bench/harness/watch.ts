// Looks at the server every so often while something else goes on.

import { moment, pause } from "./figures.ts";
import type { Server } from "./server.ts";

export interface Sample {
  /** Monotonic ms. */
  readonly at: number;
  /** Resident size, MB. */
  readonly rss: number;
  readonly files: number;
}

const everyMs = 500;

export async function watch(server: Server, until: Promise<unknown>): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let over = false;
  const end = until.finally(() => (over = true));
  while (!over) {
    samples.push({ at: moment(), ...server.now() });
    await Promise.race([end, pause(everyMs)]);
  }
  await end;
  return samples;
}

/** Mean of a figure over a quarter of the time, counted from 1. */
export function meanOfQuarter(samples: readonly Sample[], quarter: number, figure: "rss" | "files"): number {
  const length = samples.length / 4;
  return mean(samples.slice(Math.floor((quarter - 1) * length), Math.floor(quarter * length)), figure);
}

export function mean(samples: readonly Sample[], figure: "rss" | "files"): number {
  return samples.reduce((sum, sample) => sum + sample[figure], 0) / samples.length;
}
