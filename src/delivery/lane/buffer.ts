// The memory window of one lane: what of its queue is in memory, what is on the disk, and when it must be read. While
// the lane is in `memory` mode every first attempt it owes is here; in `disk` mode later ones are parked in the store and
// come back in order through reads. Knows no store and no clock.

import type { DueDelivery, LaneRows } from "../../store/ledger.ts";
import type { ResidentRows } from "./resident.ts";
import { createFifo, drain, type Fifo, first, shift, sizeOf } from "../structures/fifo.ts";

export interface LaneBuffer {
  readonly firsts: Fifo<DueDelivery>;
  readonly retries: Fifo<DueDelivery>;
  /** Places promised to deliveries that are being written. */
  reserved: number;
  /** In flight, or ended and not yet booked: a read gives them once more. */
  unsettled: number;
  mode: "memory" | "disk";
  /** First attempts are known to be on the disk: what comes now must queue behind them. */
  firstsOnDisk: boolean;
  /** Rows on their way to the disk; a read would not see them yet. */
  spilling: number;
  /** When the earliest row on the disk falls due, epoch ms; Infinity: none is known. */
  nextDue: number;
  reading: Reading | null;
  /** The last read brought nothing but rows that are here, because they are large: how many those were. 0: it did not. */
  stalledAt: number;
  /** Counts starts while both kinds wait, so that retries get their part. */
  turn: number;
}

interface Reading {
  readonly limit: number;
  readonly room: number;
  readonly now: number;
  /** The earliest due that was parked since the read began. */
  spilledDue: number;
  /** Whether first attempts went to the disk since then. */
  spilledFirsts: boolean;
  /** The memory was given back since then: what was read is no longer what comes next. */
  void: boolean;
}

export function createBuffer(): LaneBuffer {
  return {
    firsts: createFifo(),
    retries: createFifo(),
    reserved: 0,
    unsettled: 0,
    mode: "memory",
    firstsOnDisk: false,
    spilling: 0,
    nextDue: Infinity,
    reading: null,
    stalledAt: 0,
    turn: 0,
  };
}

export const waitingRows = (buffer: LaneBuffer): number => sizeOf(buffer.firsts) + sizeOf(buffer.retries);

/** Rows that a read gives once more. */
const hereOf = (buffer: LaneBuffer): number => buffer.unsettled + waitingRows(buffer);

/** Rows in memory, and places promised. */
export const rowsOf = (buffer: LaneBuffer): number => waitingRows(buffer) + buffer.reserved;

/** A place for a row that is about to be written. false: it goes to the disk, and so does what comes after it. */
export function reserve(buffer: LaneBuffer, size: number): boolean {
  if (buffer.mode === "memory" && rowsOf(buffer) + (buffer.reading?.room ?? 0) < size) {
    buffer.reserved++;
    return true;
  }
  buffer.mode = "disk";
  if (buffer.reading !== null) buffer.reading.spilledFirsts = true;
  return false;
}

/** The row is written. false: others went to the disk before it, so it must be parked behind them. */
export function add(buffer: LaneBuffer, delivery: DueDelivery, resident: ResidentRows): boolean {
  buffer.reserved--;
  if (buffer.firstsOnDisk) return false;
  append(buffer, delivery);
  resident.add(delivery, false);
  return true;
}

/** A first attempt, or several, were parked. */
export function spilledFirst(buffer: LaneBuffer, due: number): void {
  buffer.mode = "disk";
  buffer.firstsOnDisk = true;
  if (buffer.reading !== null) buffer.reading.spilledFirsts = true;
  spilledRetry(buffer, due);
}

export function spilledRetry(buffer: LaneBuffer, due: number): void {
  buffer.nextDue = Math.min(buffer.nextDue, due);
  if (buffer.reading !== null) buffer.reading.spilledDue = Math.min(buffer.reading.spilledDue, due);
}

/** Whether a row of the lane may be on the disk only, due or not. */
export const onDisk = (buffer: LaneBuffer): boolean => buffer.mode === "disk" || buffer.nextDue < Infinity;

/** Whether reading now would bring something, and there is room for it. A lane is read again when it has run down to a
 * quarter, because a read repeats the rows that are here still. */
export function wantsRead(buffer: LaneBuffer, size: number, now: number): boolean {
  if (buffer.reading !== null || buffer.spilling > 0) return false;
  if (buffer.stalledAt > 0 && buffer.stalledAt === hereOf(buffer)) return false;
  // Places promised before the lane went to the disk belong to rows that come before those which are there.
  if (buffer.mode === "disk") return buffer.reserved === 0 && waitingRows(buffer) <= size >> 2;
  return buffer.nextDue <= now && sizeOf(buffer.retries) <= size >> 3 && roomOf(buffer, size) > 0;
}

/** Returns how many rows to ask for: those it has, which come again, and those there is room for. */
export function beginRead(buffer: LaneBuffer, size: number, now: number): number {
  const room = Math.max(roomOf(buffer, size), 1);
  const limit = hereOf(buffer) + room;
  buffer.reading = { limit, room, now, spilledDue: Infinity, spilledFirsts: false, void: false };
  return limit;
}

/** Takes in what was read; returns how many rows are new. The lane leaves the disk only when the read came back short
 * and no first attempt was parked since it began. */
export function endRead(
  buffer: LaneBuffer,
  answer: Pick<LaneRows, "rows" | "nextDue">,
  resident: ResidentRows,
): number {
  const { reading } = buffer;
  if (reading === null) return 0;
  if (reading.void) return dropRead(buffer);
  buffer.reading = null;
  let added = 0;
  /** When the first one fell due for which there was no room. */
  let left = Infinity;
  for (const row of answer.rows) {
    if (resident.has(row.number)) continue;
    if (added === reading.room) {
      left = row.due;
      break;
    }
    append(buffer, row);
    resident.add(row, true);
    added++;
  }
  const later = Math.min(left, answer.nextDue ?? Infinity);
  buffer.stalledAt = added === 0 && later <= reading.now && answer.rows.length < reading.limit ? hereOf(buffer) : 0;
  const short = left === Infinity && answer.rows.length < reading.limit && later > reading.now;
  buffer.nextDue = Math.min(later, reading.spilledDue);
  if (short && !reading.spilledFirsts && buffer.spilling === 0) {
    buffer.mode = "memory";
    buffer.firstsOnDisk = false;
  }
  return added;
}

/** The read failed, or its answer is not wanted any more: everything is still on the disk. */
export function dropRead(buffer: LaneBuffer): 0 {
  const { reading } = buffer;
  buffer.reading = null;
  if (reading !== null) buffer.nextDue = Math.min(buffer.nextDue, reading.spilledDue, reading.now);
  return 0;
}

/** The next row to attempt: first attempts before retries, of which every `share`th start is one where both wait. */
export function next(buffer: LaneBuffer, every: number): DueDelivery | undefined {
  const retry = sizeOf(buffer.retries) > 0 && (sizeOf(buffer.firsts) === 0 || ++buffer.turn % every === 0);
  const delivery = retry ? shift(buffer.retries) : shift(buffer.firsts);
  if (delivery !== undefined) buffer.unsettled++;
  return delivery;
}

/** Gives the memory back. Returns the rows that are not on the disk yet and must be parked. */
export function unload(buffer: LaneBuffer, resident: ResidentRows): DueDelivery[] {
  if (buffer.reading !== null) buffer.reading.void = true;
  const firsts = drain(buffer.firsts);
  const retries = drain(buffer.retries);
  const unspilled = firsts.filter(({ number }) => resident.get(number) === false);
  for (const delivery of [...firsts, ...retries]) {
    resident.delete(delivery.number);
    if (delivery.attempts === 0) spilledFirst(buffer, delivery.due);
    else spilledRetry(buffer, delivery.due);
  }
  return unspilled;
}

/** When the oldest row in memory or on the disk fell or falls due. */
export function oldestDue(buffer: LaneBuffer): number {
  return Math.min(first(buffer.firsts)?.due ?? Infinity, first(buffer.retries)?.due ?? Infinity, buffer.nextDue);
}

function append(buffer: LaneBuffer, delivery: DueDelivery): void {
  const queue = delivery.attempts === 0 ? buffer.firsts : buffer.retries;
  queue.items.push(delivery);
}

/** In memory mode retries take half of the window at most, so that they do not push first attempts to the disk. */
function roomOf(buffer: LaneBuffer, size: number): number {
  const room = size - rowsOf(buffer);
  return buffer.mode === "disk" ? room : Math.min(room, Math.ceil(size / 2) - sizeOf(buffer.retries));
}
