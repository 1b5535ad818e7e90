// Statements of the audit: append-only, each entry in the transaction of its change, chained to the one before [audit-chain.ts].
// The chain has one end, so entries are written in ordered writes only: there nobody else adds to it meanwhile.

import { chained, chainStart } from "../../audit-chain.ts";
import type { AuditPosition } from "../../history.ts";
import type { AuditEntry } from "../../registry.ts";
import type { OrderedWrite } from "../ordered-writes.ts";

/** `organization`: the number of one; null: none. */
export async function writeAudit(
  write: OrderedWrite,
  entries: readonly AuditEntry[],
  organization: number | null,
): Promise<void> {
  if (entries.length === 0) return;
  const last = await write.row<AuditPosition>("select number, hash from audit order by number desc limit 1");
  const added = chained(last ?? chainStart, entries, organization);
  await write.run(
    "insert into audit (number, organization, at, actor, action, object, detail, hash)" +
      " select number, $2::integer, at, actor, action, object, detail, hash" +
      " from unnest($1::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bytea[])" +
      " given (number, at, actor, action, object, detail, hash)",
    [
      added.map(({ number }) => number),
      organization,
      added.map(({ at }) => at),
      added.map(({ actor }) => actor),
      added.map(({ action }) => action),
      added.map(({ object }) => object),
      added.map(({ detail }) => detail),
      added.map(({ hash }) => hash),
    ],
  );
}
