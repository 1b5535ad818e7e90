// Statements that end or move on what is owed: booked attempts and cancelled lanes. A delivery that ends leaves its row
// and its last attempt tells the rest.

import type { Ledger, Settlement } from "../../ledger.ts";
import { classNumber, closingRow, outcomeNumber, stateNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";
import type { StartedDeliveries } from "./started.ts";

export interface SettleOperations {
  settle(...given: Parameters<Ledger["settle"]>): void;
  cancel(...given: Parameters<Ledger["cancel"]>): number;
}

export function createSettle(context: EngineContext, started: StartedDeliveries): SettleOperations {
  const book = context.prepare(
    "insert or ignore into attempt select number, ?, organization, event, lane, variant, ?, ? - created_at, ?, ?, ?, ?," +
      " ?, ?, ? from delivery where number = ?",
  );
  // What has ended meanwhile keeps its state: the attempt is added beside the rows that are there.
  const bookLate = context.prepare(
    "insert or ignore into attempt select delivery, ?, organization, event, lane, variant, ?," +
      " ? - (started_at - waited), ?, ?, ?, ?, ?, ?, null from attempt where delivery = ? limit 1",
  );
  // A replay stays a replay.
  const move = context.prepare(
    `update delivery set attempts = ?, due = ?, location = 1, class = max(class, ${classNumber.retry}) where number = ?`,
  );
  const end = context.prepare("delete from delivery where number = ?");
  // The quarantined first: what a kill leaves of the others tells the next owner to go on.
  const quarantined = context.prepare("select number from delivery where location = 2 and lane = ? limit ?");
  const spilled = context.prepare("select number from delivery where location = 1 and lane = ? limit ?");
  const fresh = context.prepare("select number from delivery where number > ? and location = 0 and lane = ? limit ?");
  const forgetStanding = context.prepare("delete from lane_health where lane = ?");
  const close = context.prepare(
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
      context.checkEpoch(epoch);
      for (const settlement of settlements) {
        settleOne(settlement);
        started.clear(settlement.delivery);
      }
    },
    cancel(epoch, lane, now, limit) {
      context.checkEpoch(epoch);
      const rows = quarantined.all(lane, limit);
      if (rows.length < limit) rows.push(...spilled.all(lane, limit - rows.length));
      // Every row that was owed at the last change of owner is parked since: only younger ones can be unparked.
      const rest = limit - rows.length;
      if (rest > 0) rows.push(...fresh.all(Number(context.meta("owned_up_to") ?? 0), lane, rest));
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
