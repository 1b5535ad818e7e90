// Pruning of tables without partitions, a few hundred rows at a time. Each returns how many went; 0: nothing is left.

import type { RetentionGroup } from "../../retention-plan.ts";
import type { Session } from "../database.ts";

const slice = 1_000;

/** Entries of one group, with whom they concerned. */
export async function pruneEntries(session: Session, group: RetentionGroup): Promise<number> {
  const found = await session.row<{ count: number }>(
    "with gone as (delete from entry where number in (select number from entry where accepted_at < $1" +
      " and (organization = any($2::integer[])) <> $3 order by accepted_at limit $4) returning number)," +
      " grants as (delete from entry_tenant t using gone where t.number = gone.number)" +
      " select count(*) as count from gone",
    [Math.ceil(group.before), group.organizations, group.isRest, slice],
  );
  return found!.count;
}

/** Sign-ins that have ended, whatever came of them. */
export async function pruneSignIns(session: Session, before: number): Promise<number> {
  const found = await session.row<{ count: number }>(
    "with gone as (delete from sign_in where id in (select id from sign_in where until < $1 order by until limit $2) returning id)," +
      " tokens as (delete from refresh_token t using gone where t.sign_in = gone.id) select count(*) as count from gone",
    [Math.ceil(before), slice],
  );
  return found!.count;
}

export const pruneRevokedTokens = (session: Session, before: number): Promise<number> =>
  session.run(
    "delete from revoked_token where id in (select id from revoked_token where until < $1 order by until limit $2)",
    [Math.ceil(before), slice],
  );

/** A replay job goes when it has ended before the oldest events that are kept, so that nothing it added is owed. */
export async function pruneReplays(session: Session, before: number): Promise<number> {
  const job = await session.row<{ number: number }>(
    "select number from replay where ended_at < $1 order by number limit 1",
    [Math.floor(before)],
  );
  if (job === undefined) return 0;
  const ranges = await session.run(
    "delete from replayed where first in (select first from replayed where replay = $1 order by first limit $2)",
    [job.number, slice],
  );
  if (ranges === slice) return ranges;
  return ranges + (await session.run("delete from replay where number = $1", [job.number]));
}

/** Nodes that have not been heard of for a day. */
export const pruneNodes = (session: Session): Promise<number> =>
  session.run("delete from node where renewed_at < now() - interval '1 day'");
