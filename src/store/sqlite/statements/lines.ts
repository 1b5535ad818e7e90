// Lines: in a lane with order "subject", what is owed about one subject goes one after another, in the order in which it was
// accepted. A read lets the head of each line through and sets aside (location 3) whatever it meets of the same line, once;
// when the head ends, the next one takes its place, due behind what was read: so a lane can be read in the order in which its
// deliveries start, and after a crash those that were under way come first. Which head was let through is remembered in memory;
// it is durable as soon as that is needed to know it again: somebody waits behind it, or it failed and is due later. One that a read
// has brought keeps its place until it has ended or failed [brought-heads.ts].

import { classNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";
import { createBroughtHeads } from "../../brought-heads.ts";
import { createLineHeads, type Line, type LineHeads } from "../../line-heads.ts";
import { type DueByClass, isOfSubject, type Waiting } from "../../lines.ts";
import { createLineRows } from "./line-rows.ts";

export interface Lines {
  /** Lets what failed before the lane kept order, or nobody knows when, hold its line: the oldest of each, whatever is due first.
   * Looks at up to `limit` rows; false: there are more, and nothing may pass before. Must come before `passes`. */
  meetFailed(lane: number, limit: number): boolean;
  /** Whether this delivery may be sent: it is the head of its line, or becomes it. `displaced`: another one was, which waits behind
   * it from now on. */
  passes(lane: number, line: string, delivery: number, displaced: (delivery: number) => void): boolean;
  /** A read of the lane brought what is due up to then. */
  reached(lane: number, deliveryClass: number, due: number): void;
  /** A read of a lane in order brought these heads. */
  brought(deliveries: readonly number[]): void;
  /** Moves deliveries that did not pass out of the way of reads. */
  setAside(rows: readonly Waiting[]): void;
  /** A delivery has ended, and its row is gone: the next of its line, if it was the head of one, can be read from now on. Must
   * follow whatever ends deliveries, unless all of their lane end [settle.ts]. */
  ended(delivery: number): void;
  /** A delivery of a lane in order has failed and is due again: nothing of its line passes before it has ended. */
  hold(delivery: number): void;
  /** A delivery has failed while its lane kept no order, as far as the engine knew. */
  unsure(lane: number, delivery: number): void;
  /** The lane keeps no order any more: lets up to so many go that wait behind others. Returns how many. */
  disperse(lane: number, limit: number): number;
  /** What the lines of the lane are about; null: it has none. */
  kindOf(lane: number): "subject" | "state" | null;
  /** Heads that are gone have made room for the next once this returns. Must come before a read. */
  check(): void;
  /** Must follow every rollback. Heads without a row are found again by the next read; those that were read before are known still. */
  reset(): void;
  /** A new owner begins: nothing is known, and nothing was read. */
  restart(): void;
  /** Lanes in which somebody waits in a line, or may. */
  lanes(): readonly number[];
  /** Takes up to `limit` deliveries of the lane out of their lines, which are about to end. */
  leave(lane: number, limit: number): readonly number[];
}

/** Up to where the failed deliveries of a lane were met, along their due times. `class`: index of the one at hand. */
interface Met {
  class: number;
  due: number;
  number: number;
}

/** Those in which a failed delivery waits. */
const failedIn = [classNumber.retry, classNumber.replay];

const notRead: Readonly<DueByClass> = [-1, -1, -1];

export function createLines(context: EngineContext): Lines {
  const rows = createLineRows(context);
  let loaded: LineHeads | null = null;
  const met = new Map<number, Met>();
  /** By lane and class: up to which due time it was read last. What was read is in the memory of the owner, and stays there
   * over a rollback. */
  const reached = new Map<number, DueByClass>();
  let brought = createBroughtHeads();

  function known(): LineHeads {
    if (loaded !== null) return loaded;
    loaded = createLineHeads();
    for (const { isOwed, ...line } of rows.all()) {
      loaded.note({ ...line, isKept: true });
      if (!isOwed) ended(line.head);
    }
    return loaded;
  }

  function keep(line: Line): void {
    if (line.isKept) return;
    rows.keep(line);
    known().note({ ...line, isKept: true });
  }

  /** The head is gone: the next of its line takes its place. */
  function release(line: Line): void {
    known().forget(line);
    if (!line.isKept) return;
    const next = rows.letNext(line, reached.get(line.lane) ?? notRead);
    if (next === null) rows.end(line);
    else known().note({ ...line, head: next });
  }

  function ended(delivery: number): void {
    brought.forget(delivery);
    const line = known().byDelivery(delivery);
    if (line !== undefined) release(line);
  }

  /** The head that a rollback has made forget. */
  function recall(lane: number, line: string): Line | undefined {
    const head = brought.of(lane, line);
    if (head !== undefined) known().note(head);
    return head;
  }

  /** The head of a line that is owed still. */
  function owedHeadOf(lane: number, line: string): Line | undefined {
    for (;;) {
      const head = known().of(lane, line) ?? recall(lane, line);
      if (head === undefined || rows.isOwed(head.head)) return head;
      brought.forget(head.head);
      release(head);
    }
  }

  /** It waits, and the oldest of its line is the head. */
  function meet({ lane, line, delivery }: Waiting): void {
    const head = owedHeadOf(lane, line);
    if (head === undefined) keep({ lane, line, head: delivery, isKept: false });
    else if (head.head === delivery) keep(head);
    else if (head.head < delivery || brought.has(head.head)) {
      keep(head);
      rows.setAside({ lane, line, delivery });
    } else {
      rows.setAside({ lane, line, delivery: head.head });
      known().forget(head);
      keep({ lane, line, head: delivery, isKept: false });
    }
  }

  function reset(): void {
    loaded = null;
    met.clear();
  }

  return {
    meetFailed(lane, limit) {
      known();
      let at = met.get(lane);
      if (at === undefined) met.set(lane, (at = { class: 0, due: -Infinity, number: 0 }));
      let left = limit;
      while (at.class < failedIn.length && left > 0) {
        const found = rows.waiting(lane, failedIn[at.class]!, at, left);
        for (const { number, due, attempts } of found) {
          // One whose event an erasure has taken is about to go, too.
          const line = attempts > 0 ? rows.lineOf(number) : null;
          if (line !== null) meet({ ...line, delivery: number });
          Object.assign(at, { due, number });
        }
        if (found.length < left) Object.assign(at, { class: at.class + 1, due: -Infinity, number: 0 });
        left -= found.length;
      }
      return at.class === failedIn.length;
    },
    unsure(lane, delivery) {
      brought.forget(delivery);
      met.delete(lane);
    },
    passes(lane, line, delivery, displaced) {
      const head = owedHeadOf(lane, line);
      if (head === undefined) known().note({ lane, line, head: delivery, isKept: false });
      else if (head.head !== delivery) {
        // Whoever was accepted first goes first, also where another was let through before the lane kept order, but not beside it.
        if (head.head < delivery || !isOfSubject(line) || brought.has(head.head)) return false;
        meet({ lane, line, delivery });
        displaced(head.head);
      }
      return true;
    },
    reached(lane, deliveryClass, due) {
      let ofLane = reached.get(lane);
      if (ofLane === undefined) reached.set(lane, (ofLane = [...notRead]));
      ofLane[deliveryClass] = due;
    },
    brought(deliveries) {
      for (const delivery of deliveries) brought.note(known().byDelivery(delivery)!);
    },
    setAside(waiting) {
      for (const each of waiting) {
        keep(known().of(each.lane, each.line)!);
        rows.setAside(each);
      }
    },
    ended,
    hold(delivery) {
      brought.forget(delivery);
      const line = known().byDelivery(delivery);
      if (line !== undefined) return keep(line);
      // It was sent before a read met it: tried alone after a crash, or before the lane kept order.
      const found = rows.lineOf(delivery);
      if (found !== null) meet({ ...found, delivery });
    },
    disperse(lane, limit) {
      met.delete(lane);
      reached.delete(lane);
      brought.forgetLane(lane);
      const lines = known().ofLane(lane);
      if (lines === undefined) return 0;
      const moved = rows.leave(lane, limit);
      for (const delivery of moved) rows.show(delivery);
      if (moved.length < limit) {
        rows.endAll(lane);
        for (const line of lines.values()) known().forget(line);
      }
      return moved.length;
    },
    kindOf(lane) {
      const [name] = known().ofLane(lane)?.keys() ?? [];
      if (name === undefined) return null;
      return isOfSubject(name) ? "subject" : "state";
    },
    check: () => void known(),
    reset,
    restart() {
      reset();
      reached.clear();
      brought = createBroughtHeads();
    },
    lanes: () => known().lanes(),
    leave: rows.leave,
  };
}
