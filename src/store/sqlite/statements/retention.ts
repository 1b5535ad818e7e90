// Statements of forgetting: what is older than the retention goes in short slices, oldest first, so that no commit waits
// long for it. Numbers rise with time, so each table loses a prefix and no index over time is needed.

import type { Clock } from "../../../clock.ts";
import type { Pruned, Ledger } from "../../ledger.ts";
import type { EngineContext } from "./engine-context.ts";
import { dayOf, type IdempotencyKeys } from "./idempotency-keys.ts";

export type Prune = (...given: Parameters<Ledger["prune"]>) => Pruned;

export interface Pruning {
  readonly prune: Prune;
  /** Must follow every rollback. */
  reset(): void;
}

/** Rows of one step; a slice makes steps until its time is up. */
const step = 256;
/** Free pages are given back to the file system when they are more than this share of the file. */
const freeShare = 0.05;
const vacuumPages = 256;

interface Tally {
  events: number;
  observations: number;
  idempotencyKeys: number;
  expired: number;
}

export function createPruning(context: EngineContext, clock: Clock, { complete }: IdempotencyKeys): Pruning {
  const oldEvents = context.prepare("select number, accepted_at as at from event order by number limit ?");
  const dropEvents = context.prepare("delete from event where number <= ?");
  const firstOwed = context.prepare(
    "select number, event, lane, again from delivery where number > ? order by number limit ?",
  );
  const owedAgain = context.prepare("select number, lane from delivery where again = 1 and event <= ?");
  const dropDelivery = context.prepare("delete from delivery where number = ?");
  const firstAttempts = context.prepare("select delivery, n, event, lane from attempt order by delivery, n limit ?");
  const dropAttempt = context.prepare("delete from attempt where delivery = ? and n = ?");
  const dropFromLane = context.prepare("delete from delivery_by_lane where lane = ? and delivery = ?");
  const oldObservations = context.prepare(
    "select position as number, accepted_at as at from observation where position <= ? order by position limit ?",
  );
  const dropObservations = context.prepare("delete from observation where position <= ?");
  const idempotencyKeys = context.prepare(
    "select organization, kind, id, day from idempotency_key where (organization, kind, id) > (?, ?, ?)" +
      " order by organization, kind, id limit ?",
  );
  const dropInput = context.prepare("delete from idempotency_key where organization = ? and kind = ? and id = ?");
  const stillOwed = context.prepare("select 1 from delivery where number = ?");

  /** The last number of the oldest rows before a time, at most a step of them; null when the first is young enough. */
  const prefix = (rows: Iterable<unknown>, before: number): { last: number; count: number } | null => {
    let last = 0;
    let count = 0;
    for (const { number, at } of rows as Iterable<{ number: number; at: number }>) {
      if (at >= before) break;
      last = number;
      count++;
    }
    return count === 0 ? null : { last, count };
  };

  const expire = (number: number, lane: number, tally: Tally): void => {
    dropDelivery.run(number);
    dropFromLane.run(lane, number);
    tally.expired++;
  };

  /** Nothing may stay owed of an event that goes. Deliveries made with their events stand in the order of these. */
  const expireUpTo = (event: number, tally: Tally): void => {
    for (const row of owedAgain.all(event)) expire(Number(row["number"]), Number(row["lane"]), tally);
    let after = 0;
    for (;;) {
      const rows = firstOwed.all(after, step) as unknown as {
        number: number;
        event: number;
        lane: number;
        again: number;
      }[];
      for (const row of rows) {
        after = row.number;
        if (row.again === 1) continue;
        if (row.event > event) return;
        expire(row.number, row.lane, tally);
      }
      if (rows.length < step) return;
    }
  };

  const forgetEvents = (before: number, tally: Tally): boolean => {
    const found = prefix(oldEvents.iterate(step), before);
    if (found === null) return false;
    expireUpTo(found.last, tally);
    dropEvents.run(found.last);
    tally.events += found.count;
    return true;
  };

  /** Attempts follow their events, in the order of deliveries; one of an old event owed again waits for its turn. */
  const forgetAttempts = (): boolean => {
    const first = Number(
      context.prepare("select ifnull(min(number), ?) as first from event").get(context.last.event + 1)?.["first"],
    );
    let dropped = 0;
    for (const row of firstAttempts.all(step) as unknown as {
      delivery: number;
      n: number;
      event: number;
      lane: number;
    }[]) {
      if (row.event >= first) break;
      dropAttempt.run(row.delivery, row.n);
      if (stillOwed.get(row.delivery) === undefined) dropFromLane.run(row.lane, row.delivery);
      dropped++;
    }
    return dropped === step;
  };

  /** What sensing has not read yet stays, however old: it was acknowledged and nothing follows from it so far. */
  const forgetObservations = (before: number, tally: Tally): boolean => {
    const found = prefix(oldObservations.iterate(Number(context.meta("fold") ?? 0), step), before);
    if (found === null) return false;
    dropObservations.run(found.last);
    tally.observations += found.count;
    return true;
  };

  // Input ids lie in the order of their names, so one pass over all of them is made for every day that has ended.
  let scan: { day: number; at: [number, number, string] } | null = null;
  const forgetInputs = (before: number, tally: Tally): boolean => {
    const day = dayOf(before);
    if (scan === null) {
      if (day <= Number(context.meta("idempotency_keys_pruned") ?? 0)) return false;
      complete();
      scan = { day, at: [0, 0, ""] };
    }
    const rows = idempotencyKeys.all(...scan.at, step * 4) as unknown as {
      organization: number;
      kind: number;
      id: string;
      day: number;
    }[];
    for (const { organization, kind, id, day } of rows) {
      scan.at = [organization, kind, id];
      if (day >= scan.day) continue;
      dropInput.run(organization, kind, id);
      tally.idempotencyKeys++;
    }
    if (rows.length === step * 4) return true;
    context.setMeta("idempotency_keys_pruned", scan.day);
    scan = null;
    return false;
  };

  /** Gives pages back, never all of them: tomorrow's rows want as many as yesterday's left. */
  const shrink = (): boolean => {
    const free = count(context, "freelist_count");
    if (free <= count(context, "page_count") * freeShare) return false;
    context.database.exec(`pragma incremental_vacuum(${vacuumPages})`);
    return count(context, "freelist_count") < free;
  };

  return {
    prune(epoch, retention, _now, budgetMs) {
      context.checkEpoch(epoch);
      const end = clock.monotonic() + budgetMs;
      const tally: Tally = { events: 0, observations: 0, idempotencyKeys: 0, expired: 0 };
      // The rows that tell which numbers were given out may be the ones that go.
      for (const table of ["observation", "event", "delivery"] as const) {
        context.setMeta(`last_${table}`, context.last[table]);
      }
      const steps = [
        () => forgetEvents(retention.events, tally),
        forgetAttempts,
        () => forgetObservations(retention.observations, tally),
        () => forgetInputs(retention.idempotencyKeys, tally),
        shrink,
      ];
      for (const one of steps) {
        while (one()) if (clock.monotonic() >= end) return { ...tally, more: true };
      }
      return { ...tally, more: false };
    },
    // What it went past may be there again.
    reset() {
      scan = null;
    },
  };
}

function count(context: EngineContext, pragma: "freelist_count" | "page_count"): number {
  return Number(context.database.prepare(`pragma ${pragma}`).get()?.[pragma]);
}
