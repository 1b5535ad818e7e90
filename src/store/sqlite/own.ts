// Statements of the owner of all lanes: becoming it, reading what is due, parking, owing again.

import type { DueDelivery, LaneRead, LaneRows, Ledger, OpenLane } from "../ledger.ts";
import { type Desk, plain } from "./desk.ts";

export interface OwnVerbs {
  own(now: number, spreadMs: number): { readonly epoch: number; readonly lanes: readonly OpenLane[] };
  take(epoch: number, now: number, reads: readonly LaneRead[]): readonly LaneRows[];
  park(...given: Parameters<Ledger["park"]>): void;
  resend(delivery: number, now: number): { readonly number: number; readonly lane: number } | null;
}

type DueRow = Omit<DueDelivery, "event"> & {
  readonly event: number;
  readonly id: string;
  readonly dialect: DueDelivery["event"]["dialect"];
  readonly type: string;
  readonly body: string;
  readonly revision: number;
  readonly previous: string | null;
};

export function createOwn(desk: Desk): OwnVerbs {
  // One statement, so that a million overdue retries need no round trips. Numbers of JavaScript arrive as reals: cut here.
  const spread = desk.prepare(
    "update delivery set due = cast(:now + k * :spread / :count as integer) from (" +
      "select number as overdue, row_number() over (order by due, number) - 1 as k from delivery" +
      " where parked = 1 and attempts > 0 and due < :now) where number = overdue",
  );
  const overdue = desk.prepare("select count(*) as count from delivery where parked = 1 and attempts > 0 and due < ?");
  // A first attempt is due when its event is accepted: later than now it can be only if the clock was set back since.
  const parkAll = desk.prepare(
    "update delivery set parked = 1, due = min(due, :now) where parked = 0 or (attempts = 0 and due > :now)",
  );
  // Steps from lane to lane over the index instead of reading all of it.
  const openLanes = desk.prepare(
    "with recursive open (lane) as (select min(lane) from delivery where parked = 1 union all" +
      " select (select min(d.lane) from delivery d where d.parked = 1 and d.lane > open.lane) from open" +
      " where open.lane is not null)" +
      " select lane, (select min(d.due) from delivery d where d.parked = 1 and d.lane = open.lane) as nextDue" +
      " from open where lane is not null",
  );
  const due = desk.prepare(
    "select d.number, d.lane, d.variant, d.attempts, d.due, d.created_at as createdAt, d.event, e.id, k.dialect," +
      " k.name as type, e.body, e.revision, e.previous from delivery d join event e on e.number = d.event" +
      " join kind k on k.number = e.kind where d.parked = 1 and d.lane = ? and d.due <= ?" +
      " order by d.due, d.number limit ?",
  );
  const next = desk.prepare(
    "select due from delivery where parked = 1 and lane = ? order by due, number limit 1 offset ?",
  );
  const park = desk.prepare("update delivery set parked = 1, due = ? where number = ?");
  const resendable = desk.prepare(
    "select d.organization, d.event, d.lane, d.variant from (" +
      "select organization, event, lane, variant from delivery where number = :number union all" +
      " select * from (select organization, event, lane, variant from attempt where delivery = :number limit 1)) d" +
      " join event e on e.number = d.event" +
      " where not exists (select 1 from subscription s where s.number = d.lane and s.removed_at is not null) limit 1",
  );
  const insert = desk.prepare("insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, 1, 1)");

  const takeLane = (now: number, { lane, limit }: LaneRead): LaneRows => {
    const rows = due.all(lane, now, limit) as unknown as DueRow[];
    const nextDue = next.get(lane, rows.length)?.["due"] as number | undefined;
    return { lane, rows: rows.map(dueDelivery), nextDue: nextDue ?? null };
  };

  return {
    own(now, spreadMs) {
      const at = Math.floor(now);
      const epoch = desk.raiseEpoch();
      const count = Number(overdue.get(at)?.["count"]);
      if (count > 0) spread.run({ now: at, spread: Math.floor(spreadMs), count });
      parkAll.run({ now: at });
      desk.setMeta("owned_up_to", desk.last.delivery);
      return { epoch, lanes: openLanes.all().map(plain) as OpenLane[] };
    },
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
      return { number, lane: lane! };
    },
  };
}

function dueDelivery(row: DueRow): DueDelivery {
  const { number, lane, variant, attempts, due, createdAt, event, id, dialect, type, body, revision, previous } = row;
  const owed = { number: event, id, dialect, type, body, revision, previous };
  return { number, lane, variant, attempts, due, createdAt, event: owed };
}
