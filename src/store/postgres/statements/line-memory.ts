// Which delivery leads which line, as the owner of the lanes remembers it. It is a cache: what another node has ended is found out
// where somebody would wait behind it [line-state.ts].

import { type BroughtHeads, createBroughtHeads } from "../../brought-heads.ts";
import { createLineHeads, type LineHeads } from "../../line-heads.ts";
import { type DueByClass, isOfSubject, type Waiting } from "../../lines.ts";
import type { HeldEpochs } from "../held-epochs.ts";
import type { Gone, Led } from "./line-rows.ts";

export interface LineMemory {
  readonly heads: LineHeads;
  readonly brought: BroughtHeads;
  /** Lanes that may have rows of lines; null: not read yet. */
  lanes: Set<number> | null;
  /** Shards that this process owns, as far as it knows. */
  owned(): readonly number[];
  mayHaveLines(lane: number): boolean;
  /** Whether this delivery may be sent: it leads the line, or does from now on. `displaced`: another one led before, which waits
   * behind it now. */
  passes(waiting: Waiting, displaced: (waiting: Waiting) => void): boolean;
  /** These have rows. */
  noteKept(led: readonly Led[]): void;
  goneOf(lane: number, head: number): Gone;
  /** A read of the lane brought what is due up to then. */
  reach(lane: number, ofClass: number, due: number): void;
  forgetReach(lane: number): void;
  /** The lane has no lines. */
  forgetLane(lane: number): void;
  /** A new owner begins in some shards. */
  own(): void;
  /** Must follow every transaction that failed. What was read is in the memory of the owner, and stays there. */
  reset(): void;
}

export function createLineMemory(held: Pick<HeldEpochs, "shards">): LineMemory {
  const heads = createLineHeads();
  const brought = createBroughtHeads();
  /** By lane: up to which due times it was read last. */
  const reached = new Map<number, DueByClass>();
  const forgetHeads = (lane: number): void => {
    for (const line of heads.ofLane(lane)?.values() ?? []) heads.forget(line);
  };
  const memory: LineMemory = {
    heads,
    brought,
    lanes: null,
    owned: held.shards,
    mayHaveLines: (lane) => memory.lanes === null || memory.lanes.has(lane),
    passes({ lane, line, delivery }, displaced) {
      const head = heads.of(lane, line);
      if (head?.head === delivery) return true;
      if (head !== undefined) {
        // Whoever was accepted first goes first, also where another was let through before the lane kept order, but not beside it.
        if (head.head < delivery || !isOfSubject(line) || brought.has(head.head)) return false;
        heads.forget(head);
        displaced({ lane, line, delivery: head.head });
      }
      heads.note({ lane, line, head: delivery, isKept: false });
      return true;
    },
    noteKept: (led) => led.forEach(({ lane, line, head }) => heads.note({ lane, line, head, isKept: true })),
    goneOf: (lane, head) => ({ head, reached: reached.get(lane) }),
    reach(lane, ofClass, due) {
      let ofLane = reached.get(lane);
      if (ofLane === undefined) reached.set(lane, (ofLane = [-1, -1, -1]));
      ofLane[ofClass] = due;
    },
    forgetReach: (lane) => void reached.delete(lane),
    forgetLane(lane) {
      memory.lanes?.delete(lane);
      reached.delete(lane);
      brought.forgetLane(lane);
      forgetHeads(lane);
    },
    own() {
      reached.clear();
      memory.reset();
    },
    reset() {
      memory.lanes = null;
      heads.lanes().forEach(forgetHeads);
    },
  };
  return memory;
}
