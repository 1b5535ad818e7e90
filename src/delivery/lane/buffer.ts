// A lane's rows in memory, class by class: which of them are here, which are spilled, and when these must be read. All are
// durable in the store. In `memory` mode every live row that the lane owes is here; in `disk` mode later ones are spilled and
// come back in order through reads. Retries and replays always come through reads. No class takes room from another. Knows no store and no
// clock.

import { type DeliveryClass, deliveryClasses } from "../../model/delivery.ts";
import type { DueDelivery, LaneRows } from "../../store/owed.ts";
import type { ResidentRows } from "./resident.ts";
import { createFifo, drain, type Fifo, first, shift, sizeOf } from "../structures/fifo.ts";

export interface LaneBuffer extends Readonly<Record<DeliveryClass, ClassBuffer>> {
  /** Places promised to live deliveries that are being written. */
  reserved: number;
  mode: "memory" | "disk";
  /** Live rows are spilled: later ones must queue behind them. */
  liveOnDisk: boolean;
  /** Groups of live rows that are being spilled; a read would not see them yet. */
  spilling: number;
  /** Rows that wait in memory are given back and read anew when others have come: these may have superseded them. */
  rereads: boolean;
  /** Counts starts while several classes wait, so that the lower ones get their part. */
  turn: number;
}

/** The rows of one class. */
interface ClassBuffer {
  readonly rows: Fifo<DueDelivery>;
  /** In flight, or finished and not settled yet: a read returns them once more. */
  unsettled: number;
  /** When the earliest spilled row falls due, epoch ms; Infinity: none is known. */
  nextDue: number;
  reading: Reading | null;
  /** The last read brought nothing but rows that are here, because they are large: how many those were. 0: it did not. */
  stalledAt: number;
  /** Rows were spilled since the last read began. */
  hasNews: boolean;
  /** Starts of other classes in a row while a row of this one waited. */
  passedOver: number;
}

interface Reading {
  readonly limit: number;
  readonly room: number;
  readonly now: number;
  /** The earliest due that was spilled since the read began. */
  spilledDue: number;
  /** Whether live rows were spilled since then. */
  spilledLive: boolean;
  /** The memory was given back since then: what was read is no longer what comes next. */
  void: boolean;
}

export function createBuffer(): LaneBuffer {
  return {
    live: createClassBuffer(),
    retry: createClassBuffer(),
    replay: createClassBuffer(),
    reserved: 0,
    mode: "memory",
    liveOnDisk: false,
    spilling: 0,
    rereads: false,
    turn: 0,
  };
}

const createClassBuffer = (): ClassBuffer => ({
  rows: createFifo(),
  unsettled: 0,
  nextDue: Infinity,
  reading: null,
  stalledAt: 0,
  hasNews: false,
  passedOver: 0,
});

export const waitingRows = ({ live, retry, replay }: LaneBuffer): number =>
  sizeOf(live.rows) + sizeOf(retry.rows) + sizeOf(replay.rows);

/** The first class of which a row waits in memory; null: none does. */
export function firstClass({ live, retry, replay }: LaneBuffer): DeliveryClass | null {
  if (sizeOf(live.rows) > 0) return "live";
  if (sizeOf(retry.rows) > 0) return "retry";
  return sizeOf(replay.rows) > 0 ? "replay" : null;
}

/** Whether this row waits in memory. */
export const waitsHere = (buffer: LaneBuffer, delivery: number): boolean =>
  deliveryClasses.some((each) => buffer[each].rows.items.some((row) => row?.number === delivery));

/** Live rows in memory, and places promised to some. */
export const liveRows = ({ live, reserved }: LaneBuffer): number => sizeOf(live.rows) + reserved;

/** Rows in flight, or finished and not settled yet. */
export const unsettledRows = ({ live, retry, replay }: LaneBuffer): number =>
  live.unsettled + retry.unsettled + replay.unsettled;

/** Whether something of the lane is under way: an attempt, an outcome, or a row to or from the disk. */
export const isBusy = (buffer: LaneBuffer): boolean => unsettledRows(buffer) + buffer.reserved + buffer.spilling > 0;

export const isReading = (buffer: LaneBuffer): boolean => deliveryClasses.some((each) => buffer[each].reading !== null);

/** Whether a read of some class brings nothing more before the rows that are in memory are settled. */
export const isStalled = (buffer: LaneBuffer): boolean =>
  deliveryClasses.some((each) => buffer[each].stalledAt > 0 && buffer[each].stalledAt === hereOf(buffer[each]));

/** A place for a live row that is about to be written. false: it goes to the disk, and so does what comes after it. */
export function reserve(buffer: LaneBuffer, size: number): boolean {
  const { reading } = buffer.live;
  if (buffer.mode === "memory" && liveRows(buffer) + (reading?.room ?? 0) < size) {
    buffer.reserved++;
    return true;
  }
  buffer.mode = "disk";
  if (reading !== null) reading.spilledLive = true;
  return false;
}

/** The live row is written. false: others went to the disk before it, so it must go there behind them. */
export function add(buffer: LaneBuffer, delivery: DueDelivery, resident: ResidentRows): boolean {
  buffer.reserved--;
  if (buffer.liveOnDisk) return false;
  buffer.live.rows.items.push(delivery);
  resident.add(delivery, false);
  return true;
}

/** Rows of this class are spilled and not here, the earliest due then. */
export function spilled(buffer: LaneBuffer, deliveryClass: DeliveryClass, due: number): void {
  const rows = buffer[deliveryClass];
  const { reading } = rows;
  rows.nextDue = Math.min(rows.nextDue, due);
  rows.hasNews = true;
  if (reading !== null) reading.spilledDue = Math.min(reading.spilledDue, due);
  if (deliveryClass !== "live") return;
  buffer.mode = "disk";
  buffer.liveOnDisk = true;
  if (reading !== null) reading.spilledLive = true;
}

/** The attempt of this row is settled, or was not made. */
export function settled(buffer: LaneBuffer, { class: deliveryClass }: DueDelivery): void {
  buffer[deliveryClass].unsettled--;
}

/** Whether the lane may have a spilled row that is not here, due or not. */
export const onDisk = ({ mode, live, retry, replay }: LaneBuffer): boolean =>
  mode === "disk" || live.nextDue < Infinity || retry.nextDue < Infinity || replay.nextDue < Infinity;

/** Whether reading some class now would bring something, and there is room for it. */
export const wantsRead = (buffer: LaneBuffer, size: number, now: number): boolean =>
  deliveryClasses.some((each) => wantsReadOf(buffer, each, size, now));

/** The same of one class. It is read again when it has run down to a quarter, because a read repeats the rows that are
 * here still. */
export function wantsReadOf(buffer: LaneBuffer, deliveryClass: DeliveryClass, size: number, now: number): boolean {
  const rows = buffer[deliveryClass];
  const { stalledAt, nextDue } = rows;
  if (rows.reading !== null || (stalledAt > 0 && stalledAt === hereOf(rows))) return false;
  if (sizeOf(rows.rows) > shareOf(deliveryClass, size) >> 2 && !(buffer.rereads && rows.hasNews)) return false;
  if (deliveryClass !== "live") return nextDue <= now;
  if (buffer.spilling > 0) return false;
  // Places promised before the lane went to the disk belong to rows that come before those which are there.
  return buffer.mode === "disk" ? buffer.reserved === 0 : nextDue <= now && liveRows(buffer) < size;
}

/** Returns how many rows to ask for: those in memory, which a read returns again, plus the free room. */
export function beginRead(buffer: LaneBuffer, deliveryClass: DeliveryClass, size: number, now: number): number {
  const rows = buffer[deliveryClass];
  const here = sizeOf(rows.rows) + (deliveryClass === "live" ? buffer.reserved : 0);
  const room = Math.max(shareOf(deliveryClass, size) - here, 1);
  const limit = hereOf(rows) + room;
  rows.hasNews = false;
  rows.reading = { limit, room, now, spilledDue: Infinity, spilledLive: false, void: false };
  return limit;
}

/** Takes in the rows of a read; returns how many are new. Live rows stay in memory from now on only when the read came back
 * short and none went to the disk since it began. */
export function endRead(
  buffer: LaneBuffer,
  deliveryClass: DeliveryClass,
  answer: Pick<LaneRows, "rows" | "nextDue" | "moved">,
  resident: ResidentRows,
): number {
  const rows = buffer[deliveryClass];
  const { reading } = rows;
  if (reading === null) return 0;
  if (reading.void) return dropRead(buffer, deliveryClass);
  rows.reading = null;
  let added = 0;
  /** When the first one fell due for which there was no room. */
  let left = Infinity;
  for (const row of answer.rows) {
    if (resident.has(row.number)) continue;
    if (added === reading.room) {
      left = row.due;
      break;
    }
    rows.rows.items.push(row);
    resident.add(row, true);
    added++;
  }
  const later = Math.min(left, answer.nextDue ?? Infinity);
  const isStill = added === 0 && answer.moved === 0;
  rows.stalledAt = isStill && later <= reading.now && answer.rows.length < reading.limit ? hereOf(rows) : 0;
  const short = left === Infinity && answer.rows.length < reading.limit && later > reading.now;
  rows.nextDue = Math.min(later, reading.spilledDue);
  if (deliveryClass === "live" && short && !reading.spilledLive && buffer.spilling === 0) {
    buffer.mode = "memory";
    buffer.liveOnDisk = false;
  }
  return added;
}

/** The read failed, or its answer is not wanted any more: its rows are spilled still. */
export function dropRead(buffer: LaneBuffer, deliveryClass: DeliveryClass): 0 {
  const rows = buffer[deliveryClass];
  const { reading } = rows;
  rows.reading = null;
  if (reading !== null) rows.nextDue = Math.min(rows.nextDue, reading.spilledDue, reading.now);
  return 0;
}

/** The next row to attempt. While several classes wait, every `every`th start goes to a lower one than the first: where
 * there are two, to the one that was passed over for longer. */
export function next(buffer: LaneBuffer, every: number): DueDelivery | undefined {
  const rows = nextClass(buffer, every);
  const delivery = shift(rows.rows);
  if (delivery !== undefined) rows.unsettled++;
  return delivery;
}

function nextClass(buffer: LaneBuffer, every: number): ClassBuffer {
  const { live, retry, replay } = buffer;
  const retries = sizeOf(retry.rows) > 0;
  const replays = sizeOf(replay.rows) > 0;
  const first = sizeOf(live.rows) > 0 ? live : retries ? retry : replay;
  const isContested = first === live ? retries || replays : first === retry && replays;
  if (!isContested) return first;
  const lower = replays && (!retries || replay.passedOver > retry.passedOver) ? replay : retry;
  const chosen = ++buffer.turn % every === 0 ? lower : first;
  if (retries) retry.passedOver++;
  if (replays) replay.passedOver++;
  chosen.passedOver = 0;
  return chosen;
}

/** Gives the memory back. Returns the rows that are not spilled yet and must be. */
export function unload(buffer: LaneBuffer, resident: ResidentRows): DueDelivery[] {
  const unspilled: DueDelivery[] = [];
  for (const each of deliveryClasses) {
    const { reading, rows } = buffer[each];
    if (reading !== null) reading.void = true;
    for (const delivery of drain(rows)) {
      if (resident.get(delivery.number) === false) unspilled.push(delivery);
      resident.delete(delivery.number);
      spilled(buffer, each, delivery.due);
    }
  }
  return unspilled;
}

/** Spilled rows that fell due in a jump of the clock, from `from` to `now`, are put off until then; live rows are not. */
export function putOff(buffer: LaneBuffer, from: number, now: number, until: number): void {
  for (const rows of [buffer.retry, buffer.replay]) {
    if (rows.nextDue > from && rows.nextDue <= now) rows.nextDue = until;
  }
}

/** When the next spilled row falls due that is not due yet; Infinity: none is known. */
export function dueAfter({ live, retry, replay }: LaneBuffer, now: number): number {
  const after = (due: number) => (due > now ? due : Infinity);
  return Math.min(after(live.nextDue), after(retry.nextDue), after(replay.nextDue));
}

/** When the oldest row, in memory or spilled, fell or falls due. */
export const oldestDue = (buffer: LaneBuffer): number =>
  Math.min(oldestWithoutReplays(buffer), oldestOf(buffer.replay));

/** The same without replays, which wait for room by design. */
export const oldestWithoutReplays = ({ live, retry }: LaneBuffer): number => Math.min(oldestOf(live), oldestOf(retry));

const oldestOf = ({ rows, nextDue }: ClassBuffer): number => Math.min(first(rows)?.due ?? Infinity, nextDue);

/** Rows that a read returns once more. */
const hereOf = ({ rows, unsettled }: ClassBuffer): number => unsettled + sizeOf(rows);

/** Rows that one class may have in memory: live ones as many as the lane, retries half of that, replays a quarter. Each has
 * its own room, so that none keeps another from memory. */
function shareOf(deliveryClass: DeliveryClass, size: number): number {
  return deliveryClass === "live" ? size : Math.ceil(size / (deliveryClass === "retry" ? 2 : 4));
}
