// Deliveries whose attempts were noted before they began, because the process before this one ended uncleanly: what ended
// it may end this one, too, and is then to be found among them. Empty while all is well, and then it costs nothing.

import { closingRow, outcomeNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

/** The owner that ended first noted nothing, so these are one less than the ends under one delivery. */
const triesMost = 2;

export interface StartedDeliveries {
  mark(deliveries: readonly number[]): void;
  /** The attempt ended nothing. */
  clear(delivery: number): void;
  /** The owner ended in order: no attempt ended it. */
  clearAll(): void;
  /** Those that are noted and still owed. */
  all(): readonly number[];
  /** Takes those that have been under way too often out of their lanes, and says which. */
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
  const guilty = context.prepare("select delivery from started where tries >= ? order by delivery");
  const hold = context.prepare("update delivery set location = 2 where number = ?");
  const say = context.prepare(
    `insert or replace into attempt select number, ${closingRow}, organization, event, lane, variant, :now,` +
      ` :now - created_at, 0, ${outcomeNumber.quarantined}, null, :detail, null, 0, null from delivery where number = :number`,
  );
  let noted: Set<number> | null = null;

  const numbers = (rows: readonly Record<string, unknown>[]): readonly number[] =>
    rows.map(({ delivery }) => Number(delivery));
  const known = () => (noted ??= new Set(numbers(all.all())));

  return {
    mark(deliveries) {
      for (const delivery of deliveries) {
        mark.run(delivery);
        known().add(delivery);
      }
    },
    clear(delivery) {
      if (known().delete(delivery)) clear.run(delivery);
    },
    clearAll() {
      if (known().size > 0) clearAll.run();
      noted = null;
    },
    all() {
      dropEnded.run();
      noted = null;
      return [...known()];
    },
    quarantine(now) {
      const found = numbers(guilty.all(triesMost));
      const detail = `Belfry ended ${triesMost + 1} times while this was under way. Resend it to try once more.`;
      for (const number of found) {
        hold.run(number);
        say.run({ now, detail, number });
        clear.run(number);
      }
      noted = null;
      return found;
    },
    reset: () => (noted = null),
  };
}
