// Statements of due deliveries: reads the spilled ones (location 1) class by class, and spills those that only the owner
// remembers (location 0). Both are durable rows. In lanes that keep order, only the heads of lines are read [lines.ts].

import type { Ledger } from "../../ledger.ts";
import type { DueDelivery, LaneRead, LaneRows, LatestOnly } from "../../owed.ts";
import { className, classNumber } from "../../codes.ts";
import { shown } from "../../kept-sequences.ts";
import type { Epoch } from "../../shards.ts";
import type { EngineContext } from "./engine-context.ts";
import { stateKey } from "../../latest-only.ts";
import { lineOf, mostMoved, type Waiting } from "../../lines.ts";
import type { Lines } from "./lines.ts";
import type { Newest, Superseded } from "./newest.ts";
import { createReplayIds, type ReplayIdOf } from "./replay-rows.ts";

export interface DueOperations {
  supersede(epoch: Epoch, lane: number, latest: LatestOnly, now: number): Superseded;
  readDue(epoch: Epoch, now: number, reads: readonly LaneRead[]): readonly LaneRows[];
  spill(...given: Parameters<Ledger["spill"]>): void;
}

/** A row of `selectDue` as an array: objects cost a third more. */
export type DueRow = readonly [
  number: number,
  lane: number,
  ofClass: number,
  variant: number,
  attempts: number,
  due: number,
  createdAt: number,
  event: number,
  id: string,
  dialect: DueDelivery["event"]["dialect"],
  type: string,
  body: string,
  revision: number,
  previous: string | null,
  trace: string | null,
  sequence: number | null,
];

const columns =
  "d.number, d.lane, d.class, d.variant, d.attempts, d.due, d.created_at, d.event, e.id, k.dialect," +
  " k.name, e.body, e.revision, e.previous, e.trace, d.sequence";
const joined = "from delivery d join event e on e.number = d.event join kind k on k.number = e.kind";

export const selectDue = `select ${columns} ${joined}`;

/** The same, and behind it what says in which line a delivery stands. */
const selectInLine = `select ${columns}, d.again, e.subject ${joined}`;

/** Bodies that one read brings, in UTF-16 units. */
const mostAtOnce = 16 * 1024 * 1024;

const nothing: Superseded = { superseded: 0, skipped: [], more: false };

interface Found {
  readonly rows: DueDelivery[];
  readonly moved: number;
  /** There may be more that are due. */
  readonly cut: boolean;
}

export function createDue(context: EngineContext, lines: Lines, newest: Newest): DueOperations {
  const where = "where d.location = 1 and d.lane = ? and d.class = ? and d.due <= ? order by d.due, d.number limit ?";
  const due = context.prepare(`${selectDue} ${where}`);
  const dueInLine = context.prepare(`${selectInLine} ${where}`);
  due.setReturnArrays(true);
  dueInLine.setReturnArrays(true);
  const next = context.prepare(
    "select due from delivery where location = 1 and lane = ? and class = ? order by due, number limit 1 offset ?",
  );
  const later = context.prepare(
    "select min(due) as due from delivery where location = 1 and lane = ? and class = ? and due > ?",
  );
  const spill = context.prepare("update delivery set location = 1, due = ? where number = ? returning lane");

  const replayIds = createReplayIds(context.database);

  /** `budget`: how much more body text may be read, so that large bodies do not fill the memory. */
  const find = (now: number, { lane, limit, ...read }: LaneRead, budget: { left: number }): Found => {
    const moved = lines.disperse(lane, mostMoved);
    const rows: DueDelivery[] = [];
    const replayIdOf = replayIds();
    let cut = budget.left <= 0;
    for (const row of cut ? [] : (due.iterate(lane, classNumber[read.class], now, limit) as Iterable<unknown>)) {
      const delivery = withReplay(dueDelivery(row as DueRow), replayIdOf);
      rows.push(delivery);
      budget.left -= delivery.event.body.length;
      cut = budget.left <= 0;
      if (cut) break;
    }
    return { rows, moved, cut: cut || rows.length === limit };
  };

  /** The same where only heads of lines may go: about one subject, or about one state of it. Whatever is met behind one is set
   * aside, so that no read meets it again. */
  const findHeads = (now: number, read: LaneRead, budget: { left: number }): Found => {
    const { lane, limit } = read;
    const before = lines.kindOf(lane);
    if (before !== null && before !== (read.inOrder === true ? "subject" : "state")) {
      return { rows: [], moved: Math.max(lines.disperse(lane, mostMoved), 1), cut: true };
    }
    if (read.inOrder === true && !lines.meetFailed(lane, mostMoved)) return { rows: [], moved: mostMoved, cut: true };
    const ofClass = classNumber[read.class];
    const rows: DueDelivery[] = [];
    const waiting: Waiting[] = [];
    const displaced = new Set<number>();
    const displace = (number: number): void => void displaced.add(number);
    const replayIdOf = replayIds();
    let cut = budget.left <= 0;
    const found = cut ? [] : (dueInLine.iterate(lane, ofClass, now, limit + mostMoved) as Iterable<unknown>);
    for (const row of found) {
      const [again, subject] = (row as readonly unknown[]).slice(-2) as [number, string];
      const [number, type] = [(row as DueRow)[0], (row as DueRow)[10]];
      const line =
        read.inOrder === true ? lineOf(ofClass, again, subject) : stateKey(read.latest!, { type, subject, again });
      if (line === null || lines.passes(lane, line, number, displace)) {
        const delivery = withReplay(dueDelivery(row as DueRow), replayIdOf);
        rows.push(delivery);
        budget.left -= delivery.event.body.length;
      } else waiting.push({ lane, line, delivery: number });
      cut = budget.left <= 0 || rows.length === limit || waiting.length === mostMoved;
      if (cut) break;
    }
    const left = displaced.size === 0 ? rows : rows.filter(({ number }) => !displaced.has(number));
    const last = left.at(-1);
    // Whatever takes its place behind these must not have to wait for the next millisecond.
    if (last !== undefined) lines.reached(lane, ofClass, Math.min(last.due, Math.floor(now) - 1));
    if (read.inOrder === true) lines.brought(left.map(({ number }) => number));
    lines.setAside(waiting);
    return { rows: left, moved: waiting.length + displaced.size, cut };
  };

  const readOne = (now: number, read: LaneRead, budget: { left: number }): LaneRows => {
    const { lane, latest = null } = read;
    const ofClass = classNumber[read.class];
    if (latest === null) newest.forget(lane);
    const { more, ...ended } = latest === null ? nothing : newest.supersede(lane, latest, now, mostMoved);
    if (more) return { lane, class: read.class, rows: [], nextDue: now, moved: 1, ...ended };
    const areHeads = read.inOrder === true || latest !== null;
    const { rows, moved, cut } = areHeads ? findHeads(now, read, budget) : find(now, read, budget);
    // A row whose event is gone cannot be read, and must not look due for ever.
    const after = cut ? next.get(lane, ofClass, rows.length) : later.get(lane, ofClass, now);
    const nextDue = (after?.["due"] as number | null | undefined) ?? null;
    return { lane, class: read.class, rows, nextDue, moved, ...ended };
  };

  return {
    readDue(epoch, now, reads) {
      context.checkEpoch(epoch);
      lines.check();
      const budget = { left: mostAtOnce };
      return reads.map((read) => readOne(now, read, budget));
    },
    supersede(epoch, lane, latest, now) {
      context.checkEpoch(epoch);
      lines.check();
      return newest.supersede(lane, latest, now, mostMoved);
    },
    spill(epoch, deliveries, due) {
      context.checkEpoch(epoch);
      const at = Math.floor(due);
      for (const number of deliveries) {
        const lane = spill.get(at, number)?.["lane"];
        if (lane !== undefined) newest.spilled(Number(lane), number, at);
      }
    },
  };
}

/** Of class `replay` with the id of its job. */
export function withReplay(delivery: DueDelivery, replayIdOf: ReplayIdOf): DueDelivery {
  if (delivery.class !== "replay") return delivery;
  const replay = replayIdOf(delivery.number);
  return replay === undefined ? delivery : { ...delivery, replay };
}

export function dueDelivery(row: DueRow): DueDelivery {
  const [number, lane, ofClass, variant, attempts, due, createdAt, event, ...rest] = row;
  const [id, dialect, type, body, revision, previous, trace, sequence] = rest;
  const untraced = { number: event, id, dialect, type, body, revision, previous };
  const owed = trace === null ? untraced : { ...untraced, trace };
  return {
    number,
    lane,
    class: className(ofClass),
    variant,
    attempts,
    due,
    createdAt,
    event: owed,
    sequence: shown(sequence),
  };
}
