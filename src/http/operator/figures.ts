// How subscriptions did in the last 24 hours, for lists and pages: `?figures=true`. One read for all of a page.

import { z } from "zod";
import type { Subscription } from "../../model/subscription.ts";
import { type LaneFigures, mostOnDisk } from "../../store/figure-reads.ts";
import type { OperatorDeps } from "./deps.ts";
import { iso, time } from "./time.ts";

const hourMs = 3_600_000;
const hours = 24;

export const withFigures = z
  .enum(["true", "false"])
  .optional()
  .describe("With how the attempts of the last 24 hours went, and what waits.");

export const figuresSchema = z.object({
  from: time.describe("The begin of the first of 24 hours; the last of them is not over."),
  attempts: z.number(),
  delivered: z.number().describe("Of the attempts."),
  p50_ms: z.number().nullable().describe("Half of the attempts took at most so long; null: there were none."),
  p99_ms: z.number().nullable(),
  is_sample: z
    .boolean()
    .describe(
      "There were so many that some of each quarter of an hour were read: shares are estimates, numbers are of those.",
    ),
  hours: z
    .array(
      z.object({
        at: time,
        codes: z.record(z.string(), z.number()).describe("Attempts by outcome."),
        p50_ms: z.number(),
        p99_ms: z.number(),
      }),
    )
    .describe("Only those with attempts."),
  last: z.object({ at: time, code: z.string(), status: z.number().nullable() }).nullable(),
  backlog: z.number().describe(`Deliveries that are owed. Of those on the disk, ${mostOnDisk} at most are counted.`),
  is_backlog_whole: z.boolean().describe(`false: ${mostOnDisk} or more are on the disk.`),
  sequence: z.number().describe("The last number that was given to something it is owed; 0: none was."),
});

export type Figures = z.input<typeof figuresSchema>;

/** By the number of the subscription. */
export async function figuresOf(
  { history, clock, lane }: Pick<OperatorDeps, "history" | "clock" | "lane">,
  subscriptions: readonly Subscription[],
): Promise<ReadonlyMap<number, Figures>> {
  const now = clock.now();
  const from = (Math.floor(now / hourMs) - hours + 1) * hourMs;
  const organization = subscriptions[0]?.organization ?? null;
  const lanes = subscriptions.map(({ number }) => number);
  const found = await history.figures({ organization, lanes, from, until: now + 1 });
  const shown = found.map(async (each) => {
    const status = await lane(each.lane);
    return [each.lane, show(each, from, (status?.waiting ?? 0) + (status?.inFlight ?? 0))] as const;
  });
  return new Map(await Promise.all(shown));
}

const show = (figures: LaneFigures, from: number, inMemory: number): Figures => ({
  from: iso(from),
  attempts: figures.attempts,
  delivered: figures.delivered,
  p50_ms: figures.p50,
  p99_ms: figures.p99,
  is_sample: figures.isSample,
  hours: figures.hours.map(({ at, codes, p50, p99 }) => ({
    at: iso(at),
    codes: { ...codes } as Record<string, number>,
    p50_ms: p50,
    p99_ms: p99,
  })),
  last: figures.last && { ...figures.last, at: iso(figures.last.at) },
  backlog: figures.onDisk + inMemory,
  is_backlog_whole: figures.onDisk < mostOnDisk,
  sequence: figures.sequence,
});
