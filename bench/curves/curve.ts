// A curve: what a delivery costs at each point, as a table for people and as lists for programs.

import { median, round } from "../harness/figures.ts";
import { type Figures, say } from "../harness/options.ts";

export interface Point {
  /** Where on the curve. */
  readonly at: number;
  readonly perSecond: number;
  /** CPU of the server for each delivery, µs. */
  readonly cpu: number;
  /** Resident size, MB. */
  readonly rss: number;
  readonly note?: string;
}

export function tellHead(what: string): void {
  say(`${what.padStart(14)}  deliveries/s  CPU µs each  RSS MB`);
}

export function tell({ at, perSecond, cpu, rss, note = "" }: Point): void {
  const cells = [String(at).padStart(14), String(Math.round(perSecond)).padStart(12), cpu.toFixed(1).padStart(11)];
  say(`${cells.join("  ")}  ${String(Math.round(rss)).padStart(6)}  ${note}`.trimEnd());
}

/** `growth`: what a delivery costs at the last point ÷ at the median point; it must not grow with the curve. */
export function figuresOf(points: readonly Point[]): Figures {
  return {
    at: points.map(({ at }) => at),
    events_per_s: points.map(({ perSecond }) => Math.round(perSecond)),
    cpu_us: points.map(({ cpu }) => round(cpu, 1)),
    rss_mb: points.map(({ rss }) => Math.round(rss)),
    growth: round(points.at(-1)!.cpu / median(points.map(({ cpu }) => cpu)), 2),
  };
}

/** 1, 10, 100, … up to `most`. */
export function decades(from: number, most: number): number[] {
  const points: number[] = [];
  for (let at = from; at <= most; at *= 10) points.push(at);
  return points;
}
