// Statements of a change of owner: what the one before left behind is made findable and due again, wherever it was and
// however the owner ended.

import type { StoredLaneHealth, Ledger, OpenLane, Ownership, LaneHealth } from "../../ledger.ts";
import { outcomeName, outcomeNumber } from "../../codes.ts";
import { type EngineContext, plain } from "./engine-context.ts";
import { type DueRow, dueDelivery, selectDue } from "./due.ts";
import type { StartedDeliveries } from "./started.ts";

export interface OwnershipOperations {
  acquire(...given: Parameters<Ledger["acquire"]>): Ownership;
  release(...given: Parameters<Ledger["release"]>): void;
  markStarted(...given: Parameters<Ledger["markStarted"]>): void;
  clearMark(...given: Parameters<Ledger["clearMark"]>): void;
  remember(...given: Parameters<Ledger["remember"]>): void;
  /** The file is about to be closed [wal-check.ts]. */
  noteClosed(): void;
}

/** Attempts that one lane can have in flight; more of its retries cannot have been interrupted. */
const widestLane = 64;

export function createOwnership(context: EngineContext, started: StartedDeliveries): OwnershipOperations {
  const spillAll = context.prepare("update delivery set location = 1, due = min(due, ?) where location = 0");
  // One walk over all that is owed tells which of the others are needed. Along the table: over the index by lane, every
  // row would be a jump.
  const survey = context.prepare(
    "select count(*) filter (where location = 0) as unspilled," +
      " count(*) filter (where location = 1 and attempts = 0 and due > :now) as early," +
      " count(*) filter (where location = 1 and attempts > 0 and due < :now) as overdue," +
      " count(*) filter (where location = 1 and attempts > 0 and due > :farthest) as absurd from delivery not indexed",
  );
  const hurryFirsts = context.prepare(
    "update delivery set due = :now where location = 1 and attempts = 0 and due > :now",
  );
  const shiftRetries = context.prepare(
    "update delivery set due = due - :shift where location = 1 and attempts > 0 and due > :now",
  );
  const fetchAbsurd = context.prepare(
    "update delivery set due = :now - 1 where location = 1 and attempts > 0 and due > :farthest",
  );
  // One statement, so that a million overdue retries need no round trips. Numbers of JavaScript arrive as reals: cut here.
  const spread = context.prepare(
    "update delivery set due = cast(:now + k * :spread / :count as integer) from (" +
      "select number as overdue, row_number() over (order by due, number) - 1 as k," +
      " row_number() over (partition by lane order by due, number) as place from delivery not indexed" +
      " where location = 1 and attempts > 0 and due < :now) where number = overdue and place > :heads",
  );
  // Steps from lane to lane over the index instead of reading all of it.
  const openLanes = context.prepare(
    "with recursive open (lane) as (select min(lane) from delivery where location = 1 union all" +
      " select (select min(d.lane) from delivery d where d.location = 1 and d.lane > open.lane) from open" +
      " where open.lane is not null)" +
      " select lane, (select min(d.due) from delivery d where d.location = 1 and d.lane = open.lane) as nextDue" +
      " from open where lane is not null",
  );
  const healths = context.prepare(
    "select s.lane, g.id as organization, s.failures, s.until, s.code, s.status, s.failed_at as failedAt" +
      " from lane_health s" +
      " join organization g on g.number = s.organization order by s.lane",
  );
  const moveHealths = context.prepare("update lane_health set until = min(until - :shift, :farthest)");
  const putHealth = context.prepare("insert or replace into lane_health values (?, ?, ?, ?, ?, ?, ?)");
  const dropHealth = context.prepare("delete from lane_health where lane = ?");

  const owedRow = context.prepare(`${selectDue} where d.location = 1 and d.number = ?`);
  owedRow.setReturnArrays(true);

  const startedRows = (): Ownership["marked"] =>
    started.all().flatMap((number) => {
      const row = owedRow.get(number) as unknown as DueRow | undefined;
      return row === undefined ? [] : [dueDelivery(row)];
    });

  const see = (now: number): void => context.setMeta("seen", Math.floor(now));

  /** How far the wall clock was set back since the last owner looked at it, ms. */
  const setBack = (now: number): number => Math.max(Number(context.meta("seen") ?? now) - now, 0);

  /** Gives every row a due time that it can have. */
  const settleTimes = (now: number, spreadMs: number, farthest: number, heads: number): void => {
    const shift = setBack(now);
    if (shift > 0) shiftRetries.run({ now, shift });
    moveHealths.run({ shift, farthest });
    const { unspilled, early, overdue, absurd } = survey.get({ now, farthest }) as Record<string, number>;
    if (early! > 0) hurryFirsts.run({ now });
    if (absurd! > 0) fetchAbsurd.run({ now, farthest });
    const count = overdue! + absurd!;
    if (count > 0) spread.run({ now, spread: Math.floor(spreadMs), count, heads });
    if (unspilled! > 0) spillAll.run(now);
  };

  return {
    acquire(now, spreadMs, farthestMs = Number.MAX_SAFE_INTEGER - now, shards = "all") {
      if (shards !== "all")
        throw new Error("this database has one owner, of all shards: some of them cannot be acquired");
      const at = Math.floor(now);
      const unclean = Number(context.meta("released") ?? 0) !== Number(context.meta("epoch") ?? 0);
      const epoch = context.raiseEpoch();
      if (!unclean) started.clearAll();
      const quarantined = unclean ? started.quarantine(at) : [];
      settleTimes(at, spreadMs, Math.floor(at + farthestMs), unclean ? widestLane : 0);
      context.setMeta("owned_up_to", context.last.delivery);
      see(at);
      return {
        epoch: { number: epoch, shards },
        lanes: openLanes.all().map(plain) as OpenLane[],
        healths: healths.all().map(healthOf),
        upTo: context.last.delivery,
        afterCrash: unclean,
        marked: startedRows(),
        quarantined,
      };
    },
    release(epoch, now) {
      context.checkEpoch(epoch);
      context.setMeta("released", epoch.number);
      see(now);
    },
    markStarted(epoch, deliveries) {
      context.checkEpoch(epoch);
      started.mark(deliveries);
    },
    noteClosed() {
      const epoch = context.meta("epoch");
      if (epoch !== undefined) context.setMeta("closed", epoch);
    },
    clearMark(epoch, deliveries) {
      context.checkEpoch(epoch);
      for (const delivery of deliveries) started.clear(delivery);
    },
    remember(epoch, now, given) {
      context.checkEpoch(epoch);
      const numbers = given.map(({ organization }) => context.organization(organization).number);
      see(now);
      for (const [index, { lane, health }] of given.entries()) {
        if (health === null) dropHealth.run(lane);
        else {
          const { failures, until, lastFailure: last } = health;
          const why = last === null ? nothing : [outcomeNumber[last.code], last.status, last.at];
          putHealth.run(lane, numbers[index]!, failures, Math.ceil(until), ...why);
        }
      }
    },
  };
}

interface HealthRow extends Omit<StoredLaneHealth, "health">, Omit<LaneHealth, "lastFailure"> {
  readonly code: number | null;
  readonly status: number | null;
  readonly failedAt: number | null;
}

const nothing = [null, null, null] as const;

function healthOf(row: Record<string, unknown>): StoredLaneHealth {
  const { lane, organization, failures, until, code, status, failedAt } = row as unknown as HealthRow;
  const lastFailure = code === null || failedAt === null ? null : { code: outcomeName(code), status, at: failedAt };
  return { lane, organization, health: { failures, until, lastFailure } };
}
