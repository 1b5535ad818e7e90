// Writes outcomes: stores attempts, and ends their deliveries or moves them on. Any number of them are one statement, and one more
// where deliveries had ended before. Done twice it is as if it was done once: a write whose fate is not known is tried again.

import { classNumber, outcomeNumber, stateNumber } from "../../codes.ts";
import type { Settlement } from "../../owed.ts";
import { bytes, integers, texts } from "../arrays.ts";
import type { Transaction } from "../database.ts";

/** A settlement, and the state that its row has. */
interface PlannedSettlement {
  readonly settlement: Settlement;
  readonly state: number | null;
}

/** Of each delivery the first that ends it decides what becomes of it, or else the last. The others change nothing. */
function planSettlements(settlements: readonly Settlement[]): {
  readonly deciding: readonly PlannedSettlement[];
  readonly others: readonly PlannedSettlement[];
} {
  const deciding = new Map<number, Settlement>();
  for (const settlement of settlements) {
    const before = deciding.get(settlement.delivery);
    if (before === undefined || "due" in before.next) deciding.set(settlement.delivery, settlement);
  }
  const others = settlements.filter((settlement) => deciding.get(settlement.delivery) !== settlement);
  return {
    deciding: [...deciding.values()].map((settlement) => ({
      settlement,
      state: "state" in settlement.next ? stateNumber[settlement.next.state] : null,
    })),
    others: others.map((settlement) => ({ settlement, state: null })),
  };
}

/** `owed`: the deliveries that were owed; null: all of them. */
function endedBefore(
  planned: readonly PlannedSettlement[],
  owed: readonly unknown[] | null,
): readonly PlannedSettlement[] {
  if (owed === null) return [];
  const numbers = new Set(owed.map(Number));
  return planned
    .filter(({ settlement }) => !numbers.has(settlement.delivery))
    .map(({ settlement }) => ({ settlement, state: null }));
}

const given =
  "unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::bytea[]," +
  " $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[])" +
  " g (delivery, n, started_at, duration, code, status, detail, response, response_bytes, state, due, lane)";
const insert =
  "insert into attempt (delivery, n, started_at, duration, code, status, detail, response, response_bytes, state, organization," +
  " event, lane, variant, sequence, waited)";
const attempt =
  "g.delivery, g.n, g.started_at, g.duration, g.code, g.status, g.detail, g.response, g.response_bytes, g.state";

// What it has deleted or changed tells what was owed then. No join but along the primary key, whatever PostgreSQL thinks of the
// number of rows.
const settle =
  `with given as materialized (select * from ${given}),` +
  " ended as (delete from delivery d using given g where g.state is not null and d.number = g.delivery" +
  ` returning ${attempt}, d.organization, d.event, d.lane, d.variant, d.sequence, g.started_at - d.created_at as waited),` +
  // A replay stays a replay.
  ` moved as (update delivery d set attempts = g.n, due = g.due, location = 1, class = greatest(d.class, ${classNumber.retry})` +
  " from given g where g.state is null and d.number = g.delivery" +
  ` returning ${attempt}, d.organization, d.event, d.lane, d.variant, d.sequence, g.started_at - d.created_at as waited),` +
  " owed as materialized (select * from ended union all select * from moved)," +
  ` stored as (${insert} select * from owed on conflict do nothing)` +
  " select case when count(*) < cardinality($1::bigint[]) then coalesce(array_agg(o.delivery), '{}') end as owed" +
  " from owed o";

/** Beside the rows of attempts that are there: of a delivery that had ended, and keeps its state, or has ended just now. With the
 * lane either index leads to them. */
const storeBeside =
  `${insert} select ${attempt}, a.organization, a.event, a.lane, a.variant, a.sequence, g.started_at - a.created_at` +
  ` from ${given} cross join lateral (select a.organization, a.event, a.lane, a.variant, a.started_at - a.waited as created_at,` +
  " a.sequence from attempt a where a.delivery = g.delivery and a.lane = g.lane limit 1) a on conflict do nothing";

export async function writeSettlements(transaction: Transaction, settlements: readonly Settlement[]): Promise<void> {
  const { deciding, others } = planSettlements(settlements);
  if (deciding.length === 0) return;
  const found = await transaction.row<{ owed: readonly unknown[] | null }>(settle, valuesOf(deciding));
  const beside = [...others, ...endedBefore(deciding, found!.owed)];
  if (beside.length > 0) await transaction.run(storeBeside, valuesOf(beside));
}

function valuesOf(planned: readonly PlannedSettlement[]): readonly Buffer[] {
  const whole = (of: (settlement: Settlement) => number | null) =>
    integers(planned.map(({ settlement }) => of(settlement)));
  return [
    whole(({ delivery }) => delivery),
    whole(({ attempt }) => attempt),
    whole(({ startedAt }) => Math.floor(startedAt)),
    whole(({ outcome }) => Math.round(outcome.durationMs)),
    whole(({ outcome }) => outcomeNumber[outcome.code]),
    whole(({ outcome }) => outcome.status),
    texts(planned.map(({ settlement }) => settlement.outcome.detail)),
    bytes(planned.map(({ settlement }) => settlement.outcome.response)),
    whole(({ outcome }) => outcome.responseBytes),
    integers(planned.map(({ state }) => state)),
    whole(({ next }) => ("due" in next ? Math.ceil(next.due) : null)),
    whole(({ lane }) => lane),
  ];
}
