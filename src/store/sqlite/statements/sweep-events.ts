// The sweep of events: what is still owed of each expires with it, and its attempts follow. Deliveries and attempts lie in the
// order of their events, but for those that were made later (`again`, resends and replays).

import type { EngineContext } from "./engine-context.ts";
import type { Lines } from "./lines.ts";
import type { Sweep } from "./own-retention.ts";
import { type AttemptRow, createExpire, createRemoveAttempt, type OwedRow } from "./prune-deliveries.ts";
import { stepRows, type Tally } from "./prune-step.ts";
import { createNextOld, type SweepStep } from "./sweep-numbered.ts";

interface OfEvent {
  readonly organization: number;
  readonly event: number;
}

type OwedOfEvent = OwedRow & OfEvent & { readonly again: number };

/** Where a sweep of events is: the last event, the last owed delivery, and the last attempt that it has seen. */
type At = readonly [event: number, delivery: number, attempted: number, n: number];

export function createSweepEvents(context: EngineContext, onEnded: Lines["ended"]): SweepStep {
  const next = createNextOld(context, "event", "number");
  const remove = context.prepare("delete from event where number = ?");
  const expireOf = createExpireOf(context, onEnded);
  const followAttempts = createFollowAttempts(context);
  return (sweep, tally) => {
    const [event = 0, delivery = 0, attempted = 0, n = 0] = sweep.at() as Partial<At>;
    const followed = followAttempts(sweep, [event, delivery, attempted, n]);
    if (followed !== null) {
      sweep.reached(followed);
      return true;
    }
    const found = next(event, sweep.before);
    if (found === null) return false;
    const theirs = found.rows.filter(({ organization }) => sweep.isTheirs(organization));
    const upTo = expireOf(
      sweep,
      { numbers: theirs.map(({ number }) => number), last: found.last, after: delivery },
      tally,
    );
    for (const { number } of theirs) remove.run(number);
    tally.events += theirs.length;
    sweep.reached([found.last, upTo, attempted, n]);
    return true;
  };
}

interface Expiring {
  /** Of the events that go, ascending. */
  readonly numbers: readonly number[];
  /** Of the last event of this step, whosever. */
  readonly last: number;
  /** Number of a delivery: those before it were seen. */
  readonly after: number;
}

/** Ends what is still owed of events. Returns how far it looked. */
function createExpireOf(
  context: EngineContext,
  onEnded: Lines["ended"],
): (sweep: Sweep, of: Expiring, tally: Tally) => number {
  const nextOwed = context.prepare(
    "select number, organization, event, lane, again from delivery where number > ? order by number limit ?",
  );
  const owedAgain = context.prepare("select number, lane from delivery where again = 1 and event = ?");
  const expire = createExpire(context, onEnded);
  return (sweep, { numbers, last, after }, tally) => {
    for (const event of numbers) for (const row of owedAgain.all(event)) expire(row as unknown as OwedRow, tally);
    let seen = after;
    for (let full = true; full; ) {
      const rows = nextOwed.all(seen, stepRows) as unknown as OwedOfEvent[];
      for (const row of rows) {
        if (row.again === 0 && row.event > last) return seen;
        seen = row.number;
        if (row.again === 0 && sweep.isTheirs(row.organization)) expire(row, tally);
      }
      full = rows.length === stepRows;
    }
    return seen;
  };
}

/** Removes the next attempts of events that are gone. null: there are no more, for now. */
function createFollowAttempts(context: EngineContext): (sweep: Sweep, at: At) => At | null {
  const nextAttempts = context.prepare(
    "select delivery, n, organization, event, lane from attempt where (delivery, n) > (?, ?) order by delivery, n limit ?",
  );
  const remove = createRemoveAttempt(context);
  return (sweep, [event, owed, after, from]) => {
    let [delivery, n] = [after, from];
    for (const row of nextAttempts.all(after, from, stepRows) as unknown as (AttemptRow & OfEvent)[]) {
      if (row.event > event) break;
      [delivery, n] = [row.delivery, row.n];
      if (!sweep.isTheirs(row.organization)) continue;
      remove(row);
    }
    return delivery === after && n === from ? null : [event, owed, delivery, n];
  };
}
