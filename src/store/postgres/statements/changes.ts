// Statements of the change feed. Changes are noted in ordered writes only, which makes their numbers rise in the order of commits.

import type { ChangeFeed, ChangeKind, StoredChange } from "../../changes.ts";
import type { Context } from "../context.ts";
import type { Session } from "../database.ts";
import type { OrderedWrite } from "../ordered-writes.ts";

/** Tells other processes, once the write is committed. */
export async function noteChanges(write: OrderedWrite, kind: ChangeKind, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await write.run("insert into change (kind, id) select $1, id from unnest($2::text[]) given (id)", [kind, ids]);
}

export function createChangeFeed({ database: { session } }: Context): ChangeFeed {
  return {
    async lastChange() {
      const found = await session.row<{ number: number | null }>("select max(number) as number from change");
      return found!.number ?? 0;
    },
    async changesAfter(number, limit) {
      const rows = await session.rows<StoredChange & { readonly first: number }>(
        "select number, kind, id, (select min(number) from change) as first from change" +
          " where number > $1 order by number limit $2",
        [number, limit],
      );
      const [first] = rows;
      return {
        changes: rows.map(({ number, kind, id }) => ({ number, kind, id })),
        isComplete: first === undefined || first.first <= number + 1,
      };
    },
  };
}

/** Nobody is so far behind: a process that was stopped for longer reads everything anew. */
const keptFor = "1 hour";

/** Removes old changes, `limit` at most; the newest stays. Returns how many. */
export const pruneChanges = (session: Session, limit: number): Promise<number> =>
  session.run(
    "delete from change where number = any(array(select number from (select number, at from change order by number limit $2)" +
      " oldest where at < now() - $1::interval and number < (select max(number) from change)))",
    [keptFor, limit],
  );
