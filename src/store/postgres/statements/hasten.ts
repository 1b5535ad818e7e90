// Statements that bring spilled deliveries forward, class by class, on the index of due rows and slice by slice; then those that
// have failed and wait in a line. Those in the owner's memory alone are due already, and those in quarantine stay there.

import { className, classNumber } from "../../codes.ts";
import type { Ledger } from "../../ledger.ts";
import type { Context } from "../context.ts";

export type HastenOperations = Pick<Ledger, "hasten" | "hastenOne">;

// The latest first: what fails meanwhile is due soon, and is not looked at again with every slice.
const later =
  "d.class = $2 and d.due > $3 and not exists (select 1 from attempt a where a.delivery = d.number" +
  " and a.n = d.attempts and a.event = d.event and a.lane = d.lane and a.started_at > $3)";
const slice =
  "update delivery set due = $3 where number in (select d.number from delivery d where d.location = 1" +
  ` and d.lane = $1 and ${later} order by d.due desc limit $4)`;
const inLines =
  "update delivery set due = $3 where number in (select d.number from behind b join delivery d" +
  ` on d.number = b.delivery where b.lane = $1 and d.location = 3 and ${later} limit $4)`;
const one = "update delivery set due = $2 where number = $1 and location in (1, 3) and due > $2 returning class";

export function createHasten({ owners }: Context): HastenOperations {
  return {
    hasten: (epoch, lane, of, now, limit) =>
      owners.run(epoch, async (transaction) => {
        const given = [lane, classNumber[of], Math.floor(now)];
        const changed = await transaction.run(slice, [...given, limit]);
        return changed === limit ? limit : changed + (await transaction.run(inLines, [...given, limit - changed]));
      }),
    hastenOne: (epoch, delivery, now) =>
      owners.run(epoch, async (transaction) => {
        const row = await transaction.row<{ class: number }>(one, [delivery, Math.floor(now)]);
        return row === undefined ? null : className(row.class);
      }),
  };
}
