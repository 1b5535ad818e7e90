// Statements of what is due: reading it class by class, putting rows from memory on the disk, owing events again.

import type { DueDelivery, LaneRead, LaneRows, Ledger, ReplayedDelivery } from "../../ledger.ts";
import { className, classNumber, closingRow, stateNumber } from "../../codes.ts";
import type { Epoch } from "../../shards.ts";
import type { EngineContext } from "./engine-context.ts";

export interface DueOperations {
  readDue(epoch: Epoch, now: number, reads: readonly LaneRead[]): readonly LaneRows[];
  spill(...given: Parameters<Ledger["spill"]>): void;
  resend(delivery: number, now: number): { readonly number: number; readonly lane: number } | null;
  replay(deliveries: readonly ReplayedDelivery[], now: number): readonly number[];
}

/** A row of `selectDue` as an array: objects cost a third more. */
export type DueRow = readonly [
  number: number,
  lane: number,
  ofClass: number,
  variant: number,
  attempts: number,
  due: number,
  createdAt: number,
  event: number,
  id: string,
  dialect: DueDelivery["event"]["dialect"],
  type: string,
  body: string,
  revision: number,
  previous: string | null,
];

export const selectDue =
  "select d.number, d.lane, d.class, d.variant, d.attempts, d.due, d.created_at, d.event, e.id, k.dialect," +
  " k.name, e.body, e.revision, e.previous from delivery d join event e on e.number = d.event" +
  " join kind k on k.number = e.kind";

/** Bodies that one read brings, in UTF-16 units. */
const mostAtOnce = 16 * 1024 * 1024;

export function createDue(context: EngineContext): DueOperations {
  const due = context.prepare(
    `${selectDue} where d.location = 1 and d.lane = ? and d.class = ? and d.due <= ? order by d.due, d.number limit ?`,
  );
  due.setReturnArrays(true);
  const next = context.prepare(
    "select due from delivery where location = 1 and lane = ? and class = ? order by due, number limit 1 offset ?",
  );
  const later = context.prepare(
    "select min(due) as due from delivery where location = 1 and lane = ? and class = ? and due > ?",
  );
  const spill = context.prepare("update delivery set location = 1, due = ? where number = ?");
  const resendable = context.prepare(
    "select d.organization, d.event, d.lane, d.variant from (" +
      "select organization, event, lane, variant from delivery where number = :number union all" +
      " select * from (select organization, event, lane, variant from attempt where delivery = :number limit 1)) d" +
      " join event e on e.number = d.event" +
      " where not exists (select 1 from subscription s where s.number = d.lane and s.removed_at is not null) limit 1",
  );
  const insert = context.prepare(`insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, 1, 1, ${classNumber.retry})`);
  const insertReplay = context.prepare(
    "insert into delivery select :number, e.organization, e.number, :lane, :variant, 0, :at, :at, 1, 1," +
      ` ${classNumber.replay} from event e where e.number = :event and not exists (select 1 from subscription s` +
      " where s.number = :lane and (s.removed_at is not null or s.organization <> e.organization))",
  );
  const closeQuarantined = context.prepare(
    `update attempt set state = ${stateNumber.cancelled} where delivery = ? and n = ${closingRow}`,
  );
  const endQuarantined = context.prepare("delete from delivery where number = ? and location = 2");

  /** `budget`: what bodies may come to, so that a read of large ones does not fill the memory. */
  const readOne = (now: number, read: LaneRead, budget: { left: number }): LaneRows => {
    const { lane, limit } = read;
    const ofClass = classNumber[read.class];
    const rows: DueDelivery[] = [];
    let cut = budget.left <= 0;
    for (const row of cut ? [] : (due.iterate(lane, ofClass, now, limit) as Iterable<unknown>)) {
      const delivery = dueDelivery(row as DueRow);
      rows.push(delivery);
      budget.left -= delivery.event.body.length;
      cut = budget.left <= 0;
      if (cut) break;
    }
    // A row that cannot be read, because its event is gone, must not look as if it were due for ever.
    const after = !cut && rows.length < limit ? later.get(lane, ofClass, now) : next.get(lane, ofClass, rows.length);
    return { lane, class: read.class, rows, nextDue: (after?.["due"] as number | null | undefined) ?? null };
  };

  return {
    readDue(epoch, now, reads) {
      context.checkEpoch(epoch);
      const budget = { left: mostAtOnce };
      return reads.map((read) => readOne(now, read, budget));
    },
    spill(epoch, deliveries, due) {
      context.checkEpoch(epoch);
      for (const number of deliveries) spill.run(Math.floor(due), number);
    },
    resend(delivery, now) {
      const found = resendable.get({ number: delivery });
      if (found === undefined) return null;
      const number = context.last.delivery + 1;
      const { organization, event, lane, variant } = found as Record<string, number>;
      insert.run(number, organization!, event!, lane!, variant!, Math.floor(now), Math.floor(now));
      context.last.delivery = number;
      if (endQuarantined.run(delivery).changes === 1) closeQuarantined.run(delivery);
      return { number, lane: lane! };
    },
    replay(deliveries, now) {
      const at = Math.floor(now);
      return deliveries.map(({ event, lane, variant }) => {
        const number = context.last.delivery + 1;
        if (insertReplay.run({ number, event, lane, variant, at }).changes === 0) return 0;
        context.last.delivery = number;
        return number;
      });
    },
  };
}

export function dueDelivery(row: DueRow): DueDelivery {
  const [number, lane, ofClass, variant, attempts, due, createdAt, event, id, dialect, type, body, revision, previous] =
    row;
  const owed = { number: event, id, dialect, type, body, revision, previous };
  return { number, lane, class: className(ofClass), variant, attempts, due, createdAt, event: owed };
}
