// Statements of withdrawals: written with the change of the model that brings them, worked off slice by slice by the owner, and
// asked before an event is owed once more.

import {
  isWithdrawn,
  type PendingWithdrawal,
  type Withdrawal,
  type WithdrawalReason,
  withdrawalReasons,
} from "../../../model/withdrawal.ts";
import type { Ledger } from "../../ledger.ts";
import { scopesOf, type StoredWithdrawal } from "../../stored-withdrawals.ts";
import type { Session, Transaction } from "../database.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import type { OwnerWrites } from "../owner-writes.ts";
import { endDeliveries } from "./end-deliveries.ts";
import type { Lines } from "./lines.ts";

const columns = 'lane, tenant, reason, up_to as "upTo"';

/** Owed deliveries, of whichever lane, that one slice looks through: some 10 ms. */
const sliceRows = 20_000;
/** Of the lanes in question, so many of them: more may have to end than other writes can wait for. */
const sliceOfLanes = 2_000;

/** `organization` is the number of one. */
export async function addWithdrawals(
  write: OrderedWrite,
  organization: number,
  withdrawals: readonly Withdrawal[],
): Promise<void> {
  if (withdrawals.length === 0) return;
  await write.run(
    "insert into withdrawal (organization, lane, tenant, reason, up_to, pending)" +
      " select $1, lane, tenant, reason, (select last_value from event_number), true" +
      " from unnest($2::bigint[], $3::text[], $4::text[]) given (lane, tenant, reason)",
    [
      organization,
      withdrawals.map(({ lane }) => lane),
      withdrawals.map(({ tenant }) => tenant),
      withdrawals.map(({ reason }) => reason),
    ],
  );
}

/** `organization` is the number of one. */
export const pendingWithdrawals = (session: Session, organization: number): Promise<readonly PendingWithdrawal[]> =>
  session.rows<PendingWithdrawal>(
    "select number, lane from withdrawal where organization = $1 and pending order by number",
    [organization],
  );

/** These lanes are removed. */
export async function dropWithdrawals(transaction: Transaction, lanes: readonly number[]): Promise<void> {
  if (lanes.length > 0) await transaction.run("delete from withdrawal where lane = any($1)", [lanes]);
}

/** Why each lane may not have its event, in the order given; null: it may. Scopes are read only where a withdrawal may concern them. */
export async function forbidden(
  session: Session,
  asked: readonly { readonly lane: number; readonly event: number }[],
): Promise<readonly (WithdrawalReason | null)[]> {
  const lanes = [...new Set(asked.map(({ lane }) => lane))];
  const rows = await session.rows<StoredWithdrawal>(`select ${columns} from withdrawal where lane = any($1)`, [lanes]);
  if (rows.length === 0) return asked.map(() => null);
  const ofLane = Map.groupBy(rows, ({ lane }) => lane);
  const concerning = ({ lane, event }: (typeof asked)[number]): readonly StoredWithdrawal[] =>
    (ofLane.get(lane) ?? []).filter(({ upTo }) => event <= upTo);
  const events = asked.filter((each) => concerning(each).length > 0).map(({ event }) => event);
  const found = await session.rows<{ number: number; scopes: string | null }>(
    "select e.number, e.scopes from unnest($1::bigint[]) given (number)" +
      " cross join lateral (select number, scopes from event where number = given.number offset 0) e",
    [[...new Set(events)]],
  );
  const byEvent = new Map(found.map(({ number, scopes }) => [number, scopesOf(scopes)]));
  return asked.map((each) => {
    const scopes = byEvent.get(each.event) ?? {};
    return concerning(each).find((row) => isWithdrawn(row, scopes))?.reason ?? null;
  });
}

/** Looks through the owed deliveries once for all withdrawals given, whatever their lanes. */
export function createWithdraw(owners: OwnerWrites, lines: Pick<Lines, "ended">): Pick<Ledger, "withdraw"> {
  return {
    withdraw: (epoch, numbers, after, now) =>
      owners.run(epoch, async (transaction) => {
        const rows = await transaction.rows<StoredWithdrawal>(
          `select ${columns} from withdrawal where pending and number = any($1)`,
          [numbers],
        );
        const { byReason, reached } = await taken(transaction, rows, after, await sliceEnd(transaction, after));
        const ended: number[] = [];
        for (const [reason, deliveries] of byReason) {
          ended.push(...(await endDeliveries(transaction, deliveries, "cancelled", now, withdrawalReasons[reason])));
        }
        if (ended.length > 0) await lines.ended(transaction, ended);
        if (reached !== null) return reached;
        await transaction.run("update withdrawal set pending = false where number = any($1) and pending", [numbers]);
        return null;
      }),
  };
}

/** The number up to which a slice looks; null: to the end. */
async function sliceEnd(session: Session, after: number): Promise<number | null> {
  const end = await session.row<{ number: number }>(
    `select number from delivery where number > $1 order by number limit 1 offset ${sliceRows - 1}`,
    [after],
  );
  return end?.number ?? null;
}

interface Taken {
  readonly byReason: ReadonlyMap<WithdrawalReason, readonly number[]>;
  /** The number up to which it looked; null: to the end. */
  readonly reached: number | null;
}

/** Owed deliveries of a slice that these withdrawals take away. */
async function taken(
  session: Session,
  withdrawals: readonly StoredWithdrawal[],
  after: number,
  upTo: number | null,
): Promise<Taken> {
  const found = new Map<WithdrawalReason, number[]>();
  if (withdrawals.length === 0) return { byReason: found, reached: upTo };
  const ofLane = Map.groupBy(withdrawals, ({ lane }) => lane);
  const owed = await session.rows<{ number: number; lane: number; event: number; scopes: string | null }>(
    "select d.number, d.lane, d.event, e.scopes from delivery d" +
      " cross join lateral (select scopes from event where number = d.event offset 0) e" +
      " where d.number > $1 and d.number <= coalesce($2, 9007199254740991) and d.lane = any($3) order by d.number limit $4",
    [after, upTo, [...ofLane.keys()], sliceOfLanes],
  );
  for (const { number, lane, event, scopes } of owed) {
    const parsed = scopesOf(scopes);
    const reason = ofLane.get(lane)!.find((each) => event <= each.upTo && isWithdrawn(each, parsed))?.reason;
    if (reason === undefined) continue;
    const numbers = found.get(reason);
    if (numbers === undefined) found.set(reason, [number]);
    else numbers.push(number);
  }
  return { byReason: found, reached: owed.length === sliceOfLanes ? owed.at(-1)!.number : upTo };
}
