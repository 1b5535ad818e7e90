// Pages of the audit, newest first. A filter that fits few entries looks through a bounded number of them at a time; the next page
// goes on from there.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../../clock.ts";
import type { AuditQuery, AuditView, Page } from "../../history.ts";
import { walkMs } from "./delivery-reads.ts";
import { plain } from "./engine-context.ts";

/** Entries that one statement looks through. */
const stride = 1_000;

const all = { organization: null, since: null, until: null, actor: null, action: null, object: null };

export interface AuditReads {
  audit(query: AuditQuery): Page<AuditView>;
}

export function createAuditReads(database: DatabaseSync, clock: Clock): AuditReads {
  const between = database.prepare(
    "select a.number, g.id as organization, a.at, a.actor, a.action, a.object, a.detail from audit a" +
      " left join organization g on g.number = a.organization where a.number >= :from and a.number < :before" +
      " and (:organization is null or g.id = :organization) and (:since is null or a.at >= :since)" +
      " and (:until is null or a.at < :until) and (:actor is null or a.actor = :actor)" +
      " and (:action is null or a.action = :action" +
      "  or (substr(:action, -1) = '.' and substr(a.action, 1, length(:action)) = :action))" +
      " and (:object is null or a.object = :object) order by a.number desc limit :limit",
  );
  const last = database.prepare("select max(number) as number from audit");
  return {
    audit({ limit, before, ...asked }) {
      const filter = { ...all, ...asked };
      const end = clock.monotonic() + walkMs;
      const items: AuditView[] = [];
      let cursor = before ?? Number(last.get()!["number"] ?? 0) + 1;
      for (let step = 0; cursor > 1; step++) {
        if (step > 0 && clock.monotonic() >= end) return { items, before: cursor };
        const from = cursor - stride;
        // One more than wanted, to know whether there is a next page.
        for (const row of between.iterate({ ...filter, from, before: cursor, limit: limit - items.length + 1 })) {
          if (items.length === limit) return { items, before: items.at(-1)!.number };
          items.push(plain(row) as AuditView);
        }
        cursor = from;
      }
      return { items, before: null };
    },
  };
}
