// Statements of replay jobs. The slice that adds deliveries moves the position of its job: see store/replays.ts. What adds, moves
// or cancels a job is an ordered write, so that of a job one is at work at a time, over all nodes.

import { BelfryError } from "../../../errors.ts";
import type { Replay } from "../../../model/replay.ts";
import type { AuditEntry } from "../../registry.ts";
import type { Advanced, NewReplay, ReplaySlice } from "../../replays.ts";
import type { Epoch } from "../../shards.ts";
import {
  criteriaText,
  mostOpenReplays,
  noSubscription,
  replayCancelled,
  slackMs,
  subscriptionRemoved,
  tooManyReplays,
} from "../../stored-replays.ts";
import { classNumber } from "../../codes.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { writeAudit } from "./audit.ts";
import { endDeliveries } from "./end-deliveries.ts";
import { eventsBefore } from "./event-reads.ts";
import type { Lines } from "./lines.ts";
import { owable, oweReplays } from "./owe-again.ts";
import { replayById, replayByNumber, setReplayState } from "./replay-rows.ts";

export async function addReplay(
  context: Context,
  write: OrderedWrite,
  replay: NewReplay,
  audit: AuditEntry,
): Promise<Replay> {
  const { id, lane, perSecond, createdAt, createdBy, from, to } = replay;
  const { number } = await context.organization(write, replay.organization);
  const found = await write.row<{ theirs: boolean; open: number }>(
    "select exists (select 1 from subscription where number = $2 and organization = $1 and removed_at is null) as theirs," +
      " (select count(*) from replay where organization = $1 and ended_at is null) as open",
    [number, lane],
  );
  if (!found!.theirs) throw new BelfryError("NOT_FOUND", noSubscription);
  if (found!.open >= mostOpenReplays) throw new BelfryError("CONFLICT", tooManyReplays);
  const start = await eventsBefore(write, from - slackMs);
  const upTo = Math.max(start, await eventsBefore(write, to + slackMs));
  await write.run(
    "insert into replay (organization, id, lane, state, criteria, per_second, start, up_to, position, added, created_at," +
      " created_by) values ($1, $2, $3, 'running', $4, $5, $6, $7, $6, 0, $8, $9)",
    [number, id, lane, criteriaText(replay), perSecond, start, upTo, Math.floor(createdAt), createdBy],
  );
  await writeAudit(write, [audit], number);
  return (await replayById(write, id, replay.organization))!;
}

export async function cancelReplay(
  context: Context,
  write: OrderedWrite,
  id: string,
  organization: string,
  reason: string,
  audit: AuditEntry,
): Promise<Replay | null> {
  const found = await replayById(write, id, organization);
  if (found?.state !== "running") return found;
  const { number } = await context.organization(write, organization);
  await setReplayState(write, found.number, "cancelling", reason, null);
  await writeAudit(write, [audit], number);
  return await replayByNumber(write, found.number);
}

export async function advanceReplay(
  context: Context,
  write: OrderedWrite,
  epoch: Epoch,
  { job, after, position, scannedUntil, deliveries, isLast }: ReplaySlice,
  now: number,
): Promise<Advanced | null> {
  await context.checkEpoch(write, epoch);
  const found = await replayByNumber(write, job);
  if (found?.state !== "running" || found.position !== after) return null;
  const isThere = await write.row("select 1 from subscription where number = $1 and removed_at is null", [found.lane]);
  if (isThere === undefined) {
    await setReplayState(write, job, "cancelled", subscriptionRemoved, now);
    return { replay: (await replayByNumber(write, job))!, deliveries: deliveries.map(() => 0) };
  }
  const asked = deliveries.map((each) => ({ ...each, lane: found.lane }));
  const owed = await oweReplays(write, await owable(write, asked), asked.length, now);
  await move(
    write,
    job,
    position,
    scannedUntil,
    owed.filter((number) => number > 0),
  );
  if (isLast) await setReplayState(write, job, "done", null, now);
  return { replay: (await replayByNumber(write, job))!, deliveries: owed };
}

/** `added`: numbers that follow each other. */
async function move(
  write: OrderedWrite,
  job: number,
  position: number,
  scannedUntil: number | null,
  added: readonly number[],
): Promise<void> {
  if (added.length > 0) {
    await write.run(
      "insert into replayed (first, last, organization, replay) select $1, $2, organization, number from replay where number = $3",
      [added[0], added.at(-1), job],
    );
  }
  await write.run("update replay set position = $2, scanned_until = $3, added = added + $4 where number = $1", [
    job,
    position,
    scannedUntil === null ? null : Math.floor(scannedUntil),
    added.length,
  ]);
}

/** A job that is cancelling gets no more deliveries, and only its owner ends those it has: no ordered write is needed. */
export async function cancelReplayed(
  transaction: Transaction,
  lines: Pick<Lines, "ended">,
  job: number,
  now: number,
  limit: number,
): Promise<Replay | null> {
  if ((await replayByNumber(transaction, job))?.state !== "cancelling") return null;
  const owed = await transaction.rows<{ number: number }>(
    "select d.number from replayed p cross join lateral (select number from delivery where number between p.first and p.last" +
      ` and class = ${classNumber.replay} order by number limit $2) d where p.replay = $1 order by p.first limit $2`,
    [job, limit],
  );
  const numbers = owed.map(({ number }) => number);
  if (numbers.length > 0) {
    await endDeliveries(transaction, numbers, "cancelled", now, replayCancelled);
    await lines.ended(transaction, numbers);
  }
  if (numbers.length < limit) await setReplayState(transaction, job, "cancelled", undefined, now);
  return await replayByNumber(transaction, job);
}
