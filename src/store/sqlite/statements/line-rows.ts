// The rows of lines, and of those that wait in them [lines.ts].

import { classNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Line } from "../../line-heads.ts";
import { type DueByClass, lineOf, type Waiting } from "../../lines.ts";

/** Up to where the deliveries of a lane were looked at, along their due times. */
export interface LookedAt {
  readonly due: number;
  readonly number: number;
}

/** The rows of lines and of those that wait in them. */
export function createLineRows(context: EngineContext) {
  const all = context.prepare(
    "select l.lane, l.line, l.head, exists (select 1 from delivery d where d.number = l.head and d.location <> 2)" +
      " as isOwed from line l",
  );
  const keep = context.prepare(
    "insert or replace into line select ?, ?, organization, number from delivery where number = ?",
  );
  const end = context.prepare("delete from line where lane = ? and line = ?");
  const endAll = context.prepare("delete from line where lane = ?");
  const lead = context.prepare("update line set head = ? where lane = ? and line = ?");
  const wait = context.prepare(
    "insert or ignore into behind select ?, ?, number, organization from delivery where number = ?",
  );
  const hide = context.prepare("update delivery set location = 3 where number = ? and location = 1");
  const show = context.prepare("update delivery set location = 1 where number = ? and location = 3");
  const showBehind = context.prepare(
    "update delivery set location = 1, due = iif(attempts = 0, max(due, 1 + case class" +
      ` when ${classNumber.live} then ? when ${classNumber.retry} then ? else ? end), due) where number = ? and location = 3`,
  );
  const first = context.prepare("select min(delivery) as delivery from behind where lane = ? and line = ?");
  const some = context.prepare("select line, delivery from behind where lane = ? limit ?");
  const leave = context.prepare("delete from behind where lane = ? and line = ? and delivery = ?");
  const isOwed = context.prepare("select 1 from delivery where number = ? and location <> 2");
  const waiting = context.prepare(
    "select number, due, attempts from delivery where location = 1 and lane = :lane and class = :of and due >= :due" +
      " and (due > :due or number > :number) order by due, number limit :limit",
  );
  const ofDelivery = context.prepare(
    "select d.lane, d.class, d.again, e.subject from delivery d join event e on e.number = d.event where d.number = ?",
  );
  return {
    all: () =>
      all.all().map((row) => ({ ...(row as unknown as Waiting & { head: number }), isOwed: row["isOwed"] === 1 })),
    keep: ({ lane, line, head }: Line) => void keep.run(lane, line, head),
    end: ({ lane, line }: Line) => void end.run(lane, line),
    endAll: (lane: number) => void endAll.run(lane),
    isOwed: (delivery: number) => isOwed.get(delivery) !== undefined,
    waiting: (lane: number, of: number, { due, number }: LookedAt, limit: number) =>
      waiting.all({ lane, of, due, number, limit }) as unknown as { number: number; due: number; attempts: number }[],
    setAside({ lane, line, delivery }: Waiting) {
      wait.run(lane, line, delivery);
      hide.run(delivery);
    },
    /** Lets the first one that waits be read, and makes it the head; null: nobody waits. Some may have ended while they waited.
     * A first attempt is due behind what was read of its class: up to `reached`. */
    letNext({ lane, line }: Line, reached: Readonly<DueByClass>): number | null {
      for (;;) {
        const next = first.get(lane, line)?.["delivery"] as number | null;
        if (next === null) return null;
        leave.run(lane, line, next);
        if (showBehind.run(...reached, next).changes === 0) continue;
        lead.run(next, lane, line);
        return next;
      }
    },
    leave(lane: number, limit: number): readonly number[] {
      const found = some.all(lane, limit);
      for (const { line, delivery } of found) leave.run(lane, line!, delivery!);
      return found.map(({ delivery }) => Number(delivery));
    },
    show: (delivery: number) => void show.run(delivery),
    lineOf(delivery: number): Omit<Line, "head" | "isKept"> | null {
      const row = ofDelivery.get(delivery) as (Record<string, number> & { subject: string }) | undefined;
      if (row === undefined) return null;
      return { lane: row["lane"]!, line: lineOf(row["class"]!, row["again"]!, row.subject) };
    },
  };
}
