// Statements that settle deliveries: outcomes of attempts, and cancelled lanes. A delivery that ends loses its row; its last
// attempt keeps its state.

import type { Ledger } from "../../ledger.ts";
import type { Settlement } from "../../owed.ts";
import { classNumber, outcomeNumber, stateNumber } from "../../codes.ts";
import { createCancelOne } from "./end-one.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import type { Newest } from "./newest.ts";
import type { StartedDeliveries } from "./started.ts";

export interface SettleOperations {
  settle(...given: Parameters<Ledger["settle"]>): void;
  cancel(...given: Parameters<Ledger["cancel"]>): number;
}

/** Stores one outcome and ends its delivery, or moves it on. */
function createSettleOne(context: EngineContext): (settlement: Settlement) => void {
  const store = context.prepare(
    "insert or ignore into attempt select number, ?, organization, event, lane, variant, ?, ? - created_at, ?, ?, ?, ?," +
      " ?, ?, ?, sequence from delivery where number = ?",
  );
  // A delivery that ended meanwhile keeps its state: the attempt is added beside the rows that are there.
  const storeLate = context.prepare(
    "insert or ignore into attempt select delivery, ?, organization, event, lane, variant, ?," +
      " ? - (started_at - waited), ?, ?, ?, ?, ?, ?, null, sequence from attempt where delivery = ? limit 1",
  );
  // A replay stays a replay.
  const move = context.prepare(
    `update delivery set attempts = ?, due = ?, location = 1, class = max(class, ${classNumber.retry}) where number = ?`,
  );
  const end = context.prepare("delete from delivery where number = ?");

  return ({ delivery, attempt, startedAt, outcome, next }) => {
    const { durationMs, code, status, detail, response, responseBytes } = outcome;
    const at = Math.floor(startedAt);
    const state = "state" in next ? stateNumber[next.state] : null;
    const row = [attempt, at, at, Math.round(durationMs), outcomeNumber[code], status, detail, response] as const;
    const stored = store.run(...row, responseBytes, state, delivery);
    const owed = "due" in next ? move.run(attempt, Math.ceil(next.due), delivery) : end.run(delivery);
    if (stored.changes === 0 && owed.changes === 0) storeLate.run(...row, responseBytes, delivery);
  };
}

const deleted = "The subscription was deleted.";

/** Ends deliveries of a lane as cancelled, and says how many. */
function createCancel(context: EngineContext, lines: Lines): (lane: number, now: number, limit: number) => number {
  // The quarantined first: as long as others are left, the next owner goes on with the lane.
  const quarantined = context.prepare("select number from delivery where location = 2 and lane = ? limit ?");
  const spilled = context.prepare("select number from delivery where location = 1 and lane = ? limit ?");
  const inMemory = context.prepare(
    "select number from delivery where number > ? and location = 0 and lane = ? limit ?",
  );
  const because = context.prepare("select removed_because from subscription where number = ?");
  const cancelOne = createCancelOne(context);
  const removeHealth = context.prepare("delete from lane_health where lane = ?");

  return (lane, now, limit) => {
    const numbers = numbersOf(quarantined.all(lane, limit));
    const add = (find: (most: number) => readonly number[]): void => {
      if (numbers.length < limit) numbers.push(...find(limit - numbers.length));
    };
    add((most) => numbersOf(spilled.all(lane, most)));
    add((most) => lines.leave(lane, most));
    // The last change of owner spilled everything, so only younger deliveries can be unspilled.
    const ownedUpTo = Number(context.meta("owned_up_to") ?? 0);
    add((most) => numbersOf(inMemory.all(ownedUpTo, lane, most)));
    if (numbers.length < limit) lines.disperse(lane, 1);
    const why = (because.get(lane)?.["removed_because"] as string | null | undefined) ?? deleted;
    for (const number of numbers) cancelOne(number, Math.floor(now), why);
    removeHealth.run(lane);
    return numbers.length;
  };
}

const numbersOf = (rows: readonly Record<string, unknown>[]): number[] => rows.map(({ number }) => Number(number));

export function createSettle(
  context: EngineContext,
  started: StartedDeliveries,
  lines: Lines,
  newest: Newest,
): SettleOperations {
  const settleOne = createSettleOne(context);
  const cancel = createCancel(context, lines);
  return {
    settle(epoch, settlements) {
      context.checkEpoch(epoch);
      for (const settlement of settlements) {
        const { delivery, next } = settlement;
        settleOne(settlement);
        started.clear(delivery);
        if ("state" in next) lines.ended(delivery);
        else {
          if (next.inOrder === true) lines.hold(delivery);
          else lines.unsure(settlement.lane, delivery);
          newest.failed(settlement.lane, delivery);
        }
      }
    },
    cancel(epoch, lane, now, limit) {
      context.checkEpoch(epoch);
      return cancel(lane, now, limit);
    },
  };
}
