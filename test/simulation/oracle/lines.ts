// Lanes in order, worked out a second time from the promise: of what is owed about one subject one delivery after another, in
// the order of acceptance; live ones, resends and replays each by themselves. Knows the ledger, and nothing of how the engine
// finds out.

import type { Subscription } from "../../../src/model/subscription.ts";
import type { Judge } from "./judge.ts";
import type { DeliveryFact } from "./ledger.ts";

export interface LineFacts {
  /** It is owed from now on. */
  owed(delivery: DeliveryFact): void;
  /** Whether the lane keeps order now, or did at some time. */
  everInOrder(lane: number): boolean;
  /** An earlier one of its line is owed still, so it must wait. */
  waits(delivery: DeliveryFact): boolean;
  /** Monotonic ms since when nobody in its line has stood before it. */
  freeSince(delivery: DeliveryFact): number;
  /** It starts. `flights`: what its process has in flight, or not written. */
  started(delivery: DeliveryFact, flights: Iterable<{ readonly delivery: DeliveryFact }>): void;
  /** As committed; null: removed. */
  changed(before: Subscription | null, after: Subscription): void;
}

export interface LineFactsDeps {
  readonly judge: Judge;
  readonly now: () => number;
  /** The clock does not jump, by which waiting rows are put in order. */
  readonly ordered: boolean;
}

/** So long after a change of order at the latest every process knows of it, ms. */
const knownAfter = 10 * 60_000;

/** All deliveries that ever stood in a line, in order, and the place of the first that is owed still. */
interface Line {
  readonly all: DeliveryFact[];
  first: number;
}

export function createLineFacts({ judge, now, ordered }: LineFactsDeps): LineFacts {
  const lines = new Map<string, Line>();
  /** By lane: since when it has kept order without a break; Infinity: it keeps none. */
  const since = new Map<number, number>();
  const changedAt = new Map<number, number>();

  const keepsOrder = (lane: number): boolean => (since.get(lane) ?? Infinity) < Infinity;

  const nameOf = ({ lane, line }: DeliveryFact): string => `${lane} ${line}`;

  function lineOf(delivery: DeliveryFact): Line {
    const name = nameOf(delivery);
    let line = lines.get(name);
    if (line === undefined) lines.set(name, (line = { all: [], first: 0 }));
    return line;
  }

  /** What is owed no more never is again. */
  function firstOwed(line: Line): DeliveryFact | undefined {
    while (line.all[line.first] !== undefined && line.all[line.first]!.state !== "owed") line.first++;
    return line.all[line.first];
  }

  const before = (delivery: DeliveryFact): readonly DeliveryFact[] =>
    lineOf(delivery).all.filter(({ number }) => number < delivery.number);

  return {
    everInOrder: (lane) => since.has(lane),
    owed: (delivery) => void lineOf(delivery).all.push(delivery),
    waits(delivery) {
      if (!keepsOrder(delivery.lane)) return false;
      const first = firstOwed(lineOf(delivery));
      return first !== undefined && first.number < delivery.number;
    },
    freeSince(delivery) {
      if (!since.has(delivery.lane)) return -Infinity;
      let free = changedAt.get(delivery.lane) ?? -Infinity;
      for (const { endedAt } of before(delivery)) free = Math.max(free, endedAt ?? -Infinity);
      return free;
    },
    started(delivery, flights) {
      const from = since.get(delivery.lane) ?? Infinity;
      if (now() < from) return;
      for (const { delivery: other } of flights) {
        const isBeside = other !== delivery && other.lane === delivery.lane && other.line === delivery.line;
        judge.check(
          !isBeside,
          37,
          () => `delivery ${delivery.number} starts beside ${other.number} (lane ${delivery.lane}, ${delivery.line})`,
        );
      }
      if (!ordered) return;
      for (const other of before(delivery)) {
        judge.check(
          other.state !== "owed",
          37,
          () => `delivery ${delivery.number} starts before ${other.number} (lane ${delivery.lane}, ${delivery.line})`,
        );
      }
    },
    changed(was, { number, order }) {
      if ((was?.order ?? "none") === (order ?? "none")) return;
      if (was !== null) changedAt.set(number, now());
      if (order !== "subject") since.set(number, Infinity);
      else since.set(number, was === null ? -Infinity : now() + knownAfter);
    },
  };
}
