// Reads of lanes that keep order, or want the latest states only, and of those that did until now: page by page, until each read has
// as many rows as it asked for. Whoever is met behind the head of its line is set aside, so that no read meets it again.

import { classNumber } from "../../codes.ts";
import { stateKey } from "../../latest-only.ts";
import { lineOf, mostMoved, type Waiting } from "../../lines.ts";
import type { LaneRead } from "../../owed.ts";
import type { Transaction } from "../database.ts";
import type { ReadBudget } from "./due-rows.ts";
import { beforeAll, type Candidate, candidates, type Place } from "./line-pages.ts";
import type { LineMemory } from "./line-memory.ts";
import { checkHeads, waitBehind } from "./line-state.ts";
import type { Newest } from "./newest.ts";

/** What a read found. */
export interface Found {
  /** In the order of their due times, then by number. */
  readonly numbers: readonly number[];
  /** How many were set aside, or let go; one more where some were left to the next read. */
  readonly moved: number;
  /** There may be more that are due. */
  readonly isCut: boolean;
}

interface Reading {
  readonly read: LaneRead;
  readonly ofClass: number;
  rows: Candidate[];
  readonly waiting: Waiting[];
  moved: number;
  after: Place;
  size: number;
  isCut: boolean;
  isDone: boolean;
  /** It met states that were committed since its lane was looked at [newest.ts]: each statement sees what was committed before it. They are
   * left to the next read. */
  hasNew: boolean;
}

/** Of the first page; those behind it are longer each time. */
const leastPage = 16;
/** Rows that all reads of a call look at together in one round, and set aside in all: some 100 ms, for which the owner writes nothing
 * else. */
const mostTogether = 4_000;

/** What is remembered that reads need. */
interface ReadParts {
  readonly memory: LineMemory;
  readonly newest: Pick<Newest, "isNew">;
}

export async function readHeads(
  transaction: Transaction,
  parts: ReadParts,
  reads: readonly LaneRead[],
  now: number,
  budget: ReadBudget,
): Promise<readonly Found[]> {
  const { memory } = parts;
  const readings = reads.map((read) => begin(read, budget));
  /** Numbers of those that do not pass, although a page may hold them. */
  const aside = new Set<number>();
  for (;;) {
    const open = readings.filter(({ isDone }) => !isDone);
    if (open.length === 0) break;
    const most = Math.max(leastPage, Math.floor(mostTogether / open.length));
    for (const reading of open) reading.size = Math.min(reading.size, most);
    const pages = await candidates(transaction, open.map(pageOf), now);
    const met = open.flatMap((reading, index) => pages[index]!.flatMap((each) => waitingOf(reading.read, each) ?? []));
    const changed = await checkHeads(transaction, memory, met);
    open.forEach((reading, index) => {
      // Whoever follows one that is gone can be read from now on.
      if (changed.has(reading.read.lane)) reading.moved++;
      takePage(reading, pages[index]!, parts, aside, budget);
    });
    const waiting = readings.reduce((sum, reading) => sum + reading.waiting.length, 0);
    if (waiting >= mostTogether) open.forEach(stop);
  }
  const left = await waitBehind(
    transaction,
    memory,
    readings.flatMap(({ waiting }) => waiting),
  );
  return readings.map((reading) => end(reading, memory, aside, new Set(left), now));
}

/** What it has not come to is for the next read. */
function stop(reading: Reading): void {
  if (!reading.isDone) reading.isDone = reading.isCut = true;
}

function begin(read: LaneRead, budget: ReadBudget): Reading {
  const isFull = budget.left <= 0 || read.limit <= 0;
  return {
    read,
    ofClass: classNumber[read.class],
    rows: [],
    waiting: [],
    moved: 0,
    after: beforeAll,
    size: Math.max(leastPage, read.limit),
    isCut: isFull,
    isDone: isFull,
    hasNew: false,
  };
}

const pageOf = ({ read: { lane }, ofClass, after, size }: Reading) => ({ lane, class: ofClass, after, limit: size });

/** null: it waits behind nobody. */
function waitingOf({ lane, inOrder, latest = null, ...read }: LaneRead, candidate: Candidate): Waiting | null {
  const { again, subject, number: delivery } = candidate;
  if (inOrder === true) return { lane, line: lineOf(classNumber[read.class], again, subject), delivery };
  const line = latest === null ? null : stateKey(latest, candidate);
  return line === null ? null : { lane, line, delivery };
}

/** Whether a look compares it with others of its lane. */
const isState = ({ latest = null, ...read }: LaneRead, inLine: Waiting | null): boolean =>
  latest !== null && read.class === "live" && inLine !== null;

function takePage(
  reading: Reading,
  page: readonly Candidate[],
  { memory, newest }: ReadParts,
  aside: Set<number>,
  budget: ReadBudget,
): void {
  const { read, rows, waiting } = reading;
  const displace = (displaced: Waiting): void => {
    aside.add(displaced.delivery);
    waiting.push(displaced);
  };
  for (const each of page) {
    reading.after = each;
    if (aside.has(each.number)) continue;
    const inLine = waitingOf(read, each);
    if (isState(read, inLine) && newest.isNew(read.lane, each)) {
      reading.hasNew = true;
      continue;
    }
    if (inLine === null || memory.passes(inLine, displace)) {
      rows.push(each);
      budget.left -= each.bytes;
    } else {
      waiting.push(inLine);
    }
    reading.isCut = budget.left <= 0 || rows.length === read.limit || waiting.length >= mostMoved;
    if (reading.isCut) break;
  }
  reading.isDone = reading.isCut || page.length < reading.size;
  reading.size = Math.min(mostMoved, reading.size * 4);
}

function end(
  { read, ofClass, rows, waiting, moved, isCut, hasNew }: Reading,
  memory: LineMemory,
  aside: ReadonlySet<number>,
  left: ReadonlySet<Waiting>,
  now: number,
): Found {
  const passed = rows.filter(({ number }) => !aside.has(number));
  const last = passed.at(-1);
  // Whatever takes its place behind these must not have to wait for the next millisecond.
  if (last !== undefined && (read.inOrder === true || (read.latest ?? null) !== null)) {
    memory.reach(read.lane, ofClass, Math.min(last.due, Math.floor(now) - 1));
  }
  if (read.inOrder === true) {
    for (const { number } of passed) {
      const head = memory.heads.byDelivery(number);
      if (head !== undefined) memory.brought.note(head);
    }
  }
  const stayed = waiting.filter((each) => left.has(each)).length;
  return {
    numbers: passed.map(({ number }) => number),
    moved: moved + waiting.length + Number(hasNew),
    isCut: isCut || stayed > 0 || hasNew,
  };
}
