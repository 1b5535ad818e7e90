// Pages of the audit, newest first, and the check of its chain. A filter that fits few entries looks through a bounded number of
// them at a time; the next page goes on from there.

import { type ChainedEntry, checkChain } from "../../audit-chain.ts";
import type { AuditView } from "../../history.ts";
import { type HistoryContext, type Reads, walkMs, walkSteps } from "./history-context.ts";

/** Entries that one statement looks through, and that are checked in one go. */
const [stride, checked] = [2_000, 1_000];

const all = { organization: null, since: null, until: null, actor: null, action: null, object: null };

// The numbers have no gaps.
const between =
  "select a.number, g.id as organization, a.at, a.actor, a.action, a.object, a.detail from audit a" +
  " left join organization g on g.number = a.organization where a.number >= $1 and a.number < $2" +
  " and ($3::text is null or g.id = $3) and ($4::bigint is null or a.at >= $4) and ($5::bigint is null or a.at < $5)" +
  " and ($6::text is null or a.actor = $6) and ($7::text is null or a.action = $7" +
  " or (right($7, 1) = '.' and starts_with(a.action, $7))) and ($8::text is null or a.object = $8)" +
  " order by a.number desc limit $9";
const last = "select number from audit order by number desc limit 1";
const chain =
  "select number, organization, at, actor, action, object, detail, hash from audit where number > $1 order by number" +
  ` limit ${checked}`;

export function createAuditReads({ session, clock }: HistoryContext): Reads<"audit" | "checkAudit"> {
  return {
    async audit({ limit, before, ...asked }) {
      const { organization, since, until, actor, action, object } = { ...all, ...asked };
      const times = [since, until].map((time) => (time === null ? null : Math.ceil(time)));
      const filter = [organization, ...times, actor, action, object];
      const end = clock.monotonic() + walkMs;
      const items: AuditView[] = [];
      let cursor = before ?? ((await session.row<{ number: number }>(last))?.number ?? 0) + 1;
      for (let step = 0; cursor > 1; step++) {
        if (step === walkSteps || (step > 0 && clock.monotonic() >= end)) return { items, before: cursor };
        const from = cursor - stride;
        // One more than wanted, to know whether there is a next page.
        const wanted = limit - items.length + 1;
        items.push(...(await session.rows<AuditView>(between, [from, cursor, ...filter, wanted])));
        if (items.length > limit) return { items: items.slice(0, limit), before: items[limit - 1]!.number };
        cursor = from;
      }
      return { items, before: null };
    },
    async checkAudit(from) {
      return checkChain(from, await session.rows<ChainedEntry>(chain, [from?.number ?? 0]), checked);
    },
  };
}
