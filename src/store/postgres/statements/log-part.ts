// Reads the part of the observation log that an owner of some shards folds: in the order of the log, a stretch at a time, passing by
// what belongs to others. Where it found nothing more it does not look again: the log only grows at its end.

import type { LogPart } from "../../acceptance.ts";
import type { LoggedRow } from "../../logged-row.ts";
import { shardCount } from "../../shards.ts";
import { type Context, shardsOf } from "../context.ts";

/** Of an observation `o` and its organization `g`. */
export const logColumns = `o.position, g.id as organization, o.accepted_at as "acceptedAt", o.body, o.trace`;
/** A limit keeps it one look for each row. */
export const withOrganization =
  "cross join lateral (select id from organization where number = o.organization limit 1) g";

const stretch = (upTo: string, isTheirs: string): string =>
  "with read as materialized (select * from observation where position > $1 and position <= " +
  `${upTo} order by position limit $4) select t.count, t.last, o.*` +
  " from (select count(*) as count, max(position) as last from read) t left join lateral" +
  ` (select ${logColumns} from read o ${withOrganization} where o.shard = any($2::smallint[]) and ${isTheirs}` +
  " order by o.position limit $3) o on true order by o.position";
/** After $1, of shards $2, $3 at most, of a stretch of $4 observations. */
export const readNew = stretch(
  "9223372036854775807",
  "o.position > (select folded_before from shard where number = o.shard)",
);
export const readFolded = stretch(
  "(select max(folded) from shard_fold where shard = any($2::smallint[]))",
  "o.position <= (select folded from shard_fold where shard = o.shard)",
);
/** The comparison of rows and the order are those of the index by shard and position. */
export const findFirst =
  "select min(o.position) as first, (select max(position) from observation) as last from unnest($2::smallint[]) w (number)" +
  " cross join lateral (select greatest($1, folded_before) as after from shard where number = w.number limit 1) s" +
  " cross join lateral (select position from observation o where o.shard <= w.number" +
  " and (o.shard, o.position) > (w.number, s.after) and o.position > s.after order by o.shard, o.position limit 1) o";

type FoundRow = { readonly [Name in keyof LoggedRow]: LoggedRow[Name] | null } & {
  readonly count: number;
  readonly last: number | null;
};

/** Observations that one statement passes by at most. */
const longestStretch = 20_000;

/** Behind `after` there is nothing of these shards up to `reached`. */
interface Looked {
  readonly after: number;
  readonly reached: number;
}

export type ReadLogPart = (position: number, limit: number, part: LogPart) => Promise<readonly LoggedRow[]>;

export function createReadLogPart({ database: { session } }: Context): ReadLogPart {
  const looked = new Map<string, Looked>();

  /** From where to look; null: there is nothing. */
  async function begin(position: number, name: string, shards: readonly number[]): Promise<number | null> {
    const before = looked.get(name);
    if (before !== undefined && position >= before.after) return Math.max(position, before.reached);
    const found = await session.row<{ first: number | null; last: number | null }>(findFirst, [position, shards]);
    if (found!.first !== null) return found!.first - 1;
    looked.set(name, { after: position, reached: Math.max(position, found!.last ?? 0) });
    return null;
  }

  return async (position, limit, { shards: asked, isFolded }) => {
    const shards = shardsOf(asked);
    const name = String(asked);
    const length = Math.min(Math.ceil((limit * shardCount) / shards.length), Math.max(longestStretch, limit));
    let from = isFolded ? position : await begin(position, name, shards);
    while (from !== null) {
      const rows: readonly FoundRow[] = await session.rows<FoundRow>(isFolded ? readFolded : readNew, [
        from,
        shards,
        limit,
        length,
      ]);
      const { count, last } = rows[0]!;
      const found = rows.filter((row): row is FoundRow & LoggedRow => row.position !== null);
      const isAtEnd = count < length;
      if (isAtEnd && found.length < limit && !isFolded) {
        looked.set(name, { after: found.at(-1)?.position ?? position, reached: last ?? from });
      }
      if (found.length > 0 || isAtEnd) return found;
      from = last;
    }
    return [];
  };
}
