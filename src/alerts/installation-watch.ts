// Looks once a minute at what nobody tells: how much room the disk has, and how much waits. Only for operators who have alerts.

import type { Cancel, Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { Subject } from "./matters.ts";
import type { OpenMatters } from "./open-matters.ts";

/** Bytes. */
export interface DiskSpace {
  readonly free: number;
  readonly size: number;
}

export interface InstallationWatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly matters: OpenMatters;
  readonly isWanted: () => boolean;
  /** Of the file system of the data directory. */
  readonly disk: () => Promise<DiskSpace>;
  /** Deliveries that are owed, and observations that are not folded. */
  readonly waiting: () => Promise<number>;
}

const everyMs = 60_000;
const GiB = 1024 ** 3;

/** Nearly full: less than a twentieth is free, at least 1 GiB and at most 10, but never more than a quarter of a small disk. */
export const lowAt = (size: number): number => Math.min(size / 4, Math.min(Math.max(size / 20, GiB), 10 * GiB));
/** So that a disk on the edge is not told of each minute. */
const freeAgain = 1.5;

export const isLow = ({ free, size }: DiskSpace, wasLow: boolean): boolean =>
  free < lowAt(size) * (wasLow ? freeAgain : 1);

const fewest = 1_000;
/** Samples, one a minute. */
export const sampled = 11;
const rises = 5;

/** `samples`: the oldest first. It grows where the last five minutes each brought more, and the ten minutes a tenth and five
 * hundred. It shrinks again at half of its `peak`. */
export function isGrowing(samples: readonly number[], peak: number | null): boolean {
  const now = samples.at(-1) ?? 0;
  if (now < fewest) return false;
  if (peak !== null) return now > peak / 2;
  if (samples.length < sampled) return false;
  const last = samples.slice(-rises - 1);
  const before = samples[0]!;
  return last.every((each, at) => at === 0 || each > last[at - 1]!) && now - before >= Math.max(500, before / 10);
}

const here: Subject = { type: "installation", organization: null, id: "belfry", number: 0 };

const diskFacts = (space: DiskSpace) => ({ free: sizeText(space.free), size: sizeText(space.size) });

/** null: there is room. */
export const diskMatter = (space: DiskSpace) =>
  isLow(space, false) ? ({ kind: "disk.low", subject: here, facts: diskFacts(space) } as const) : null;

export function createInstallationWatch(deps: InstallationWatchDeps): Service {
  const { clock, matters } = deps;
  let cancel: Cancel | null = null;
  let round: Promise<void> = Promise.resolve();
  let wasLow = false;
  let samples: number[] = [];
  let peak: number | null = null;

  async function watchDisk(): Promise<void> {
    const space = await deps.disk();
    const facts = diskFacts(space);
    wasLow = isLow(space, wasLow);
    if (wasLow) matters.open("disk.low", here, facts);
    else matters.close("disk.low", here, facts);
  }

  async function watchBacklog(): Promise<void> {
    const waiting = await deps.waiting();
    samples = [...samples.slice(1 - sampled), waiting];
    const facts = { waiting, before: samples[0]! };
    const grows = isGrowing(samples, peak);
    peak = grows ? Math.max(peak ?? 0, waiting) : null;
    if (grows) matters.open("backlog.growing", here, facts);
    else matters.close("backlog.growing", here, facts);
  }

  async function look(): Promise<void> {
    if (!deps.isWanted()) {
      [samples, peak, wasLow] = [[], null, false];
      return;
    }
    for (const watch of [watchDisk, watchBacklog]) {
      await watch().catch((error: unknown) =>
        deps.log.error("alert.unwatched", { err: error }, "The disk or the backlog could not be looked at."),
      );
    }
  }

  function plan(ms: number): void {
    cancel = clock.after(ms, () => {
      round = look().finally(() => {
        if (cancel !== null) plan(everyMs);
      });
    });
  }

  return {
    async start() {
      plan(everyMs);
    },
    async stop() {
      cancel?.();
      cancel = null;
      await round;
    },
  };
}

function sizeText(bytes: number): string {
  return bytes >= GiB ? `${(bytes / GiB).toFixed(1)} GiB` : `${Math.round(bytes / 1024 ** 2)} MiB`;
}
