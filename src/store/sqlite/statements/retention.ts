// Pruning: everything older than the retention goes in short slices, oldest first, so that no commit waits long for it.
// Numbers rise with time, so a table loses its first rows, and no index over time is needed.

import type { Clock } from "../../../clock.ts";
import type { Ledger } from "../../ledger.ts";
import { noPrunedRows, type Pruned } from "../../removal.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import type { IdempotencyKeys } from "./idempotency-keys.ts";
import { dayMs } from "./minute-reads.ts";
import { rereadFrom } from "./observation-log.ts";
import { createPruneAttempts, createPruneEvents } from "./prune-events.ts";
import { createPruneKeys } from "./prune-keys.ts";
import { createPruneReplays } from "./prune-replays.ts";
import { createPruneSignIns } from "./prune-sign-ins.ts";
import { createPruneRuns } from "./sequence-runs.ts";
import { oldRows, type PruneStep, stepRows, type Tally } from "./prune-step.ts";
import type { RetentionClass } from "../../../model/retention.ts";
import type { OwnRetentions } from "./own-retention.ts";
import { createSweepEvents } from "./sweep-events.ts";
import { createSweepMinutes } from "./sweep-minutes.ts";
import { createNextOld, createSweepNumbered, type SweepStep } from "./sweep-numbered.ts";

export type Prune = (...given: Parameters<Ledger["prune"]>) => Pruned;

export interface Pruning {
  readonly prune: Prune;
  /** Must follow every rollback. */
  reset(): void;
}

/** Free pages are given back to the file system when they are more than this share of the file. */
const freeShare = 0.05;
const vacuumPages = 256;

export function createPruning(
  context: EngineContext,
  clock: Clock,
  idempotencyKeys: IdempotencyKeys,
  ownRetentions: OwnRetentions,
  onEnded: Lines["ended"],
): Pruning {
  const keys = createPruneKeys(context, idempotencyKeys);
  const steps: readonly PruneStep[] = [
    createPruneEvents(context, onEnded),
    createPruneAttempts(context),
    createPruneRuns(context),
    createPruneObservations(context),
    createPruneMinutes(context),
    createPruneEntries(context),
    createPruneSignIns(context),
    createPruneReplays(context),
    keys.step,
  ];
  const sweepStep = createSweeps(context, onEnded);
  return {
    prune(epoch, retention, now, budgetMs) {
      context.checkEpoch(epoch);
      const end = clock.monotonic() + budgetMs;
      const tally: Tally = { ...noPrunedRows, lanes: new Set() };
      // The rows that show which numbers were given out may be among those that go.
      for (const table of ["observation", "event", "delivery"] as const) {
        context.setMeta(`last_${table}`, context.last[table]);
      }
      const { all, sweeps } = ownRetentions.plan(retention, now);
      const work = [
        ...steps.map((step) => () => step(all, tally)),
        ...sweeps.map((sweep) => () => sweepStep[sweep.class](sweep, tally)),
        () => shrink(context),
      ];
      for (const step of work) {
        while (step()) if (clock.monotonic() >= end) return prunedOf(tally, true);
      }
      return prunedOf(tally, false);
    },
    reset: () => keys.reset(),
  };
}

const prunedOf = (tally: Tally, more: boolean): Pruned => ({ ...tally, lanes: [...tally.lanes], more });

const createSweeps = (
  context: EngineContext,
  onEnded: Lines["ended"],
): Readonly<Record<RetentionClass, SweepStep>> => ({
  events: createSweepEvents(context, onEnded),
  minutes: createSweepMinutes(context),
  entries: createSweepNumbered(
    context,
    createNextOld(context, "entry", "number"),
    ["delete from entry where number = ?", "delete from entry_tenant where number = ?"],
    (tally) => tally.entries++,
  ),
  observations: createSweepNumbered(
    context,
    createNextOld(context, "observation", "position", () => rereadFrom(context)),
    ["delete from observation where position = ?"],
    (tally) => tally.observations++,
  ),
});

/** Observations that sensing has not folded yet, or will read again after a restart, stay, however old: they were acknowledged,
 * and not everything follows from them yet. */
function createPruneObservations(context: EngineContext): PruneStep {
  const folded = context.prepare(
    "select position as number, accepted_at as at from observation where position <= ? order by position limit ?",
  );
  const remove = context.prepare("delete from observation where position <= ?");
  return (before, tally) => {
    const found = oldRows(folded.iterate(rereadFrom(context), stepRows), before.observations);
    if (found === null) return false;
    remove.run(found.last);
    tally.observations += found.count;
    return true;
  };
}

/** Whole days: rows are keyed by their day first, so those that may go are the first ones. */
function createPruneMinutes(context: EngineContext): PruneStep {
  const key = "day, organization, subject, hour";
  const first = context.prepare(`select ${key} from minute_hour where day < ? order by ${key} limit ?`);
  const remove = context.prepare(`delete from minute_hour where (${key}) <= (?, ?, ?, ?)`);
  return (before, tally) => {
    const rows = first.all(Math.floor(before.minutes / dayMs), stepRows);
    const last = rows.at(-1);
    if (last === undefined) return false;
    remove.run(last["day"]!, last["organization"]!, last["subject"]!, last["hour"]!);
    tally.minuteHours += rows.length;
    return true;
  };
}

function createPruneEntries(context: EngineContext): PruneStep {
  const old = context.prepare("select number, accepted_at as at from entry order by number limit ?");
  const remove = context.prepare("delete from entry where number <= ?");
  const removeGrants = context.prepare("delete from entry_tenant where number <= ?");
  return (before, tally) => {
    const found = oldRows(old.iterate(stepRows), before.entries);
    if (found === null) return false;
    remove.run(found.last);
    removeGrants.run(found.last);
    tally.entries += found.count;
    return true;
  };
}

/** Gives free pages back to the file system, never all of them: tomorrow's rows need as many as yesterday's have left. */
function shrink(context: EngineContext): boolean {
  const free = count(context, "freelist_count");
  if (free <= count(context, "page_count") * freeShare) return false;
  context.database.exec(`pragma incremental_vacuum(${vacuumPages})`);
  return count(context, "freelist_count") < free;
}

function count(context: EngineContext, pragma: "freelist_count" | "page_count"): number {
  return Number(context.database.prepare(`pragma ${pragma}`).get()?.[pragma]);
}
