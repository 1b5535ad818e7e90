// Writes outcomes: stores attempts, and ends their deliveries or moves them on. Any number of them are one statement, and one more
// where deliveries had ended before. Done twice it is as if it was done once: a write whose fate is not known is tried again.

import { classNumber, outcomeNumber, stateNumber } from "../../codes.ts";
import type { Settlement } from "../../owed.ts";
import type { Transaction } from "../database.ts";

/** A settlement among others of its transaction. */
export interface PlannedSettlement {
  readonly settlement: Settlement;
  /** null: it ends nothing, or its delivery had ended by then. */
  readonly state: number | null;
  /** It decides what becomes of its delivery. */
  readonly decides: boolean;
}

/** Of each delivery the first that ends it decides, or else the last. What comes behind an end changes nothing. */
export function planSettlements(settlements: readonly Settlement[]): readonly PlannedSettlement[] {
  const deciding = new Map<number, Settlement>();
  for (const settlement of settlements) {
    const before = deciding.get(settlement.delivery);
    if (before === undefined || "due" in before.next) deciding.set(settlement.delivery, settlement);
  }
  return settlements.map((settlement) => {
    const decides = deciding.get(settlement.delivery) === settlement;
    const state = decides && "state" in settlement.next ? stateNumber[settlement.next.state] : null;
    return { settlement, state, decides };
  });
}

const given =
  "unnest($1::bigint[], $2::integer[], $3::bigint[], $4::integer[], $5::smallint[], $6::smallint[], $7::text[], $8::bytea[]," +
  " $9::integer[], $10::smallint[], $11::bigint[], $12::boolean[])" +
  " g (delivery, n, started_at, duration, code, status, detail, response, response_bytes, state, due, decides)";

const columns =
  "(delivery, n, organization, event, lane, variant, started_at, waited, duration, code, status, detail, response," +
  " response_bytes, state, sequence)";

/** Returns the deliveries that had ended before, or never were. What a statement has deleted or changed tells what was there then. */
const settle =
  `with given as materialized (select * from ${given}),` +
  " ended as (delete from delivery d using given g where g.decides and g.state is not null and d.number = g.delivery" +
  " returning d.number, d.organization, d.event, d.lane, d.variant, d.created_at, d.sequence)," +
  // A replay stays a replay.
  ` moved as (update delivery d set attempts = g.n, due = g.due, location = 1, class = greatest(d.class, ${classNumber.retry})` +
  " from given g where g.decides and g.state is null and d.number = g.delivery" +
  " returning d.number, d.organization, d.event, d.lane, d.variant, d.created_at, d.sequence)," +
  " owed as (select * from ended union all select * from moved)," +
  ` stored as (insert into attempt ${columns} select g.delivery, g.n, o.organization, o.event, o.lane, o.variant, g.started_at,` +
  " g.started_at - o.created_at, g.duration, g.code, g.status, g.detail, g.response, g.response_bytes, g.state, o.sequence" +
  " from given g join owed o on o.number = g.delivery on conflict do nothing)" +
  " select g.delivery from given g where g.decides and not exists (select 1 from owed o where o.number = g.delivery)";

/** A delivery that had ended keeps its state: the attempt is added beside the rows that are there. */
const storeLate =
  `insert into attempt ${columns} select g.delivery, g.n, a.organization, a.event, a.lane, a.variant, g.started_at,` +
  " g.started_at - a.created_at, g.duration, g.code, g.status, g.detail, g.response, g.response_bytes, null, a.sequence" +
  ` from ${given} cross join lateral (select a.organization, a.event, a.lane, a.variant, a.started_at - a.waited as created_at,` +
  " a.sequence from attempt a where a.delivery = g.delivery limit 1) a on conflict do nothing";

export async function writeSettlements(transaction: Transaction, settlements: readonly Settlement[]): Promise<void> {
  if (settlements.length === 0) return;
  const planned = planSettlements(settlements);
  const absent = await transaction.rows<{ delivery: number }>(settle, valuesOf(planned));
  if (absent.length === 0) return;
  const late = new Set(absent.map(({ delivery }) => delivery));
  await transaction.run(storeLate, valuesOf(planned.filter(({ settlement }) => late.has(settlement.delivery))));
}

const valuesOf = (planned: readonly PlannedSettlement[]): readonly unknown[] => [
  planned.map(({ settlement }) => settlement.delivery),
  planned.map(({ settlement }) => settlement.attempt),
  planned.map(({ settlement }) => Math.floor(settlement.startedAt)),
  planned.map(({ settlement }) => Math.round(settlement.outcome.durationMs)),
  planned.map(({ settlement }) => outcomeNumber[settlement.outcome.code]),
  planned.map(({ settlement }) => settlement.outcome.status),
  planned.map(({ settlement }) => settlement.outcome.detail),
  planned.map(({ settlement }) => settlement.outcome.response),
  planned.map(({ settlement }) => settlement.outcome.responseBytes),
  planned.map(({ state }) => state),
  planned.map(({ settlement: { next } }) => ("due" in next ? Math.ceil(next.due) : null)),
  planned.map(({ decides }) => decides),
];
