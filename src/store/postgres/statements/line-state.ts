// What follows when deliveries meet in a line, fail, or end: each step changes the rows of lines and what their owner remembers.

import type { Line } from "../../line-heads.ts";
import { isOfSubject, type Waiting } from "../../lines.ts";
import type { Transaction } from "../database.ts";
import type { LineMemory } from "./line-memory.ts";
import {
  deadHeads,
  lanesWithLines,
  leaveLines,
  linesOf,
  lockOwed,
  owedAmong,
  release,
  setAside,
  show,
  someLineOf,
} from "./line-rows.ts";

/** Makes sure that the lanes with lines are known. Lines whose head is gone go on. */
export async function loadLanes(transaction: Transaction, memory: LineMemory): Promise<ReadonlySet<number>> {
  if (memory.lanes !== null) return memory.lanes;
  const shards = memory.owned();
  const dead = await deadHeads(transaction, shards);
  if (dead.length > 0) await releaseUnread(transaction, dead);
  return (memory.lanes = new Set(await lanesWithLines(transaction, shards)));
}

const releaseUnread = (transaction: Transaction, heads: readonly number[]) =>
  release(
    transaction,
    heads.map((head) => ({ head, reached: undefined })),
  );

/** Lets the next ones lead whose heads are gone. */
async function follow(
  transaction: Transaction,
  memory: LineMemory,
  gone: readonly Pick<Line, "lane" | "head">[],
): Promise<void> {
  if (gone.length === 0) return;
  memory.noteKept(
    await release(
      transaction,
      gone.map(({ lane, head }) => memory.goneOf(lane, head)),
    ),
  );
}

const nameOf = ({ lane, line }: Pick<Waiting, "lane" | "line">): string => `${lane} ${line}`;

/** Reads the heads of those lines of which nothing is known, and recalls those that a rollback has made forget. */
async function know(
  transaction: Transaction,
  memory: LineMemory,
  lines: readonly Pick<Waiting, "lane" | "line">[],
): Promise<void> {
  const unknown = new Map<string, Pick<Waiting, "lane" | "line">>();
  for (const each of lines) {
    if (memory.mayHaveLines(each.lane) && memory.heads.of(each.lane, each.line) === undefined)
      unknown.set(nameOf(each), each);
  }
  if (unknown.size > 0) memory.noteKept(await linesOf(transaction, [...unknown.values()]));
  for (const { lane, line } of lines) {
    if (memory.heads.of(lane, line) !== undefined) continue;
    const brought = memory.brought.of(lane, line);
    if (brought !== undefined) memory.heads.note(brought);
  }
}

/** The heads of the lines in which these stand are known, and owed, once this returns: those that are gone give way. Returns the
 * lanes of such. Must come before `passes` [line-memory.ts]. */
export async function checkHeads(
  transaction: Transaction,
  memory: LineMemory,
  met: readonly Waiting[],
): Promise<ReadonlySet<number>> {
  await know(transaction, memory, met);
  const here = new Set(met.map(({ delivery }) => delivery));
  const others = new Map<number, Line>();
  for (const { lane, line } of met) {
    const head = memory.heads.of(lane, line);
    if (head !== undefined && !here.has(head.head)) others.set(head.head, head);
  }
  if (others.size === 0) return new Set();
  const owed = await owedAmong(transaction, [...others.keys()]);
  const gone = [...others.values()].filter(({ head }) => !owed.has(head));
  for (const line of gone) {
    memory.heads.forget(line);
    memory.brought.forget(line.head);
  }
  const kept = gone.filter(({ lane }) => memory.mayHaveLines(lane));
  await follow(transaction, memory, kept);
  // Another node may have let the next one go already.
  await know(transaction, memory, kept);
  return new Set(gone.map(({ lane }) => lane));
}

/** Sets these aside behind the heads of their lines. Returns those whose head has ended meanwhile: they stay where they are. */
export async function waitBehind(
  transaction: Transaction,
  memory: LineMemory,
  waiting: readonly Waiting[],
): Promise<readonly Waiting[]> {
  if (waiting.length === 0) return [];
  const leading = new Map<string, Line>();
  for (const each of waiting) {
    const head = memory.heads.of(each.lane, each.line);
    if (head !== undefined) leading.set(nameOf(each), head);
  }
  const owed = await lockOwed(
    transaction,
    [...leading.values()].map(({ head }) => head),
  );
  for (const [name, head] of leading) {
    if (owed.has(head.head)) continue;
    memory.heads.forget(head);
    leading.delete(name);
  }
  const isLed = (each: Waiting): boolean => leading.has(nameOf(each));
  await keep(transaction, memory, [...leading.values()], waiting.filter(isLed));
  return waiting.filter((each) => !isLed(each));
}

async function keep(
  transaction: Transaction,
  memory: LineMemory,
  leading: readonly Line[],
  behind: readonly Waiting[],
): Promise<void> {
  const unkept = leading.filter(({ isKept }) => !isKept);
  if (unkept.length === 0 && behind.length === 0) return;
  await setAside(transaction, unkept, behind);
  memory.noteKept(unkept);
  for (const { lane } of unkept) memory.lanes?.add(lane);
}

/** They wait, and the oldest of each line leads it, durably. */
export async function meetInLines(
  transaction: Transaction,
  memory: LineMemory,
  met: readonly Waiting[],
): Promise<void> {
  const { heads } = memory;
  const news = met.filter(({ delivery }) => heads.byDelivery(delivery)?.isKept !== true);
  if (news.length === 0) return;
  await checkHeads(transaction, memory, news);
  const behind: Waiting[] = [];
  for (const each of news.toSorted((one, other) => one.delivery - other.delivery)) {
    if (!memory.passes(each, (displaced) => behind.push(displaced))) behind.push(each);
  }
  const leading = [...new Set(news.flatMap(({ lane, line }) => heads.of(lane, line) ?? []))];
  const owed = await lockOwed(
    transaction,
    leading.map(({ head }) => head),
  );
  await keep(
    transaction,
    memory,
    leading.filter(({ head }) => owed.has(head)),
    behind,
  );
}

/** These have ended, and their rows are gone. */
export async function endInLines(
  transaction: Transaction,
  memory: LineMemory,
  ended: readonly Pick<Waiting, "lane" | "delivery">[],
): Promise<void> {
  const { heads } = memory;
  // A head that is known without a row has nobody behind it.
  const gone = ended.filter(
    ({ lane, delivery }) => memory.mayHaveLines(lane) && heads.byDelivery(delivery)?.isKept !== false,
  );
  for (const { delivery } of ended) {
    const head = heads.byDelivery(delivery);
    if (head !== undefined) heads.forget(head);
  }
  await follow(
    transaction,
    memory,
    gone.map(({ lane, delivery }) => ({ lane, head: delivery })),
  );
}

/** The same of lanes of whomever, and beside the owner's own transactions: nothing that is remembered changes. */
export async function endAnywhere(
  transaction: Transaction,
  memory: LineMemory,
  deliveries: readonly number[],
): Promise<void> {
  if (deliveries.length === 0) return;
  await release(
    transaction,
    deliveries.map((delivery) => memory.goneOf(memory.heads.byDelivery(delivery)?.lane ?? 0, delivery)),
  );
}

/** The lane keeps no order any more: lets up to so many go that wait behind others. Returns how many. */
export async function disperse(
  transaction: Transaction,
  memory: LineMemory,
  lane: number,
  limit: number,
): Promise<number> {
  memory.forgetReach(lane);
  const left = await leave(transaction, memory, lane, limit);
  await show(transaction, left);
  return left.length;
}

/** Takes up to so many out of their lines. Where there are fewer, the lane has no lines any more. */
export async function leave(
  transaction: Transaction,
  memory: LineMemory,
  lane: number,
  limit: number,
): Promise<readonly number[]> {
  const left = memory.mayHaveLines(lane) ? await leaveLines(transaction, lane, limit) : [];
  if (left.length < limit) memory.forgetLane(lane);
  return left;
}

/** What the lines of the lane are about; null: it has none. */
export async function kindOf(
  transaction: Transaction,
  memory: LineMemory,
  lane: number,
): Promise<"subject" | "state" | null> {
  const [known] = memory.heads.ofLane(lane)?.keys() ?? [];
  const name = known ?? (memory.mayHaveLines(lane) ? await someLineOf(transaction, lane) : undefined);
  if (name === undefined) {
    memory.lanes?.delete(lane);
    return null;
  }
  return isOfSubject(name) ? "subject" : "state";
}
