// Statements that bring spilled deliveries forward, class by class, on the index of due rows and slice by slice; then those that
// have failed and wait in a line. Those in the owner's memory alone are due already, and those in quarantine stay there.

import type { DeliveryClass } from "../../../model/delivery.ts";
import { className, classNumber } from "../../codes.ts";
import type { Ledger } from "../../ledger.ts";
import type { EngineContext } from "./engine-context.ts";

export interface HastenOperations {
  hasten(...given: Parameters<Ledger["hasten"]>): number;
  hastenOne(...given: Parameters<Ledger["hastenOne"]>): DeliveryClass | null;
}

export function createHasten(context: EngineContext): HastenOperations {
  // The latest first: what fails meanwhile is due soon, and is not looked at again with every slice.
  const later =
    "d.class = :class and d.due > :now and not exists (select 1 from attempt a where a.delivery = d.number" +
    " and a.n = d.attempts and a.started_at > :now)";
  const slice = context.prepare(
    "update delivery set due = :now where number in (select d.number from delivery d where d.location = 1" +
      ` and d.lane = :lane and ${later} order by d.due desc limit :limit)`,
  );
  const inLines = context.prepare(
    "update delivery set due = :now where number in (select d.number from behind b cross join delivery d" +
      ` on d.number = b.delivery where b.lane = :lane and d.location = 3 and ${later} limit :limit)`,
  );
  const one = context.prepare(
    "update delivery set due = :now where number = :delivery and location in (1, 3) and due > :now returning class",
  );
  return {
    hasten(epoch, lane, of, now, limit) {
      context.checkEpoch(epoch);
      const given = { lane, class: classNumber[of], now: Math.floor(now) };
      const changed = Number(slice.run({ ...given, limit }).changes);
      return changed === limit ? limit : changed + Number(inLines.run({ ...given, limit: limit - changed }).changes);
    },
    hastenOne(epoch, delivery, now) {
      context.checkEpoch(epoch);
      const row = one.get({ delivery, now: Math.floor(now) });
      return row === undefined ? null : className(Number(row["class"]));
    },
  };
}
