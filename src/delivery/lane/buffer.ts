// The memory window of one lane: what of its queue is in memory, what is on the disk, and when it must be read. While
// the lane is in `memory` mode every first attempt it owes is here; in `disk` mode later ones are parked in the store and
// come back in order through reads. Knows no store and no clock.

import type { DueDelivery, LaneRows } from "../../store/ledger.ts";
import type { Held } from "./resident.ts";
import { createFifo, drain, type Fifo, first, shift, sizeOf } from "../structures/fifo.ts";

export interface Window {
  readonly firsts: Fifo<DueDelivery>;
  readonly retries: Fifo<DueDelivery>;
  /** Places promised to deliveries that are being written. */
  reserved: number;
  /** In flight, or ended and not yet booked: a read gives them once more. */
  away: number;
  mode: "memory" | "disk";
  /** First attempts are known to be on the disk: what comes now must queue behind them. */
  announced: boolean;
  /** Rows on their way to the disk; a read would not see them yet. */
  parking: number;
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
  parkedDue: number;
  /** Whether first attempts went to the disk since then. */
  parkedFirsts: boolean;
  /** The memory was given back since then: what was read is no longer what comes next. */
  void: boolean;
}

export function createWindow(): Window {
  return {
    firsts: createFifo(),
    retries: createFifo(),
    reserved: 0,
    away: 0,
    mode: "memory",
    announced: false,
    parking: 0,
    nextDue: Infinity,
    reading: null,
    stalledAt: 0,
    turn: 0,
  };
}

export const waitingRows = (window: Window): number => sizeOf(window.firsts) + sizeOf(window.retries);

/** Rows that a read gives once more. */
const hereOf = (window: Window): number => window.away + waitingRows(window);

/** Rows in memory, and places promised. */
export const rowsOf = (window: Window): number => waitingRows(window) + window.reserved;

/** A place for a row that is about to be written. false: it goes to the disk, and so does what comes after it. */
export function reserve(window: Window, size: number): boolean {
  if (window.mode === "memory" && rowsOf(window) + (window.reading?.room ?? 0) < size) {
    window.reserved++;
    return true;
  }
  window.mode = "disk";
  if (window.reading !== null) window.reading.parkedFirsts = true;
  return false;
}

/** The row is written. false: others went to the disk before it, so it must be parked behind them. */
export function offer(window: Window, delivery: DueDelivery, held: Held): boolean {
  window.reserved--;
  if (window.announced) return false;
  append(window, delivery);
  held.add(delivery, false);
  return true;
}

/** A first attempt, or several, were parked. */
export function parkedFirst(window: Window, due: number): void {
  window.mode = "disk";
  window.announced = true;
  if (window.reading !== null) window.reading.parkedFirsts = true;
  parkedRetry(window, due);
}

export function parkedRetry(window: Window, due: number): void {
  window.nextDue = Math.min(window.nextDue, due);
  if (window.reading !== null) window.reading.parkedDue = Math.min(window.reading.parkedDue, due);
}

/** Whether a row of the lane may be on the disk only, due or not. */
export const onDisk = (window: Window): boolean => window.mode === "disk" || window.nextDue < Infinity;

/** Whether reading now would bring something, and there is room for it. A lane is read again when it has run down to a
 * quarter, because a read repeats the rows that are here still. */
export function wantsRead(window: Window, size: number, now: number): boolean {
  if (window.reading !== null || window.parking > 0) return false;
  if (window.stalledAt > 0 && window.stalledAt === hereOf(window)) return false;
  // Places promised before the lane went to the disk belong to rows that come before those which are there.
  if (window.mode === "disk") return window.reserved === 0 && waitingRows(window) <= size >> 2;
  return window.nextDue <= now && sizeOf(window.retries) <= size >> 3 && roomOf(window, size) > 0;
}

/** Returns how many rows to ask for: those it has, which come again, and those there is room for. */
export function beginRead(window: Window, size: number, now: number): number {
  const room = Math.max(roomOf(window, size), 1);
  const limit = hereOf(window) + room;
  window.reading = { limit, room, now, parkedDue: Infinity, parkedFirsts: false, void: false };
  return limit;
}

/** Takes in what was read; returns how many rows are new. The lane leaves the disk only when the read came back short
 * and no first attempt was parked since it began. */
export function endRead(window: Window, answer: Pick<LaneRows, "rows" | "nextDue">, held: Held): number {
  const { reading } = window;
  if (reading === null) return 0;
  if (reading.void) return dropRead(window);
  window.reading = null;
  let added = 0;
  /** When the first one fell due for which there was no room. */
  let left = Infinity;
  for (const row of answer.rows) {
    if (held.has(row.number)) continue;
    if (added === reading.room) {
      left = row.due;
      break;
    }
    append(window, row);
    held.add(row, true);
    added++;
  }
  const later = Math.min(left, answer.nextDue ?? Infinity);
  window.stalledAt = added === 0 && later <= reading.now && answer.rows.length < reading.limit ? hereOf(window) : 0;
  const short = left === Infinity && answer.rows.length < reading.limit && later > reading.now;
  window.nextDue = Math.min(later, reading.parkedDue);
  if (short && !reading.parkedFirsts && window.parking === 0) {
    window.mode = "memory";
    window.announced = false;
  }
  return added;
}

/** The read failed, or its answer is not wanted any more: everything is still on the disk. */
export function dropRead(window: Window): 0 {
  const { reading } = window;
  window.reading = null;
  if (reading !== null) window.nextDue = Math.min(window.nextDue, reading.parkedDue, reading.now);
  return 0;
}

/** The next row to attempt: first attempts before retries, of which every `share`th start is one where both wait. */
export function next(window: Window, every: number): DueDelivery | undefined {
  const retry = sizeOf(window.retries) > 0 && (sizeOf(window.firsts) === 0 || ++window.turn % every === 0);
  const delivery = retry ? shift(window.retries) : shift(window.firsts);
  if (delivery !== undefined) window.away++;
  return delivery;
}

/** Gives the memory back. Returns the rows that are not on the disk yet and must be parked. */
export function evict(window: Window, held: Held): DueDelivery[] {
  if (window.reading !== null) window.reading.void = true;
  const firsts = drain(window.firsts);
  const retries = drain(window.retries);
  const unparked = firsts.filter(({ number }) => held.get(number) === false);
  for (const delivery of [...firsts, ...retries]) {
    held.delete(delivery.number);
    if (delivery.attempts === 0) parkedFirst(window, delivery.due);
    else parkedRetry(window, delivery.due);
  }
  return unparked;
}

/** When the oldest row in memory or on the disk fell or falls due. */
export function oldestDue(window: Window): number {
  return Math.min(first(window.firsts)?.due ?? Infinity, first(window.retries)?.due ?? Infinity, window.nextDue);
}

function append(window: Window, delivery: DueDelivery): void {
  const queue = delivery.attempts === 0 ? window.firsts : window.retries;
  queue.items.push(delivery);
}

/** In memory mode retries take half of the window at most, so that they do not push first attempts to the disk. */
function roomOf(window: Window, size: number): number {
  const room = size - rowsOf(window);
  return window.mode === "disk" ? room : Math.min(room, Math.ceil(size / 2) - sizeOf(window.retries));
}
