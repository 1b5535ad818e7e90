// Lanes that keep order, or want the latest states only: what the other statements of an owner ask of them. Everything works on
// lists, within the transaction of who asks. What it has in memory belongs to lanes that this process owns: it is filled and
// changed only within `OwnerWrites.run` [owner-writes.ts], one transaction at a time, and `reset` throws it away.

import type { LaneRead, LaneRows, LatestOnly, Settlement } from "../../owed.ts";
import type { BroughtHeads } from "../../brought-heads.ts";
import { lineOf, mostMoved, type Waiting } from "../../lines.ts";
import type { Transaction } from "../database.ts";
import type { HeldEpochs } from "../held-epochs.ts";
import type { ReadBudget } from "./due-rows.ts";
import { createFailedMeetings } from "./line-failures.ts";
import { type InLine, linesOfRows } from "./line-pages.ts";
import { createLineMemory } from "./line-memory.ts";
import { lanesWithLines, owedElsewhere } from "./line-rows.ts";
import { endAnywhere, endInLines, leave, loadLanes, meetInLines } from "./line-state.ts";
import { createNewest } from "./newest.ts";
import { type LineParts, readLines } from "./read-lines.ts";

/** A settlement that is written: its delivery has lost its row, or was moved. */
export interface Settled extends Pick<Settlement, "delivery" | "lane"> {
  /** `ended` also where it had ended before. */
  readonly became: "ended" | "due";
  /** It is due again, and its lane keeps order. */
  readonly inOrder: boolean;
}

/** A live or failed delivery that can be read from now on, and is due then. */
export interface Spilled {
  readonly lane: number;
  readonly delivery: number;
  readonly due: number;
}

export interface Lines {
  /** Whether this read must go through `read`: it asks for order or for the latest states, somebody may wait in a line of its lane,
   * or nothing is known of the lane. Asked at any time, answered from memory. */
  concerns(read: LaneRead): boolean;
  /** Answers such reads, in their order. Takes from `budget` what it reads. */
  read(
    transaction: Transaction,
    now: number,
    reads: readonly LaneRead[],
    budget: ReadBudget,
  ): Promise<readonly LaneRows[]>;
  /** As the operation of the port, at most one slice. */
  supersede(
    transaction: Transaction,
    lane: number,
    latest: LatestOnly,
    now: number,
  ): Promise<Pick<LaneRows, "superseded" | "skipped"> & { readonly more: boolean }>;
  /** Must follow whatever is settled, in the order of the settlements. Costs no statement for lanes that are known to have no lines. */
  settled(transaction: Transaction, settled: readonly Settled[]): Promise<void>;
  /** Deliveries have ended otherwise (cancelled, withdrawn, expired, erased), and their rows are gone. Whoever is next in their
   * lines can be read from now on. Also where this process does not own their lanes. */
  ended(transaction: Transaction, deliveries: readonly number[]): Promise<void>;
  /** Takes up to `limit` of those that wait in lines of this lane, which is about to end, out of them. Where it returns fewer, the
   * lane has no lines any more. */
  leave(transaction: Transaction, lane: number, limit: number): Promise<readonly number[]>;
  spilled(spilled: readonly Spilled[]): void;
  /** This process owns these shards from now on: nothing is known of their lanes, and nothing was read. Returns those of their
   * lanes in which somebody waits in a line. */
  acquired(transaction: Transaction, shards: readonly number[]): Promise<readonly number[]>;
  /** Must follow every transaction that failed, or whose fate is not known. */
  reset(): void;
}

export function createLines(held: Pick<HeldEpochs, "shards">): Lines {
  const memory = createLineMemory(held);
  const newest = createNewest((transaction, ended) => endInLines(transaction, memory, ended));
  const failed = createFailedMeetings(memory);
  const parts = { memory, newest, failed };
  const reset = (): void => [memory, newest, failed].forEach((each) => each.reset());
  return {
    concerns: ({ lane, inOrder, latest = null }) => {
      if (latest === null) newest.forget(lane);
      return inOrder === true || latest !== null || memory.mayHaveLines(lane);
    },
    read: (...given) => readLines(parts, ...given),
    async supersede(transaction, lane, latest, now) {
      await loadLanes(transaction, memory);
      return (await newest.supersede(transaction, [{ lane, latest }], now, mostMoved))[0]!;
    },
    settled: (transaction, settled) => settleInLines(parts, transaction, settled),
    ended: (transaction, deliveries) => endAnywhere(transaction, memory, deliveries),
    leave: (transaction, lane, limit) => leave(transaction, memory, lane, limit),
    spilled: (spilled) => spilled.forEach(newest.spilled),
    async acquired(transaction, shards) {
      reset();
      memory.own();
      await loadLanes(transaction, memory);
      await forgetBrought(transaction, memory.brought, shards);
      // Not those of other owners in this process: they would be sent by two.
      return [...(await lanesWithLines(transaction, shards))];
    },
    reset,
  };
}

/** Other owners in this process have theirs under way still. */
async function forgetBrought(
  transaction: Transaction,
  brought: BroughtHeads,
  shards: readonly number[],
): Promise<void> {
  const all = brought.all();
  if (all.length === 0) return;
  const others = await owedElsewhere(transaction, all, shards);
  for (const delivery of all) if (!others.has(delivery)) brought.forget(delivery);
}

async function settleInLines(
  { memory, newest, failed }: LineParts,
  transaction: Transaction,
  settled: readonly Settled[],
): Promise<void> {
  await loadLanes(transaction, memory);
  for (const { delivery } of settled) memory.brought.forget(delivery);
  await endInLines(
    transaction,
    memory,
    settled.filter(({ became }) => became === "ended"),
  );
  const due = settled.filter(({ became }) => became === "due");
  // One that leads its line, durably, holds it already.
  const held = due.filter(({ inOrder, delivery }) => inOrder && memory.heads.byDelivery(delivery)?.isKept !== true);
  if (held.length > 0) {
    const rows = await linesOfRows(
      transaction,
      held.map(({ delivery }) => delivery),
    );
    await meetInLines(transaction, memory, rows.map(inLine));
  }
  for (const { lane, delivery, inOrder } of due) {
    if (!inOrder) failed.unsure(lane);
    newest.failed(lane, delivery);
  }
}

const inLine = ({ lane, class: ofClass, again, subject, number }: InLine): Waiting => ({
  lane,
  line: lineOf(ofClass, again, subject),
  delivery: number,
});
