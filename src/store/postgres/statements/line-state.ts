// Which delivery leads which line, as the owner of the lanes remembers it, and what follows when deliveries meet in a line. What is
// remembered is a cache: a head that another node has ended is found out where somebody would wait behind it.

import { createLineHeads, type Line } from "../../line-heads.ts";
import { isOfSubject, type Waiting } from "../../lines.ts";
import type { Transaction } from "../database.ts";
import {
  deadHeads,
  type DueByClass,
  type Gone,
  lanesWithLines,
  leaveLines,
  type Led,
  linesOf,
  lockOwed,
  owedAmong,
  release,
  setAside,
  show,
  someLineOf,
} from "./line-rows.ts";

export type LineState = ReturnType<typeof createLineState>;

export function createLineState() {
  const heads = createLineHeads();
  /** Lanes that may have rows of lines; null: not read yet. */
  let lanes: Set<number> | null = null;
  /** Shards that this process has owned. */
  const owned = new Set<number>();
  /** By lane and class: up to which due time it was read last. What was read is in the memory of the owner, and stays there over
   * a rollback. */
  const reached = new Map<number, DueByClass>();

  const mayHaveLines = (lane: number): boolean => lanes === null || lanes.has(lane);

  const goneOf = (lane: number, head: number): Gone => ({ head, reached: reached.get(lane) });

  /** Makes sure that the lanes with lines are known. Lines whose head is gone go on. */
  async function load(transaction: Transaction): Promise<ReadonlySet<number>> {
    if (lanes !== null) return lanes;
    const shards = [...owned];
    const dead = await deadHeads(transaction, shards);
    if (dead.length > 0) {
      await release(
        transaction,
        dead.map((head) => ({ head, reached: undefined })),
      );
    }
    return (lanes = new Set(await lanesWithLines(transaction, shards)));
  }

  const noteKept = (led: readonly Led[]): void => led.forEach((each) => heads.note({ ...each, isKept: true }));

  /** Reads the heads of those lines of which nothing is known. */
  async function know(transaction: Transaction, lines: Iterable<Omit<Waiting, "delivery">>): Promise<void> {
    const unknown = new Map<string, Omit<Waiting, "delivery">>();
    for (const { lane, line } of lines) {
      if (mayHaveLines(lane) && heads.of(lane, line) === undefined) unknown.set(`${lane} ${line}`, { lane, line });
    }
    if (unknown.size > 0) noteKept(await linesOf(transaction, [...unknown.values()]));
  }

  /** These heads are gone: the next of their lines lead. */
  async function replaceGone(transaction: Transaction, gone: readonly Line[]): Promise<void> {
    if (gone.length === 0) return;
    const kept = gone.filter(({ lane }) => mayHaveLines(lane));
    gone.forEach(heads.forget);
    if (kept.length === 0) return;
    noteKept(
      await release(
        transaction,
        kept.map(({ lane, head }) => goneOf(lane, head)),
      ),
    );
    // Another node may have let the next one go already.
    await know(transaction, kept);
  }

  /** Heads of these lines that are another delivery than the one given, and gone, give way. Returns their lanes. */
  async function check(transaction: Transaction, met: readonly Waiting[]): Promise<ReadonlySet<number>> {
    await know(transaction, met);
    const here = new Set(met.map(({ delivery }) => delivery));
    const others = new Map<number, Line>();
    for (const { lane, line } of met) {
      const head = heads.of(lane, line);
      if (head !== undefined && !here.has(head.head)) others.set(head.head, head);
    }
    if (others.size === 0) return new Set();
    const owed = await owedAmong(transaction, [...others.keys()]);
    const gone = [...others.values()].filter(({ head }) => !owed.has(head));
    await replaceGone(transaction, gone);
    return new Set(gone.map(({ lane }) => lane));
  }

  /** Sets these aside behind the heads of their lines. Returns those whose head has ended meanwhile: they stay where they are. */
  async function wait(transaction: Transaction, waiting: readonly Waiting[]): Promise<readonly Waiting[]> {
    if (waiting.length === 0) return [];
    const leading = new Map<string, Line>();
    for (const { lane, line } of waiting) {
      const head = heads.of(lane, line);
      if (head !== undefined) leading.set(`${lane} ${line}`, head);
    }
    const owed = await lockOwed(
      transaction,
      [...leading.values()].map(({ head }) => head),
    );
    for (const [name, head] of leading) {
      if (owed.has(head.head)) continue;
      heads.forget(head);
      leading.delete(name);
    }
    const [behind, left] = split(waiting, ({ lane, line }) => leading.has(`${lane} ${line}`));
    await keep(transaction, [...leading.values()], behind);
    return left;
  }

  async function keep(transaction: Transaction, leading: readonly Line[], behind: readonly Waiting[]): Promise<void> {
    const unkept = leading.filter(({ isKept }) => !isKept);
    if (unkept.length === 0 && behind.length === 0) return;
    await setAside(transaction, unkept, behind);
    noteKept(unkept.map(({ lane, line, head }) => ({ lane, line, head })));
    for (const { lane } of unkept) lanes?.add(lane);
  }

  function forgetLane(lane: number): void {
    reached.delete(lane);
    for (const line of [...(heads.ofLane(lane)?.values() ?? [])]) heads.forget(line);
  }

  return {
    load,
    mayHaveLines,
    /** It leads a line, durably. */
    isHeld: (delivery: number): boolean => heads.byDelivery(delivery)?.isKept === true,
    check,
    wait,
    /** Whether this delivery may be sent: it leads the line, or does from now on. `displaced`: another one led before, which waits
     * behind it now. Must follow `check`. */
    passes({ lane, line, delivery }: Waiting, displaced: (waiting: Waiting) => void): boolean {
      const head = heads.of(lane, line);
      if (head?.head === delivery) return true;
      if (head !== undefined) {
        // Whoever was accepted first goes first, also where another was let through before the lane kept order.
        if (head.head < delivery || !isOfSubject(line)) return false;
        heads.forget(head);
        displaced({ lane, line, delivery: head.head });
      }
      heads.note({ lane, line, head: delivery, isKept: false });
      return true;
    },
    /** They wait, and the oldest of each line leads it, durably. */
    async meet(transaction: Transaction, met: readonly Waiting[]): Promise<void> {
      const news = met.filter(({ delivery }) => heads.byDelivery(delivery)?.isKept !== true);
      if (news.length === 0) return;
      await check(transaction, news);
      const behind: Waiting[] = [];
      for (const each of news.toSorted((one, other) => one.delivery - other.delivery)) {
        if (!this.passes(each, (displaced) => behind.push(displaced))) behind.push(each);
      }
      const leading = new Set(news.flatMap(({ lane, line }) => heads.of(lane, line) ?? []));
      const owed = await lockOwed(
        transaction,
        [...leading].map(({ head }) => head),
      );
      await keep(
        transaction,
        [...leading].filter(({ head }) => owed.has(head)),
        behind,
      );
    },
    /** These have ended, and their rows are gone. */
    async ended(transaction: Transaction, ended: readonly Pick<Waiting, "lane" | "delivery">[]): Promise<void> {
      // A head that is known without a row has nobody behind it.
      const inLines = ended.filter(
        ({ lane, delivery }) => mayHaveLines(lane) && heads.byDelivery(delivery)?.isKept !== false,
      );
      for (const { delivery } of ended) {
        const head = heads.byDelivery(delivery);
        if (head !== undefined) heads.forget(head);
      }
      if (inLines.length === 0) return;
      noteKept(
        await release(
          transaction,
          inLines.map(({ lane, delivery }) => goneOf(lane, delivery)),
        ),
      );
    },
    /** The same of lanes of whomever, and beside the owner's own transactions: nothing that is remembered changes. */
    async endedAnywhere(transaction: Transaction, deliveries: readonly number[]): Promise<void> {
      await release(
        transaction,
        deliveries.map((delivery) => goneOf(heads.byDelivery(delivery)?.lane ?? 0, delivery)),
      );
    },
    /** The lane keeps no order any more: lets up to so many go that wait behind others. Returns how many. */
    async disperse(transaction: Transaction, lane: number, limit: number): Promise<number> {
      reached.delete(lane);
      if (!mayHaveLines(lane)) {
        forgetLane(lane);
        return 0;
      }
      const left = await leaveLines(transaction, lane, limit);
      await show(transaction, left);
      if (left.length < limit) {
        lanes?.delete(lane);
        forgetLane(lane);
      }
      return left.length;
    },
    /** Takes up to so many out of their lines, which are about to end. */
    async leave(transaction: Transaction, lane: number, limit: number): Promise<readonly number[]> {
      if (!mayHaveLines(lane)) return [];
      const left = await leaveLines(transaction, lane, limit);
      if (left.length < limit) {
        lanes?.delete(lane);
        forgetLane(lane);
      }
      return left;
    },
    /** What the lines of the lane are about; null: it has none. */
    async kindOf(transaction: Transaction, lane: number): Promise<"subject" | "state" | null> {
      const [known] = heads.ofLane(lane)?.keys() ?? [];
      const name = known ?? (mayHaveLines(lane) ? await someLineOf(transaction, lane) : undefined);
      if (name === undefined) {
        lanes?.delete(lane);
        return null;
      }
      return isOfSubject(name) ? "subject" : "state";
    },
    /** A read of the lane brought what is due up to then. */
    reach(lane: number, ofClass: number, due: number): void {
      let ofLane = reached.get(lane);
      if (ofLane === undefined) reached.set(lane, (ofLane = [-1, -1, -1]));
      ofLane[ofClass] = due;
    },
    /** A new owner begins in these shards. */
    own(shards: readonly number[]): void {
      for (const shard of shards) owned.add(shard);
      reached.clear();
      this.reset();
    },
    reset(): void {
      lanes = null;
      for (const lane of heads.lanes()) for (const line of [...heads.ofLane(lane)!.values()]) heads.forget(line);
    },
  };
}

function split<Item>(items: readonly Item[], is: (item: Item) => boolean): [Item[], Item[]] {
  const [yes, no]: [Item[], Item[]] = [[], []];
  for (const item of items) (is(item) ? yes : no).push(item);
  return [yes, no];
}
