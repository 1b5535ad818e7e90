// Statements of withdrawals: written with the change of the model that brings them, worked off slice by slice, and asked
// before an event is owed once more.

import type { DatabaseSync } from "node:sqlite";
import type { Scopes } from "../../../model/event.ts";
import {
  isWithdrawn,
  type PendingWithdrawal,
  type Withdrawal,
  type WithdrawalReason,
  withdrawalReasons,
} from "../../../model/withdrawal.ts";
import type { Epoch } from "../../shards.ts";
import { scopesOf, type StoredWithdrawal } from "../../stored-withdrawals.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import { createCancelOne } from "./end-one.ts";

/** `organization` is the number of one. */
export interface Withdrawals {
  add(organization: number, withdrawals: readonly Withdrawal[]): void;
  pending(organization: number): readonly PendingWithdrawal[];
  /** Why the lane may not have this event; null: it may. */
  forbids(lane: number, event: number): WithdrawalReason | null;
  /** The lane is removed. */
  drop(lane: number): void;
  withdraw(epoch: Epoch, numbers: readonly number[], after: number, now: number): number | null;
}

/** Owed deliveries, of whichever lane, that one slice looks through: a few ms. */
const sliceRows = 20_000;
const columns = "select lane, tenant, reason, up_to as upTo from withdrawal where";

export function createWithdrawals(context: EngineContext, onEnded: Lines["ended"]): Withdrawals {
  const insert = context.prepare(
    "insert into withdrawal (organization, lane, tenant, up_to, reason, pending) values (?, ?, ?, ?, ?, 1)",
  );
  const pending = context.prepare("select number, lane from withdrawal where organization = ? and pending = 1");
  const forbids = createForbids(context.database);
  const storedScopes = context.prepare("select scopes from event where number = ?");
  const drop = context.prepare("delete from withdrawal where lane = ?");
  return {
    add(organization, withdrawals) {
      for (const { lane, tenant, reason } of withdrawals) {
        insert.run(organization, lane, tenant, context.last.event, reason);
      }
    },
    pending: (organization) =>
      pending.all(organization).map((row) => ({ number: Number(row["number"]), lane: Number(row["lane"]) })),
    forbids: (lane, event) =>
      forbids(lane, event, () => scopesOf((storedScopes.get(event)?.["scopes"] ?? null) as string | null)),
    drop: (lane) => void drop.run(lane),
    withdraw: createWithdraw(context, onEnded),
  };
}

/** Why a lane may not have an event; null: it may. The scopes of the event are asked for only where a withdrawal may concern it. */
export function createForbids(
  database: DatabaseSync,
): (lane: number, event: number, readScopes: () => Scopes) => WithdrawalReason | null {
  const ofLane = database.prepare(`${columns} lane = ? and up_to >= ?`);
  return (lane, event, readScopes) => {
    const rows = ofLane.all(lane, event) as unknown as readonly StoredWithdrawal[];
    if (rows.length === 0) return null;
    const scopes = readScopes();
    return rows.find((row) => isWithdrawn(row, scopes))?.reason ?? null;
  };
}

/** Looks through the owed deliveries once for all withdrawals given, whatever their lanes. */
function createWithdraw(context: EngineContext, onEnded: Lines["ended"]): Withdrawals["withdraw"] {
  const given = context.prepare(`${columns} pending = 1 and number in (select value from json_each(?))`);
  const owed = context.prepare(
    "select d.number, d.lane, d.event, e.scopes from delivery d join event e on e.number = d.event" +
      " where d.number > ? and d.number <= ? and d.lane in (select value from json_each(?))",
  );
  const finish = context.prepare(
    "update withdrawal set pending = 0 where number in (select value from json_each(?)) and pending = 1",
  );
  const cancelOne = createCancelOne(context);

  return (epoch, numbers, after, now) => {
    context.checkEpoch(epoch);
    const set = JSON.stringify(numbers);
    const withdrawals = Map.groupBy(given.all(set) as unknown as readonly StoredWithdrawal[], ({ lane }) => lane);
    const lanes = JSON.stringify([...withdrawals.keys()]);
    for (const row of owed.all(after, after + sliceRows, lanes)) {
      const { number, lane, event } = row as Record<string, number>;
      const scopes = scopesOf(row["scopes"] as string | null);
      const found = withdrawals.get(lane!)!.find((each) => event! <= each.upTo && isWithdrawn(each, scopes));
      if (found === undefined) continue;
      cancelOne(number!, Math.floor(now), withdrawalReasons[found.reason]);
      onEnded(number!);
    }
    if (after + sliceRows < context.last.delivery) return after + sliceRows;
    finish.run(set);
    return null;
  };
}
