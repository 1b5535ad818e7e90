// Attempts that wait for a connection. Each gets the next one that another attempt has done with, or one that is opened
// for it; few are begun in a turn of the event loop. Otherwise a moment in which everything is late makes all attempts
// shake hands at once, and that takes so long that they never catch up.

import type { Cancel, Clock } from "../../clock.ts";
import { createFifo, drain, shift } from "../structures/fifo.ts";

export interface ConnectionQueue<Item> {
  /** Waits for a connection to where `key` leads. In its turn `open` is called for it, which opens one, unless as many are
   * being opened as wait there. */
  add(key: string, item: Item): void;
  /** Takes the one that has waited longest there, for a connection that is free. */
  next(key: string): Item | undefined;
  /** Calls `begin`, which opens one for itself alone, in its turn. */
  inTurn(begin: () => void): void;
  /** Takes this one out. Whether it was waiting. */
  remove(key: string, item: Item): boolean;
  /** What `open` began for this one has ended, in whichever way, and whoever it served. */
  opened(key: string, item: Item): void;
  stop(): void;
}

interface QueuedAttempt<Item> {
  readonly key: string;
  readonly item: Item;
  inLine: boolean;
  /** One that was begun for it is being opened. */
  opening: boolean;
}

interface DestinationQueue<Item> {
  readonly entries: QueuedAttempt<Item>[];
  opening: number;
}

/** A handshake takes one or two ms of the thread. In a program with time a turn is much shorter, so nobody waits. */
const atOnce = 32;

export function createConnectionQueue<Item>(clock: Clock, open: (item: Item) => void): ConnectionQueue<Item> {
  const places = new Map<string, DestinationQueue<Item>>();
  const line = createFifo<QueuedAttempt<Item> | (() => void)>();
  let begun = 0;
  let turn: Cancel | null = null;

  function take(key: string, which: (entry: QueuedAttempt<Item>) => boolean): Item | undefined {
    const place = places.get(key);
    const at = place?.entries.findIndex(which) ?? -1;
    if (place === undefined || at === -1) return undefined;
    const [entry] = place.entries.splice(at, 1);
    tidy(key, place);
    return entry?.item;
  }

  function tidy(key: string, { entries, opening }: DestinationQueue<Item>): void {
    if (entries.length === 0 && opening === 0) places.delete(key);
  }

  function go(): void {
    while (begun < atOnce) {
      const entry = shift(line);
      if (entry === undefined) break;
      if (typeof entry === "function") {
        begun++;
        entry();
        continue;
      }
      const place = places.get(entry.key);
      if (place === undefined || !place.entries.includes(entry)) continue;
      entry.inLine = false;
      // One that was begun for another attempt will do.
      if (place.opening >= place.entries.length) continue;
      place.opening++;
      entry.opening = true;
      begun++;
      open(entry.item);
    }
    if (begun > 0) turn ??= clock.after(1, nextTurn);
  }

  function nextTurn(): void {
    turn = null;
    begun = 0;
    go();
  }

  return {
    add(key, item) {
      let place = places.get(key);
      if (place === undefined) places.set(key, (place = { entries: [], opening: 0 }));
      const entry = { key, item, inLine: true, opening: false };
      place.entries.push(entry);
      line.items.push(entry);
      go();
    },
    next: (key) => take(key, () => true),
    inTurn(begin) {
      line.items.push(begin);
      go();
    },
    remove: (key, item) => take(key, (entry) => entry.item === item) !== undefined,
    opened(key, item) {
      const place = places.get(key);
      if (place === undefined) return;
      place.opening--;
      tidy(key, place);
      // It may have served another than the one it was begun for, and what serves that one may have been begun for others.
      for (const each of place.entries) if (each.item === item) each.opening = false;
      const idle = place.entries.filter(({ inLine }) => !inLine);
      const entry = idle.length > place.opening ? idle.find(({ opening }) => !opening) : undefined;
      if (entry === undefined) return;
      entry.inLine = true;
      line.items.push(entry);
      go();
    },
    stop() {
      drain(line);
      places.clear();
      turn?.();
      turn = null;
    },
  };
}
