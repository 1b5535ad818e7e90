// The port History on PostgreSQL.

import type { History } from "../../history.ts";
import type { Context } from "../context.ts";
import { notYet } from "../not-yet.ts";

export function createHistory(_context: Context): History {
  return {
    events: () => notYet("events"),
    event: () => notYet("event"),
    deliveries: () => notYet("deliveries"),
    delivery: () => notYet("delivery"),
    sentText: () => notYet("sentText"),
    attempts: () => notYet("attempts"),
    minutes: () => notYet("minutes"),
    derived: () => notYet("derived"),
    entries: () => notYet("entries"),
    entriesBefore: () => notYet("entriesBefore"),
    eventRange: () => notYet("eventRange"),
    keptEvents: () => notYet("keptEvents"),
    endedDeliveries: () => notYet("endedDeliveries"),
    numbered: () => notYet("numbered"),
    figures: () => notYet("figures"),
    expiring: () => notYet("expiring"),
    classStorage: () => notYet("classStorage"),
    fileBytes: () => notYet("fileBytes"),
    audit: () => notYet("audit"),
    checkAudit: () => notYet("checkAudit"),
    totals: () => notYet("totals"),
    pending: () => notYet("pending"),
  };
}
