// Statements that end or move on what is owed: booked attempts and cancelled lanes. A delivery that ends leaves its row
// and its last attempt tells the rest.

import type { Ledger, Settlement } from "../../ledger.ts";
import { closingRow, outcomeNumber, stateNumber } from "../../codes.ts";
import type { Desk } from "./engine-context.ts";
import type { Suspects } from "./started.ts";

export interface SettleVerbs {
  settle(...given: Parameters<Ledger["settle"]>): void;
  cancel(...given: Parameters<Ledger["cancel"]>): number;
}

export function createSettle(desk: Desk, suspects: Suspects): SettleVerbs {
  const book = desk.prepare(
    "insert or ignore into attempt select number, ?, organization, event, lane, variant, ?, ? - created_at, ?, ?, ?, ?," +
      " ?, ?, ? from delivery where number = ?",
  );
  // What has ended meanwhile keeps its state: the attempt is added beside the rows that are there.
  const bookLate = desk.prepare(
    "insert or ignore into attempt select delivery, ?, organization, event, lane, variant, ?," +
      " ? - (started_at - waited), ?, ?, ?, ?, ?, ?, null from attempt where delivery = ? limit 1",
  );
  const move = desk.prepare("update delivery set attempts = ?, due = ?, parked = 1 where number = ?");
  const end = desk.prepare("delete from delivery where number = ?");
  // The quarantined first: what a kill leaves of the others tells the next owner to go on.
  const quarantined = desk.prepare("select number from delivery where parked = 2 and lane = ? limit ?");
  const parked = desk.prepare("select number from delivery where parked = 1 and lane = ? limit ?");
  const fresh = desk.prepare("select number from delivery where number > ? and parked = 0 and lane = ? limit ?");
  const forgetStanding = desk.prepare("delete from lane_standing where lane = ?");
  const close = desk.prepare(
    `insert or replace into attempt select number, ${closingRow}, organization, event, lane, variant, ?, ? - created_at, 0,` +
      ` ${outcomeNumber.cancelled}, null, null, null, 0, ${stateNumber.cancelled} from delivery where number = ?`,
  );

  const settleOne = ({ delivery, attempt, startedAt, outcome, next }: Settlement): void => {
    const { durationMs, code, status, detail, response, responseBytes } = outcome;
    const started = Math.floor(startedAt);
    const duration = Math.round(durationMs);
    const number = outcomeNumber[code];
    const state = "state" in next ? stateNumber[next.state] : null;
    const booked = book.run(
      attempt,
      started,
      started,
      duration,
      number,
      status,
      detail,
      response,
      responseBytes,
      state,
      delivery,
    ).changes;
    const owed = "due" in next ? move.run(attempt, Math.ceil(next.due), delivery) : end.run(delivery);
    if (booked === 1 || owed.changes === 1) return;
    bookLate.run(attempt, started, started, duration, number, status, detail, response, responseBytes, delivery);
  };

  return {
    settle(epoch, settlements) {
      desk.checkEpoch(epoch);
      for (const settlement of settlements) {
        settleOne(settlement);
        suspects.clear(settlement.delivery);
      }
    },
    cancel(epoch, lane, now, limit) {
      desk.checkEpoch(epoch);
      const rows = quarantined.all(lane, limit);
      if (rows.length < limit) rows.push(...parked.all(lane, limit - rows.length));
      // Every row that was owed at the last change of owner is parked since: only younger ones can be unparked.
      const rest = limit - rows.length;
      if (rest > 0) rows.push(...fresh.all(Number(desk.meta("owned_up_to") ?? 0), lane, rest));
      const at = Math.floor(now);
      for (const { number } of rows) {
        close.run(at, at, Number(number));
        end.run(Number(number));
      }
      forgetStanding.run(lane);
      return rows.length;
    },
  };
}
