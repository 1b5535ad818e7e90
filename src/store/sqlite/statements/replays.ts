// Statements of replay jobs. The slice that adds deliveries moves the position of its job: see store/replays.ts.

import { BelfryError } from "../../../errors.ts";
import type { Replay } from "../../../model/replay.ts";
import type { Page } from "../../history.ts";
import type { AuditEntry } from "../../registry.ts";
import type { Advanced, NewReplay, ReplayQuery, ReplaySlice } from "../../replays.ts";
import type { Epoch } from "../../shards.ts";
import {
  criteriaText,
  mostOpenReplays,
  noSubscription,
  replayCancelled,
  replayOf,
  subscriptionRemoved,
  tooManyReplays,
} from "../../stored-replays.ts";
import type { WriteAudit } from "./audit.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import { createEventRange } from "./event-range.ts";
import type { OweAgainOperations } from "./owe-again.ts";
import { selectReplays } from "./replay-rows.ts";
import { createCancelOne } from "./end-one.ts";
import { classNumber } from "../../codes.ts";

export interface ReplayOperations {
  addReplay(replay: NewReplay, audit: AuditEntry): Replay;
  replayJob(id: string, organization: string | null): Replay | null;
  replayJobs(query: ReplayQuery): Page<Replay>;
  openReplays(): readonly Replay[];
  cancelReplay(id: string, organization: string, reason: string, audit: AuditEntry): Replay | null;
  advanceReplay(epoch: Epoch, slice: ReplaySlice, now: number): Advanced | null;
  cancelReplayed(epoch: Epoch, job: number, now: number, limit: number): Replay | null;
}

export function createReplays(
  context: EngineContext,
  { replay: owe }: Pick<OweAgainOperations, "replay">,
  writeAudit: WriteAudit,
  onEnded: Lines["ended"],
): ReplayOperations {
  const rows = createRows(context);
  const add = createAdd(context, rows, writeAudit);
  const cancelOwed = createCancelOwed(context, onEnded);
  const isThere = context.prepare("select 1 from subscription where number = ? and removed_at is null");
  const addRange = context.prepare(
    "insert into replayed values (?, ?, (select organization from replay where number = ?), ?)",
  );
  const move = context.prepare("update replay set position = ?, scanned_until = ?, added = added + ? where number = ?");

  return {
    addReplay: add,
    replayJob: rows.byId,
    replayJobs: rows.page,
    openReplays: rows.open,
    cancelReplay(id, organization, reason, audit) {
      const found = rows.byId(id, organization);
      if (found?.state !== "running") return found;
      rows.setState(found.number, "cancelling", reason, null);
      writeAudit(audit, context.organization(organization).number);
      return rows.byNumber(found.number);
    },
    advanceReplay(epoch, { job, after, position, scannedUntil, deliveries, isLast }, now) {
      context.checkEpoch(epoch);
      const found = rows.byNumber(job);
      if (found?.state !== "running" || found.position !== after) return null;
      if (isThere.get(found.lane) === undefined) {
        rows.setState(job, "cancelled", subscriptionRemoved, now);
        return { replay: rows.byNumber(job)!, deliveries: deliveries.map(() => 0) };
      }
      const before = context.last.delivery;
      const owed = owe(
        deliveries.map((each) => ({ ...each, lane: found.lane })),
        now,
      );
      const added = context.last.delivery - before;
      if (added > 0) addRange.run(before + 1, context.last.delivery, job, job);
      move.run(position, scannedUntil, added, job);
      if (isLast) rows.setState(job, "done", null, now);
      return { replay: rows.byNumber(job)!, deliveries: owed };
    },
    cancelReplayed(epoch, job, now, limit) {
      context.checkEpoch(epoch);
      if (rows.byNumber(job)?.state !== "cancelling") return null;
      if (cancelOwed(job, now, limit) < limit) rows.setState(job, "cancelled", undefined, now);
      return rows.byNumber(job);
    },
  };
}

interface Rows {
  byNumber(number: number): Replay | null;
  byId(id: string, organization: string | null): Replay | null;
  page(query: ReplayQuery): Page<Replay>;
  open(): readonly Replay[];
  /** `reason`: undefined leaves the one there is. `endedAt`: null, it is not at its end. */
  setState(number: number, state: Replay["state"], reason: string | null | undefined, endedAt: number | null): void;
}

function createRows(context: EngineContext): Rows {
  const byNumber = context.prepare(`${selectReplays} where r.number = ?`);
  const byId = context.prepare(`${selectReplays} where r.id = :id and (:organization is null or g.id = :organization)`);
  const page = context.prepare(
    `${selectReplays} where r.number < :before and (:organization is null or g.id = :organization)` +
      " and (:lanes is null or r.lane in (select value from json_each(:lanes))) order by r.number desc limit :limit",
  );
  const open = context.prepare(`${selectReplays} where r.ended_at is null order by r.number`);
  const setState = context.prepare(
    "update replay set state = :state, reason = iif(:keep, reason, :reason), ended_at = :endedAt where number = :number",
  );
  const one = (row: object | undefined): Replay | null => (row === undefined ? null : replayOf(row));
  return {
    byNumber: (number) => one(byNumber.get(number)),
    byId: (id, organization) => one(byId.get({ id, organization })),
    page({ organization, lanes, limit, before }) {
      const found = page.all({
        organization,
        lanes: lanes === null ? null : JSON.stringify(lanes),
        before: before ?? Number.MAX_SAFE_INTEGER,
        limit: limit + 1,
      });
      const items = found.slice(0, limit).map(replayOf);
      return { items, before: found.length > limit ? items.at(-1)!.number : null };
    },
    open: () => open.all().map(replayOf),
    setState(number, state, reason, endedAt) {
      const at = endedAt === null ? null : Math.floor(endedAt);
      setState.run({ number, state, keep: Number(reason === undefined), reason: reason ?? null, endedAt: at });
    },
  };
}

function createAdd(context: EngineContext, rows: Rows, writeAudit: WriteAudit): ReplayOperations["addReplay"] {
  const rangeOf = createEventRange(context.database);
  const open = context.prepare("select count(*) as count from replay where organization = ? and ended_at is null");
  const isTheirs = context.prepare(
    "select 1 from subscription where number = ? and organization = ? and removed_at is null",
  );
  const insert = context.prepare(
    "insert into replay (organization, id, lane, state, criteria, per_second, start, up_to, position, added, created_at," +
      " created_by) values (?, ?, ?, 'running', ?, ?, ?, ?, ?, 0, ?, ?)",
  );
  return (replay, audit) => {
    const { id, organization, lane, perSecond, createdAt, createdBy, from, to } = replay;
    const { number } = context.organization(organization);
    if (isTheirs.get(lane, number) === undefined) throw new BelfryError("NOT_FOUND", noSubscription);
    if (Number(open.get(number)!["count"]) >= mostOpenReplays) throw new BelfryError("CONFLICT", tooManyReplays);
    const { start, upTo } = rangeOf(from, to);
    insert.run(number, id, lane, criteriaText(replay), perSecond, start, upTo, start, Math.floor(createdAt), createdBy);
    writeAudit(audit, number);
    return rows.byId(id, organization)!;
  };
}

/** Ends deliveries that a job added and that are still owed. Returns how many. */
function createCancelOwed(
  context: EngineContext,
  onEnded: Lines["ended"],
): (job: number, now: number, limit: number) => number {
  const ranges = context.prepare("select first, last from replayed where replay = ? order by first");
  const owed = context.prepare(
    `select number from delivery where number >= ? and number <= ? and class = ${classNumber.replay} limit ?`,
  );
  const cancelOne = createCancelOne(context);
  return (job, now, limit) => {
    let ended = 0;
    for (const { first, last } of ranges.iterate(job) as Iterable<{ first: number; last: number }>) {
      const numbers = owed.all(first, last, limit - ended);
      for (const { number } of numbers) {
        cancelOne(Number(number), Math.floor(now), replayCancelled);
        onEnded(Number(number));
      }
      ended += numbers.length;
      if (ended >= limit) break;
    }
    return ended;
  };
}
