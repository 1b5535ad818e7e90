// Numbers go on above all that others may have given out: for a database that is a copy, or has lost its newest part. What ran on
// the original meanwhile gave ids to deliveries, entries, integrations and places, and those names are in use elsewhere.

import type { DatabaseSync } from "node:sqlite";
import { createAudit } from "./audit.ts";
import { createDeliveriesByLane } from "./deliveries-by-lane.ts";
import { createEngineContext, type EngineContext } from "./engine-context.ts";
import { firstNumber } from "../../place-names.ts";

/** How many numbers are left out: `least`, and so many for each second since the newest thing in the database. More than one
 * server can give out in that time. Behind them lie a thousand parts of `part` numbers, of which each copy draws one, so that two
 * copies of one original are apart, too. docs/backup.md says the same. */
const margins = {
  observation: { least: 10_000_000, perSecond: 100_000, part: 10_000_000_000 },
  event: { least: 10_000_000, perSecond: 100_000, part: 10_000_000_000 },
  delivery: { least: 10_000_000, perSecond: 1_000_000, part: 10_000_000_000 },
  /** Of what a subscription is owed, which is not more than there are events. Receivers see them as a row, and who was restored
   * later has the higher ones: so no parts. */
  sequence: { least: 10_000_000, perSecond: 100_000, part: 0 },
  /** Of integrations, lanes and places. Clients may keep these in 32 bits. */
  next_number: { least: 1_000_000, perSecond: 100, part: 100_000 },
  revision: { least: 1_000_000, perSecond: 1_000, part: 0 },
  epoch: { least: 1_000, perSecond: 0, part: 0 },
} as const;

/** Parts that a copy may draw: 0 to 999. */
export const parts = 1_000;

type Numbers = keyof typeof margins;

export interface Past {
  /** The last epoch known outside the database, 0 for none. */
  readonly ownerEpoch: number;
  /** Nobody knows whether the database was left by a crash; else it is a sound copy, in whose past there was none. */
  readonly isUncertain: boolean;
}

/** Durable when it returns, and all or nothing. `now`: epoch ms. `part`: the one it has drawn. */
export function renumber(database: DatabaseSync, now: number, past: Past, part: number): void {
  database.exec("begin immediate");
  try {
    const context = createEngineContext(database);
    const newest = newestTime(database);
    const seconds = Math.ceil(Math.max(0, now - newest) / 1000);
    const ahead = (of: Numbers): number =>
      margins[of].least + margins[of].perSecond * seconds + margins[of].part * part;
    // Of what is there, or it would be extended number by number, also over those left out.
    createDeliveriesByLane(context).complete();
    skipSequences(context, ahead("sequence"));
    for (const table of ["observation", "event", "delivery"] as const) {
      context.setMeta(`last_${table}`, context.last[table] + ahead(table));
    }
    context.setMeta("delivery_by_lane", context.last.delivery + ahead("delivery"));
    context.setMeta("next_number", Number(context.meta("next_number") ?? firstNumber) + ahead("next_number"));
    database.prepare("update organization set revision = revision + ?").run(ahead("revision"));
    raiseEpoch(context, ahead("epoch"), past);
    const detail = JSON.stringify({ newest: new Date(newest).toISOString(), numbers_left_out: ahead("delivery") });
    createAudit(context)({ at: now, actor: "system", action: "store.renumber", object: "store", detail }, null);
    database.exec("commit");
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

/** Each lane leaves out as many numbers as the original can have accepted events, and says so. One that has had none is among them:
 * nobody knows what it was owed meanwhile. */
function skipSequences(context: EngineContext, by: number): void {
  context
    .prepare(
      "insert into sequence_run (lane, first, last, organization) select number, past + 1, past + :by, organization from" +
        " (select number, organization, ifnull((select last from sequence_run where lane = number order by first desc limit 1), 0)" +
        " as past from subscription where removed_at is null)",
    )
    .run({ by });
}

/** The marks of a stop in order go with it. A copy of a server at work has none, and its next owner has nothing to recover. */
function raiseEpoch(context: EngineContext, by: number, { ownerEpoch, isUncertain }: Past): void {
  const before = Number(context.meta("epoch") ?? 0);
  const released = Number(context.meta("released") ?? 0) === before;
  const epoch = Math.max(before, ownerEpoch) + by;
  context.setMeta("epoch", epoch);
  if (released || !isUncertain) context.setMeta("released", epoch);
}

/** When the newest thing in it was accepted, made or done; epoch ms. */
function newestTime(database: DatabaseSync): number {
  const times = [
    "select accepted_at as at from observation order by position desc limit 1",
    "select accepted_at as at from event order by number desc limit 1",
    "select created_at as at from delivery order by number desc limit 1",
    "select at from audit order by number desc limit 1",
    "select applied_at as at from migration order by number limit 1",
  ];
  return Math.max(0, ...times.map((sql) => Number(database.prepare(sql).get()?.["at"] ?? 0)));
}
