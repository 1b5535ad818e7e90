// The check at the end of every run: what the server said it took is there, everything that was accepted is owed or ended
// for every subscription exactly once, and the file is sound.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface LedgerFigures {
  /** Acknowledged and not there. */
  readonly lost: number;
  readonly events: number;
  readonly deliveries: number;
  readonly pending: number;
  readonly delivered: number;
  readonly held: number;
}

export interface LedgerCheck {
  readonly figures: LedgerFigures;
  readonly faults: readonly string[];
}

/** The server must have ended. `resent`: deliveries that were asked for a second time. */
export function checkLedger(
  data: string,
  acknowledged: ReadonlySet<number>,
  subscriptions: number,
  resent = 0,
): LedgerCheck {
  const database = new DatabaseSync(join(data, "belfry.sqlite"));
  try {
    const one = (sql: string): number => Number(Object.values(database.prepare(sql).get() ?? {})[0] ?? 0);
    const faults: string[] = [];
    const expect = (what: string, found: number | string, expected: number | string): void => {
      if (found !== expected) faults.push(`${what}: ${found} instead of ${expected}`);
    };
    const there = new Set(
      database
        .prepare("select id from idempotency_key union select id from recent_idempotency_key")
        .all()
        .map(({ id }) => Number(id)),
    );
    const lost = [...acknowledged].filter((id) => !there.has(id)).length;
    const events = one("select count(*) from event");
    const pending = one("select count(*) from delivery where location <> 2");
    const held = one("select count(*) from delivery where location = 2");
    const ended = one("select count(distinct delivery) from attempt where state is not null");
    database.exec(
      "create temp table owed as select number as delivery, event from delivery union all" +
        " select delivery, event from attempt where state is not null; create index temp.owed_event on owed (event)",
    );
    expect("acknowledged events that are lost", lost, 0);
    expect("events with an id of a sender and without an event, or the other way round", there.size, events);
    expect(
      "deliveries with two final states",
      one(
        "select count(*) from (select delivery from attempt where state is not null group by delivery having count(*) > 1)",
      ),
      0,
    );
    expect("deliveries that are owed and ended", one("select count(*) - count(distinct delivery) from owed"), 0);
    expect(
      "events without a delivery for every subscription",
      one(`select count(*) from event e where (select count(*) from owed where event = e.number) < ${subscriptions}`),
      0,
    );
    expect("accepted × subscriptions", pending + held + ended, events * subscriptions + resent);
    expect("integrity_check", String(Object.values(database.prepare("pragma integrity_check").get()!)[0]), "ok");
    return {
      figures: {
        lost,
        events,
        deliveries: events * subscriptions,
        pending,
        delivered: one("select count(*) from attempt where state = 0"),
        held,
      },
      faults,
    };
  } finally {
    database.close();
  }
}
