// Deliveries that were marked before their attempt. Only recovery after a crash marks them: the delivery that ended the
// process before may end this one, too, and is then among the marked ones. Empty, and free, while there are no crashes.

import { closingRow, outcomeNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

/** Marks of one delivery at which it is quarantined. Before its first crash it had none, so it was normally under way at one
 * crash more. */
const triesMost = 2;

export interface StartedDeliveries {
  /** Returns those that are owed still. */
  mark(deliveries: readonly number[]): readonly number[];
  /** The attempt has not ended the process. */
  clear(delivery: number): void;
  /** The owner has ended in order. */
  clearAll(): void;
  /** Those that are marked and still owed. */
  all(): readonly number[];
  /** Puts those into quarantine that were marked at too many crashes, and returns them. */
  quarantine(now: number): readonly number[];
  /** Must follow every rollback. */
  reset(): void;
}

export function createStarted(context: EngineContext): StartedDeliveries {
  const mark = context.prepare(
    "insert into started select number, organization, 1 from delivery where number = ?" +
      " on conflict (delivery) do update set tries = tries + 1",
  );
  const clear = context.prepare("delete from started where delivery = ?");
  const clearAll = context.prepare("delete from started");
  const all = context.prepare("select delivery from started order by delivery");
  const dropEnded = context.prepare("delete from started where delivery not in (select number from delivery)");
  const tooOften = context.prepare("select delivery from started where tries >= ? order by delivery");
  const hold = context.prepare("update delivery set location = 2 where number = ?");
  const close = context.prepare(
    `insert or replace into attempt select number, ${closingRow}, organization, event, lane, variant, :now,` +
      ` :now - created_at, 0, ${outcomeNumber.quarantined}, null, :detail, null, 0, null, sequence from delivery where number = :number`,
  );
  /** The marked deliveries; null: not read yet. */
  let marked: Set<number> | null = null;

  const numbers = (rows: readonly Record<string, unknown>[]): readonly number[] =>
    rows.map(({ delivery }) => Number(delivery));
  const known = () => (marked ??= new Set(numbers(all.all())));

  return {
    mark(deliveries) {
      const owed = deliveries.filter((delivery) => mark.run(delivery).changes > 0);
      for (const delivery of owed) known().add(delivery);
      return owed;
    },
    clear(delivery) {
      if (known().delete(delivery)) clear.run(delivery);
    },
    clearAll() {
      if (known().size > 0) clearAll.run();
      marked = null;
    },
    all() {
      dropEnded.run();
      marked = null;
      return [...known()];
    },
    quarantine(now) {
      const found = numbers(tooOften.all(triesMost));
      const detail = `Belfry ended ${triesMost + 1} times while this was under way. Resend it to try once more.`;
      for (const number of found) {
        hold.run(number);
        close.run({ now, detail, number });
        clear.run(number);
      }
      marked = null;
      return found;
    },
    reset: () => (marked = null),
  };
}
