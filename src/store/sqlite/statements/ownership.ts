// Statements of a change of owner: what the one before left behind is made findable and due again, wherever it was and
// however the owner ended.

import type { LaneStanding, Ledger, OpenLane, Ownership, Standing } from "../../ledger.ts";
import { outcomeName, outcomeNumber } from "../../codes.ts";
import { type Desk, plain } from "./engine-context.ts";
import { type DueRow, dueDelivery, selectDue } from "./due.ts";
import type { Suspects } from "./started.ts";

export interface TakeOverVerbs {
  own(...given: Parameters<Ledger["own"]>): Ownership;
  release(...given: Parameters<Ledger["release"]>): void;
  suspect(...given: Parameters<Ledger["suspect"]>): void;
  acquit(...given: Parameters<Ledger["acquit"]>): void;
  remember(...given: Parameters<Ledger["remember"]>): void;
  /** The file is about to be closed [wal-check.ts]. */
  noteClosed(): void;
}

/** Attempts that one lane can have in flight; more of its retries cannot have been interrupted. */
const widestLane = 64;

export function createTakeOver(desk: Desk, suspects: Suspects): TakeOverVerbs {
  const parkAll = desk.prepare("update delivery set parked = 1, due = min(due, ?) where parked = 0");
  // One walk over all that is owed tells which of the others are needed. Along the table: over the index by lane, every
  // row would be a jump.
  const survey = desk.prepare(
    "select count(*) filter (where parked = 0) as unparked," +
      " count(*) filter (where parked = 1 and attempts = 0 and due > :now) as early," +
      " count(*) filter (where parked = 1 and attempts > 0 and due < :now) as overdue," +
      " count(*) filter (where parked = 1 and attempts > 0 and due > :farthest) as absurd from delivery not indexed",
  );
  const hurryFirsts = desk.prepare("update delivery set due = :now where parked = 1 and attempts = 0 and due > :now");
  const shiftRetries = desk.prepare(
    "update delivery set due = due - :shift where parked = 1 and attempts > 0 and due > :now",
  );
  const fetchAbsurd = desk.prepare(
    "update delivery set due = :now - 1 where parked = 1 and attempts > 0 and due > :farthest",
  );
  // One statement, so that a million overdue retries need no round trips. Numbers of JavaScript arrive as reals: cut here.
  const spread = desk.prepare(
    "update delivery set due = cast(:now + k * :spread / :count as integer) from (" +
      "select number as overdue, row_number() over (order by due, number) - 1 as k," +
      " row_number() over (partition by lane order by due, number) as place from delivery not indexed" +
      " where parked = 1 and attempts > 0 and due < :now) where number = overdue and place > :heads",
  );
  // Steps from lane to lane over the index instead of reading all of it.
  const openLanes = desk.prepare(
    "with recursive open (lane) as (select min(lane) from delivery where parked = 1 union all" +
      " select (select min(d.lane) from delivery d where d.parked = 1 and d.lane > open.lane) from open" +
      " where open.lane is not null)" +
      " select lane, (select min(d.due) from delivery d where d.parked = 1 and d.lane = open.lane) as nextDue" +
      " from open where lane is not null",
  );
  const standings = desk.prepare(
    "select s.lane, g.id as organization, s.failures, s.until, s.code, s.status, s.failed_at as failedAt" +
      " from lane_standing s" +
      " join organization g on g.number = s.organization order by s.lane",
  );
  const moveStandings = desk.prepare("update lane_standing set until = min(until - :shift, :farthest)");
  const putStanding = desk.prepare("insert or replace into lane_standing values (?, ?, ?, ?, ?, ?, ?)");
  const dropStanding = desk.prepare("delete from lane_standing where lane = ?");

  const owedRow = desk.prepare(`${selectDue} where d.parked = 1 and d.number = ?`);
  owedRow.setReturnArrays(true);

  const suspectRows = (): Ownership["suspects"] =>
    suspects.all().flatMap((number) => {
      const row = owedRow.get(number) as unknown as DueRow | undefined;
      return row === undefined ? [] : [dueDelivery(row)];
    });

  const see = (now: number): void => desk.setMeta("seen", Math.floor(now));

  /** How far the wall clock was set back since the last owner looked at it, ms. */
  const setBack = (now: number): number => Math.max(Number(desk.meta("seen") ?? now) - now, 0);

  /** Gives every row a due time that it can have. */
  const settleTimes = (now: number, spreadMs: number, farthest: number, heads: number): void => {
    const shift = setBack(now);
    if (shift > 0) shiftRetries.run({ now, shift });
    moveStandings.run({ shift, farthest });
    const { unparked, early, overdue, absurd } = survey.get({ now, farthest }) as Record<string, number>;
    if (early! > 0) hurryFirsts.run({ now });
    if (absurd! > 0) fetchAbsurd.run({ now, farthest });
    const count = overdue! + absurd!;
    if (count > 0) spread.run({ now, spread: Math.floor(spreadMs), count, heads });
    if (unparked! > 0) parkAll.run(now);
  };

  return {
    own(now, spreadMs, farthestMs = Number.MAX_SAFE_INTEGER - now) {
      const at = Math.floor(now);
      const unclean = Number(desk.meta("released") ?? 0) !== Number(desk.meta("epoch") ?? 0);
      const epoch = desk.raiseEpoch();
      if (!unclean) suspects.clearAll();
      const quarantined = unclean ? suspects.quarantine(at) : [];
      settleTimes(at, spreadMs, Math.floor(at + farthestMs), unclean ? widestLane : 0);
      desk.setMeta("owned_up_to", desk.last.delivery);
      see(at);
      return {
        epoch,
        lanes: openLanes.all().map(plain) as OpenLane[],
        standings: standings.all().map(standingOf),
        upTo: desk.last.delivery,
        unclean,
        suspects: suspectRows(),
        quarantined,
      };
    },
    release(epoch, now) {
      desk.checkEpoch(epoch);
      desk.setMeta("released", epoch);
      see(now);
    },
    suspect(epoch, deliveries) {
      desk.checkEpoch(epoch);
      suspects.note(deliveries);
    },
    noteClosed() {
      const epoch = desk.meta("epoch");
      if (epoch !== undefined) desk.setMeta("closed", epoch);
    },
    acquit(epoch, deliveries) {
      desk.checkEpoch(epoch);
      for (const delivery of deliveries) suspects.clear(delivery);
    },
    remember(epoch, now, given) {
      desk.checkEpoch(epoch);
      const numbers = given.map(({ organization }) => desk.organization(organization).number);
      see(now);
      for (const [index, { lane, standing }] of given.entries()) {
        if (standing === null) dropStanding.run(lane);
        else {
          const { failures, until, lastFailure: last } = standing;
          const why = last === null ? nothing : [outcomeNumber[last.code], last.status, last.at];
          putStanding.run(lane, numbers[index]!, failures, Math.ceil(until), ...why);
        }
      }
    },
  };
}

interface StandingRow extends Omit<LaneStanding, "standing">, Omit<Standing, "lastFailure"> {
  readonly code: number | null;
  readonly status: number | null;
  readonly failedAt: number | null;
}

const nothing = [null, null, null] as const;

function standingOf(row: Record<string, unknown>): LaneStanding {
  const { lane, organization, failures, until, code, status, failedAt } = row as unknown as StandingRow;
  const lastFailure = code === null || failedAt === null ? null : { code: outcomeName(code), status, at: failedAt };
  return { lane, organization, standing: { failures, until, lastFailure } };
}
