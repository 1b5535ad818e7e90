// Answers due reads of lanes with lines: what is out of date ends, those that failed hold their lines, whoever waits for an order that
// is no longer kept goes, and then the heads of lines are read. Some statements for each call, some more for each lane that changed.

import { classNumber } from "../../codes.ts";
import { mostMoved } from "../../lines.ts";
import type { LaneRead, LaneRows } from "../../owed.ts";
import type { Transaction } from "../database.ts";
import type { ReadBudget } from "./due-rows.ts";
import type { FailedMeetings } from "./line-failures.ts";
import { dueRows, nextDues } from "./line-pages.ts";
import { type Found, readHeads } from "./line-reads.ts";
import type { LineMemory } from "./line-memory.ts";
import { disperse, kindOf, loadLanes } from "./line-state.ts";
import type { Newest, SupersededIn } from "./newest.ts";

/** What is remembered of lanes, and of their deliveries. */
export interface LineParts {
  readonly memory: LineMemory;
  readonly newest: Newest;
  readonly failed: FailedMeetings;
}

/** What became of a lane before it is read. */
interface Prepared {
  /** How many were let go. */
  readonly moved: number;
  /** false: there is more to do, and nothing may be read before. */
  readonly isReady: boolean;
  readonly superseded: SupersededIn;
}

const nothing: SupersededIn = { superseded: 0, skipped: [], more: false };

export async function readLines(
  parts: LineParts,
  transaction: Transaction,
  now: number,
  reads: readonly LaneRead[],
  budget: ReadBudget,
): Promise<readonly LaneRows[]> {
  await loadLanes(transaction, parts.memory);
  const lanes = await prepareLanes(parts, transaction, now, reads);
  const ready = reads.filter(({ lane }) => lanes.get(lane)!.isReady);
  const heads = await readHeads(transaction, parts, ready, now, budget);
  const found = new Map(ready.map((read, index) => [read, heads[index]!]));
  return await answer(transaction, now, reads, lanes, found);
}

async function prepareLanes(
  parts: LineParts,
  transaction: Transaction,
  now: number,
  reads: readonly LaneRead[],
): Promise<ReadonlyMap<number, Prepared>> {
  const ofLane = new Map(reads.map((read) => [read.lane, read]));
  const latest = [...ofLane.values()].flatMap(({ lane, latest = null }) => (latest === null ? [] : [{ lane, latest }]));
  const outdated = await parts.newest.supersede(transaction, latest, now, mostMoved);
  const superseded = new Map(latest.map(({ lane }, index) => [lane, outdated[index]!]));
  const prepared = new Map<number, Prepared>();
  for (const [lane, read] of ofLane) {
    if ((read.latest ?? null) === null) parts.newest.forget(lane);
    const ended = superseded.get(lane) ?? nothing;
    const lines = ended.more ? { moved: 1, isReady: false } : await prepareLines(parts, transaction, read);
    prepared.set(lane, { ...lines, superseded: ended });
  }
  return prepared;
}

async function prepareLines(
  { memory, failed }: LineParts,
  transaction: Transaction,
  { lane, inOrder = false, latest = null }: LaneRead,
): Promise<Omit<Prepared, "superseded">> {
  const isPlain = !inOrder && latest === null;
  const kind = isPlain ? null : await kindOf(transaction, memory, lane);
  if (isPlain || (kind !== null && kind !== (inOrder ? "subject" : "state"))) {
    failed.unsure(lane);
    const moved = await disperse(transaction, memory, lane, mostMoved);
    return isPlain ? { moved, isReady: true } : { moved: Math.max(moved, 1), isReady: false };
  }
  if (inOrder && !(await failed.meet(transaction, lane, mostMoved))) return { moved: mostMoved, isReady: false };
  return { moved: 0, isReady: true };
}

/** `found`: of the reads whose lanes were ready. What became of a lane before stands in the answer to its first read. */
async function answer(
  transaction: Transaction,
  now: number,
  reads: readonly LaneRead[],
  lanes: ReadonlyMap<number, Prepared>,
  found: ReadonlyMap<LaneRead, Found>,
): Promise<readonly LaneRows[]> {
  const rows = await dueRows(
    transaction,
    [...found.values()].flatMap(({ numbers }) => numbers),
  );
  const answers = reads.map((read) => {
    const numbers = found.get(read)?.numbers ?? [];
    return { read, rows: numbers.flatMap((number) => rows.get(number) ?? []) };
  });
  const ends = answers.map(({ read, rows: { length } }) => ({
    lane: read.lane,
    class: classNumber[read.class],
    count: length,
    isCut: found.get(read)?.isCut ?? true,
  }));
  const dues = await nextDues(transaction, ends, now);
  const told = new Set<number>();
  return answers.map(({ read, rows: due }, index) => {
    const { lane, class: of } = read;
    const { moved, isReady, superseded } = lanes.get(lane)!;
    const isFirst = !told.has(lane);
    told.add(lane);
    const { superseded: count, skipped } = isFirst ? superseded : nothing;
    const movedBefore = isFirst ? moved : Number(!isReady);
    return {
      lane,
      class: of,
      rows: due,
      nextDue: superseded.more ? now : dues[index]!,
      moved: movedBefore + (found.get(read)?.moved ?? 0),
      superseded: count,
      skipped,
    };
  });
}
