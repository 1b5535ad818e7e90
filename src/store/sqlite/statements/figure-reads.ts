// Reads of figures for the history. What a lane did in a day may be a million attempts, so the time is cut into quarters of an hour
// and a few deliveries of each are read, beside those that no list has yet and the oldest that are owed, whose attempts may be all
// that a dead receiver gets.

import type { DatabaseSync } from "node:sqlite";
import { closingRow } from "../../codes.ts";
import { mostOnDisk } from "../../figure-reads.ts";
import { type AttemptFigures, summary } from "../../figures.ts";
import type { FigureReads } from "../../history-operations.ts";
import { createMadeBefore } from "./delivery-reads.ts";

const quarterMs = 900_000;
/** Deliveries that are read of a quarter of an hour, of those in no list yet, and of those that are owed. */
const [ofQuarter, ofYoung, ofOwed] = [16, 1_000, 64];

/** Quarters of an hour of about five days: as many as readers with different times ask for. */
const mostTimes = 500;

export function createFigureReads(database: DatabaseSync): FigureReads {
  const firstOf = createFirstOf(createMadeBefore(database, 1));
  const attempts = database.prepare(
    "select a.started_at as at, a.code, a.status, a.duration from json_each(:deliveries) d" +
      ` cross join attempt a on a.delivery = d.value where a.n < ${closingRow} and a.started_at >= :from and a.started_at < :until`,
  );
  const listed = database.prepare(
    "select delivery from delivery_by_lane where lane = :lane and delivery >= :first and delivery < :behind" +
      ` order by delivery limit ${ofQuarter + 1}`,
  );
  const young = database.prepare(
    `select distinct delivery from attempt where delivery > :reached and lane = :lane order by delivery desc limit ${ofYoung + 1}`,
  );
  const owed = database.prepare(
    `select number as delivery from delivery where location = 1 and lane = :lane order by class, due limit ${ofOwed + 1}`,
  );
  const reach = database.prepare("select value from meta where name = 'delivery_by_lane'");
  const onDisk = database.prepare(
    `select count(*) as count from (select 1 from delivery where location = 1 and lane = ? limit ${mostOnDisk})`,
  );
  const sequence = database.prepare(
    "select max(ifnull((select last from sequence_run where lane = :lane order by first desc limit 1), 0)," +
      " ifnull((select max(sequence) from delivery where number > :reached and lane = :lane), 0)," +
      " ifnull((select max(sequence) from attempt where delivery > :reached and lane = :lane), 0)) as last",
  );

  /** Numbers between which the deliveries of each quarter of an hour lie. */
  function boundsOf(from: number, until: number, reached: number): readonly (readonly [number, number])[] {
    const bounds: (readonly [number, number])[] = [];
    let first = firstOf(from, until);
    for (let at = from + quarterMs; first <= reached; at += quarterMs) {
      const behind = at >= until ? reached + 1 : Math.min(firstOf(at, until), reached + 1);
      if (behind > first) bounds.push([first, behind]);
      if (at >= until) break;
      first = behind;
    }
    return bounds;
  }

  return {
    figures({ lanes, from, until }) {
      const reached = Number(reach.get()?.["value"] ?? 0);
      const bounds = boundsOf(from, until, reached);
      return lanes.map((lane) => {
        const deliveries = new Set<unknown>();
        let isSample = false;
        // A list that was cut may lack deliveries that were tried, whatever those in it were.
        const take = (found: readonly Record<string, unknown>[], most: number): void => {
          for (const { delivery } of found) deliveries.add(delivery);
          if (found.length > most) isSample = true;
        };
        for (const [first, behind] of bounds) take(listed.all({ lane, first, behind }), ofQuarter);
        take(young.all({ lane, reached }), ofYoung);
        take(owed.all({ lane }), ofOwed);
        const rows = attempts.all({ deliveries: JSON.stringify([...deliveries]), from, until });
        return {
          ...summary(rows as unknown as readonly AttemptFigures[], from),
          lane,
          isSample,
          sequence: Number(sequence.get({ lane, reached })!["last"]),
          onDisk: Number(onDisk.get(lane)!["count"]),
        };
      });
    },
  };
}

/** The first delivery that was made at a time or later. It stays what it is, so it is looked for once: readers come often, and ask
 * for the same times. */
function createFirstOf(madeBefore: (time: number) => number): (at: number, now: number) => number {
  const known = new Map<number, number>();
  return (at, now) => {
    const found = known.get(at);
    if (found !== undefined) return found;
    const first = madeBefore(at);
    // Deliveries of the last minute may still be numbered in another order than their times.
    if (at < now - 2 * 60_000) known.set(at, first);
    if (known.size > mostTimes) known.delete(known.keys().next().value!);
    return first;
  };
}
