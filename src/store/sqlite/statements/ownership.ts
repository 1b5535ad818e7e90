// Statements of a change of owner. Everything that the owner before left behind is spilled afterwards and has a due time,
// whoever remembered it and however that owner ended.

import type { Ledger } from "../../ledger.ts";
import type { DueDelivery } from "../../owed.ts";
import type { Arrivals, LongestWaits, OpenLane, Ownership } from "../../ownership.ts";
import type { Epoch } from "../../shards.ts";
import { deliveryClasses } from "../../../model/delivery.ts";
import { className, classNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";
import { type DueRow, dueDelivery, selectDue, withReplay } from "./due.ts";
import { createLaneHealths } from "./lane-health.ts";
import type { Lines } from "./lines.ts";
import { createReplayIds } from "./replay-rows.ts";
import type { StartedDeliveries } from "./started.ts";

export interface OwnershipOperations {
  acquire(...given: Parameters<Ledger["acquire"]>): Ownership;
  release(...given: Parameters<Ledger["release"]>): void;
  readArrivals(epoch: Epoch): Arrivals;
  markStarted(...given: Parameters<Ledger["markStarted"]>): readonly number[];
  clearMark(...given: Parameters<Ledger["clearMark"]>): void;
  remember(...given: Parameters<Ledger["remember"]>): void;
  /** The file is about to be closed, and its WAL with it [wal-check.ts]. */
  noteClosed(): void;
}

const classes = Object.values(classNumber)
  .map((each) => `(${each})`)
  .join();

/** Attempts that one lane can have in flight: so many of its retries can have been interrupted. More of them may have ended
 * with their outcome not written; those are spread like others. */
const widestLane = 64;

/** When a retry is due at the latest: as long from now as its planned delay can be. Of a rule that has become shorter the
 * longest delay counts. */
const latest = "cast(:now + coalesce(:waits ->> (attempts - 1), :most) as integer)";

/** No delay is known: no retry is moved. */
const unlimited: LongestWaits = { usual: [Number.MAX_SAFE_INTEGER / 2], lanes: [] };

/** Gives every row a due time that it can have, at the start of an owner. `heads`: of each lane, so many overdue retries may
 * have been interrupted and are due at once. */
type SettleTimes = (now: number, spreadMs: number, longest: LongestWaits, heads: number) => void;

function createSettleTimes(context: EngineContext): SettleTimes {
  const spillAll = context.prepare("update delivery set location = 1, due = min(due, ?) where location = 0");
  // One walk over all that is owed tells which of the other statements are needed; `own`: retries that wait in lanes with
  // delays of their own. It goes along the table: by the index on lanes, every row would be a jump.
  const survey = context.prepare(
    "select count(*) filter (where location = 0) as unspilled," +
      " count(*) filter (where location in (1, 3) and attempts = 0 and due > :now) as early," +
      " count(*) filter (where location = 1 and attempts > 0 and due < :now) as overdue," +
      ` count(*) filter (where location in (1, 3) and attempts > 0 and due > ${latest}) as late,` +
      " count(*) filter (where location in (1, 3) and attempts > 0 and due > :now" +
      " and lane in (select value from json_each(:lanes))) as own from delivery not indexed",
  );
  const hurryFirsts = context.prepare(
    "update delivery set due = :now where location in (1, 3) and attempts = 0 and due > :now",
  );
  const clampUsual = context.prepare(
    `update delivery set due = ${latest} where location in (1, 3) and attempts > 0 and due > ${latest}` +
      " and lane not in (select value from json_each(:lanes))",
  );
  const clampLane = context.prepare(
    `update delivery set due = ${latest} where location in (1, 3) and lane = :lane and attempts > 0 and due > ${latest}`,
  );
  // One statement for a million overdue retries. JavaScript's numbers arrive as reals, so the quotient is cut to an integer.
  const spread = context.prepare(
    "update delivery set due = cast(:now + k * :spread / :count as integer) from (" +
      "select number as overdue, row_number() over (order by due, number) - 1 as k," +
      " row_number() over (partition by lane, class order by due, number) as place from delivery not indexed" +
      " where location = 1 and attempts > 0 and due < :now) where number = overdue and place > :heads",
  );

  return (now, spreadMs, { usual, lanes }, heads) => {
    const usually = { now, ...waitsOf(usual), lanes: JSON.stringify(lanes.map(({ lane }) => lane)) };
    const found = survey.get(usually) as Record<string, number>;
    const { unspilled, early, overdue, late, own } = found;
    if (early! > 0) hurryFirsts.run({ now });
    // No retry waits longer than it did when it was planned, even if the wall clock was set back since.
    if (late! > 0) clampUsual.run(usually);
    if (own! > 0) for (const { lane, waits } of lanes) clampLane.run({ now, ...waitsOf(waits), lane });
    if (overdue! > 0) spread.run({ now, spread: Math.floor(spreadMs), count: overdue!, heads });
    if (unspilled! > 0) spillAll.run(now);
  };
}

const waitsOf = (waits: readonly number[]): { readonly waits: string; readonly most: number } => ({
  waits: JSON.stringify(waits),
  most: Math.max(0, ...waits),
});

interface Owed {
  openLanes(): readonly OpenLane[];
  /** Those of these deliveries that are owed and not in quarantine. */
  rows(deliveries: readonly number[]): readonly DueDelivery[];
}

function createOwed(context: EngineContext): Owed {
  // Steps from lane to lane over the index instead of reading all of it.
  const openLanes = context.prepare(
    "with recursive open (lane) as (select min(lane) from delivery where location = 1 union all" +
      " select (select min(d.lane) from delivery d where d.location = 1 and d.lane > open.lane) from open" +
      " where open.lane is not null)" +
      " select lane, c.column1 as class, (select min(d.due) from delivery d where d.location = 1 and d.lane = open.lane" +
      ` and d.class = c.column1) as nextDue from open join (values ${classes}) c where lane is not null` +
      " and nextDue is not null order by lane, class",
  );
  const owedRow = context.prepare(`${selectDue} where d.location = 1 and d.number = ?`);
  owedRow.setReturnArrays(true);
  const replayIds = createReplayIds(context.database);

  return {
    openLanes: () => openLanes.all().map(openLane),
    rows(deliveries) {
      const replayIdOf = replayIds();
      return deliveries.flatMap((number) => {
        const row = owedRow.get(number) as unknown as DueRow | undefined;
        return row === undefined ? [] : [withReplay(dueDelivery(row), replayIdOf)];
      });
    },
  };
}

function openLane({ lane, class: number, nextDue }: Record<string, unknown>): OpenLane {
  return { lane: Number(lane), class: className(Number(number)), nextDue: Number(nextDue) };
}

/** Lanes in which somebody waits in a line are read at once: they may keep no order any more. */
function withLines(open: readonly OpenLane[], lanes: readonly number[], now: number): readonly OpenLane[] {
  const inLine = new Set(lanes);
  return [
    ...open.filter(({ lane }) => !inLine.has(lane)),
    ...lanes.flatMap((lane) => deliveryClasses.map((each) => ({ lane, class: each, nextDue: now }))),
  ];
}

export function createOwnership(context: EngineContext, started: StartedDeliveries, lines: Lines): OwnershipOperations {
  const healths = createLaneHealths(context);
  const settleTimes = createSettleTimes(context);
  const owed = createOwed(context);

  return {
    acquire(now, spreadMs, longest = unlimited, shards = "all") {
      if (shards !== "all") throw new Error("this database has one owner, of all shards: acquire all of them");
      const at = Math.floor(now);
      const afterCrash = Number(context.meta("released") ?? 0) !== Number(context.meta("epoch") ?? 0);
      const epoch = context.raiseEpoch();
      if (!afterCrash) started.clearAll();
      const quarantined = afterCrash ? started.quarantine(at) : [];
      settleTimes(at, spreadMs, longest, afterCrash ? widestLane : 0);
      context.setMeta("owned_up_to", context.last.delivery);
      lines.restart();
      const waiting = lines.lanes();
      return {
        epoch: { number: epoch, shards },
        lanes: withLines(owed.openLanes(), waiting, at),
        healths: healths.all(),
        upTo: context.last.delivery,
        afterCrash,
        marked: owed.rows(started.all()),
        quarantined,
      };
    },
    release(epoch) {
      context.checkEpoch(epoch);
      context.setMeta("released", epoch.number);
    },
    readArrivals(epoch) {
      context.checkEpoch(epoch);
      // Nobody else accepts anything.
      return { lanes: [], upTo: context.last.delivery };
    },
    markStarted(epoch, deliveries) {
      context.checkEpoch(epoch);
      return started.mark(deliveries);
    },
    noteClosed() {
      const epoch = context.meta("epoch");
      if (epoch !== undefined) context.setMeta("closed", epoch);
    },
    clearMark(epoch, deliveries) {
      context.checkEpoch(epoch);
      for (const delivery of deliveries) started.clear(delivery);
    },
    remember(epoch, given) {
      context.checkEpoch(epoch);
      healths.put(given);
    },
  };
}
