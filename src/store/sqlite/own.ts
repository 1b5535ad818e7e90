// Statements of the owner of all lanes: reading what is due, parking, owing again.

import type { DueDelivery, LaneRead, LaneRows, Ledger } from "../ledger.ts";
import { closingRow, stateNumber } from "./codes.ts";
import type { Desk } from "./desk.ts";

export interface OwnVerbs {
  take(epoch: number, now: number, reads: readonly LaneRead[]): readonly LaneRows[];
  park(...given: Parameters<Ledger["park"]>): void;
  resend(delivery: number, now: number): { readonly number: number; readonly lane: number } | null;
}

export type DueRow = Omit<DueDelivery, "event"> & {
  readonly event: number;
  readonly id: string;
  readonly dialect: DueDelivery["event"]["dialect"];
  readonly type: string;
  readonly body: string;
  readonly revision: number;
  readonly previous: string | null;
};

export const selectDue =
  "select d.number, d.lane, d.variant, d.attempts, d.due, d.created_at as createdAt, d.event, e.id, k.dialect," +
  " k.name as type, e.body, e.revision, e.previous from delivery d join event e on e.number = d.event" +
  " join kind k on k.number = e.kind";

export function createOwn(desk: Desk): OwnVerbs {
  const due = desk.prepare(
    `${selectDue} where d.parked = 1 and d.lane = ? and d.due <= ? order by d.due, d.number limit ?`,
  );
  const next = desk.prepare(
    "select due from delivery where parked = 1 and lane = ? order by due, number limit 1 offset ?",
  );
  const later = desk.prepare("select min(due) as due from delivery where parked = 1 and lane = ? and due > ?");
  const park = desk.prepare("update delivery set parked = 1, due = ? where number = ?");
  const resendable = desk.prepare(
    "select d.organization, d.event, d.lane, d.variant from (" +
      "select organization, event, lane, variant from delivery where number = :number union all" +
      " select * from (select organization, event, lane, variant from attempt where delivery = :number limit 1)) d" +
      " join event e on e.number = d.event" +
      " where not exists (select 1 from subscription s where s.number = d.lane and s.removed_at is not null) limit 1",
  );
  const insert = desk.prepare("insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, 1, 1)");
  const closeQuarantined = desk.prepare(
    `update attempt set state = ${stateNumber.cancelled} where delivery = ? and n = ${closingRow}`,
  );
  const endQuarantined = desk.prepare("delete from delivery where number = ? and parked = 2");

  const takeLane = (now: number, { lane, limit }: LaneRead): LaneRows => {
    const rows = due.all(lane, now, limit) as unknown as DueRow[];
    // A row that cannot be read, because its event is gone, must not look as if it were due for ever.
    const after = rows.length < limit ? later.get(lane, now) : next.get(lane, rows.length);
    return { lane, rows: rows.map(dueDelivery), nextDue: (after?.["due"] as number | null | undefined) ?? null };
  };

  return {
    take(epoch, now, reads) {
      desk.checkEpoch(epoch);
      return reads.map((read) => takeLane(now, read));
    },
    park(epoch, deliveries, due) {
      desk.checkEpoch(epoch);
      for (const number of deliveries) park.run(Math.floor(due), number);
    },
    resend(delivery, now) {
      const found = resendable.get({ number: delivery });
      if (found === undefined) return null;
      const number = desk.last.delivery + 1;
      const { organization, event, lane, variant } = found as Record<string, number>;
      insert.run(number, organization!, event!, lane!, variant!, Math.floor(now), Math.floor(now));
      desk.last.delivery = number;
      if (endQuarantined.run(delivery).changes === 1) closeQuarantined.run(delivery);
      return { number, lane: lane! };
    },
  };
}

export function dueDelivery(row: DueRow): DueDelivery {
  const { number, lane, variant, attempts, due, createdAt, event, id, dialect, type, body, revision, previous } = row;
  const owed = { number: event, id, dialect, type, body, revision, previous };
  return { number, lane, variant, attempts, due, createdAt, event: owed };
}
