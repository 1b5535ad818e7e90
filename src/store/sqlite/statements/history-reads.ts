// Every read of the history as a synchronous function over a connection that writes nothing.

import { checkAudit } from "./audit.ts";
import { createAuditReads } from "./audit-reads.ts";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { EventQuery, EventView, Page } from "../../history.ts";
import { type HistoryOperations, sliceBodies } from "../../history-operations.ts";
import { createDeliveryReads, walkMs } from "./delivery-reads.ts";
import { createDerivedReads } from "./derived-reads.ts";
import { createFigureReads } from "./figure-reads.ts";
import { plain } from "./engine-context.ts";
import { createEntryReads } from "./entry-reads.ts";
import { createExpiringReads } from "./expiring-reads.ts";
import { createReplayReads } from "./replay-reads.ts";
import { createStorageReads } from "./storage-reads.ts";
import { createMinuteReads } from "./minute-reads.ts";
import { createSequenceReads } from "./sequence-reads.ts";

/** Events that one statement looks through, and statements in one slice. */
const stride = 1_000;
const walkSteps = 20;

function createEventReads(database: DatabaseSync, clock: Clock): Pick<HistoryOperations, "events" | "event"> {
  const columns =
    "select e.number, e.id, g.id as organization, k.dialect, k.name as type, e.subject, e.at, e.accepted_at as acceptedAt," +
    " e.revision, e.body from event e join kind k on k.number = e.kind join organization g on g.number = e.organization";
  const between = database.prepare(
    `${columns} where e.number >= :from and e.number < :before and (:organization is null or e.organization = :organization)` +
      " and (:type is null or k.name = :type) and (:since is null or e.accepted_at >= :since)" +
      " and (:subject is null or e.subject = :subject) and (:until is null or e.accepted_at < :until)" +
      " order by e.number desc limit :limit",
  );
  const first = database.prepare("select min(number) as number from event");
  // Each step begins at a number that there is: a database that was restored has left out very many.
  const below = database.prepare("select max(number) as number from event where number < ?");
  const numberOf = database.prepare("select number from organization where id = ?");
  const event = database.prepare(
    `${columns} where e.id = :id and (:organization is null or g.id = :organization) order by e.number desc limit 1`,
  );

  const events = ({ organization: id, type, since, limit, before, ...narrowed }: EventQuery): Page<EventView> => {
    const organization = id === null ? null : (numberOf.get(id)?.["number"] as number | undefined);
    if (organization === undefined) return { items: [], before: null };
    const { subject = null, until = null } = narrowed;
    const least = Number(first.get()!["number"] ?? Number.MAX_SAFE_INTEGER);
    const items: EventView[] = [];
    const end = clock.monotonic() + walkMs;
    let room = sliceBodies;
    let cursor = before ?? Number.MAX_SAFE_INTEGER;
    for (let step = 0; cursor > least; step++) {
      cursor = Number(below.get(cursor)!["number"]) + 1;
      if (step === walkSteps || (step > 0 && clock.monotonic() >= end)) return { items, before: cursor };
      const from = cursor - stride;
      // One more than wanted, to know whether there is a next page.
      const wanted = limit - items.length + 1;
      const found = between.iterate({ from, before: cursor, organization, type, subject, since, until, limit: wanted });
      for (const row of found as Iterable<object>) {
        if (items.length === limit || room <= 0) return { items, before: items.at(-1)!.number };
        const view = plain(row) as EventView;
        items.push(view);
        room -= view.body.length;
      }
      cursor = from;
    }
    return { items, before: null };
  };

  return {
    events,
    event(organization, id) {
      const row = event.get({ organization, id });
      return row === undefined ? null : (plain(row) as EventView);
    },
  };
}

/** Entries of the audit that are checked in one go: a few ms, for which other reads wait. */
const auditSlice = 1_000;

export function createHistoryReads(database: DatabaseSync, clock: Clock): HistoryOperations {
  const pending = database.prepare("select count(*) as count from delivery");
  // Observations and events are numbered without gaps, so their ends tell how many there are.
  const totals = database.prepare(
    "select (select ifnull(max(position), 0) from observation) - (select ifnull(min(position), 1) from observation) + 1" +
      " as observations, (select ifnull(max(number), 0) from event) - (select ifnull(min(number), 1) from event) + 1 as events," +
      " (select count(*) from delivery) as pending, (select count(*) from attempt) as attempts",
  );

  return {
    ...createDeliveryReads(database, clock),
    ...createEventReads(database, clock),
    ...createMinuteReads(database, clock),
    ...createDerivedReads(database),
    ...createEntryReads(database),
    ...createReplayReads(database, clock),
    ...createSequenceReads(database, clock),
    ...createFigureReads(database),
    ...createExpiringReads(database),
    ...createStorageReads(database),
    ...createAuditReads(database, clock),
    pending: () => Number(pending.get()!["count"]),
    checkAudit: (from) => checkAudit(database, from, auditSlice),
    totals: () => plain(totals.get()!) as ReturnType<HistoryOperations["totals"]>,
  };
}
