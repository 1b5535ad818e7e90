// The observation log, and what sensing remembers of it. Owners read the part of their shards: what an owner before has folded, to
// have it in memory again, or what nobody has.

import type { NewObservation, Receipt, SubjectState } from "../../acceptance.ts";
import type { Ledger } from "../../ledger.ts";
import { type LoggedRow, observationOf } from "../../logged-row.ts";
import { integers, texts } from "../arrays.ts";
import type { Session } from "../database.ts";
import { type Context, type InternedOrganization, notFound, shardsOf } from "../context.ts";
import type { Ended } from "../group.ts";
import { type Numbers, type OrderedWrite, weightOf } from "../ordered-writes.ts";
import { counted, countOf, mostCounted } from "./count-reads.ts";
import { createReadLogPart, logColumns, withOrganization } from "./log-part.ts";
import { dayOf, insertKeys, readKeys } from "./idempotency-keys.ts";

export type ObservationLogOperations = Pick<
  Ledger,
  "appendObservations" | "readObservations" | "countObservations" | "isLogWhole" | "readFloor" | "readSensingState"
>;

type Observations = readonly NewObservation[];
type Receipts = readonly Receipt[];

export const insertObservations =
  "with logged as (insert into observation (position, organization, shard, kind, floor, at, accepted_at, body, trace, guid)" +
  " select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[]," +
  ` $8::text[], $9::text[], $10::text[])) ${insertKeys(11)}`;

export const readLog = `select ${logColumns} from observation o ${withOrganization} where o.position > $1 order by o.position limit $2`;
export const readFloor =
  `select ${logColumns} from observation o ${withOrganization} where o.organization = $1 and o.floor = $2 and o.at >= $3` +
  " and o.at < $4 and (o.at, o.position) > ($5, $6) order by o.at, o.position limit $7";

const readShortened = "select 1 from meta where name = 'log_shortened'";
/** Where the oldest observation was accepted before $1, it may be removed now. */
const noteShortened =
  "insert into meta (name, value) select 'log_shortened', '' where (select accepted_at from observation order by position limit 1) < $1" +
  " on conflict do nothing";

/** Numbers do not tell whether something was there before the first of them, so it is noted before anything is removed. `before`:
 * what is removed of any organization was accepted earlier, epoch ms. */
export async function noteShortenedLog(session: Session, before: number): Promise<void> {
  if ((await session.row(readShortened)) === undefined) await session.run(noteShortened, [before]);
}

const all = "observation where position > $1::bigint";
/** Positions behind $1. */
const behind = counted(all, all);
/** Those of the shards $2. The comparison of rows and the order are those of the index by shard and position: by that of positions alone,
 * each shard would be looked for in all that is behind. */
const behindOf = counted(
  "unnest($2::smallint[]) w (number) cross join lateral (select 1 from observation o where o.shard <= w.number" +
    " and (o.shard, o.position) > (w.number, $1) and o.position > $1" +
    ` order by o.shard, o.position limit ${mostCounted}) o`,
  `${all} and shard = any($2::smallint[])`,
);

const readFold =
  "select min(folded) as position, min(reread_from) as reread from shard_fold where shard = any($1::smallint[])";
const readSubjects =
  "select g.id as organization, s.key, s.value from subject s join organization g on g.number = s.organization" +
  " where g.shard = any($1::smallint[]) order by s.organization, s.key";

export function createObservationLog(context: Context): ObservationLogOperations {
  const { session } = context.database;
  const readPart = createReadLogPart(context);

  const append = context.ordered.kind<Observations, Receipts>({
    weigh: weightOf,
    async prepare(calls) {
      const all = calls.flat();
      const kinds = new Map<string, number>();
      for (const kind of new Set(all.map((each) => each.kind))) kinds.set(kind, await context.kinds.number("", kind));
      const keyed = all.filter(({ idempotencyKey }) => idempotencyKey !== null);
      await context.partitions.prepareDays("idempotency_key", new Set(keyed.map((each) => dayOf(each.acceptedAt))));
      return {
        needs: { observation: all.length },
        run: (write, first) => appendAll(context, write, first, calls, kinds),
      };
    },
  });

  return {
    appendObservations: append,
    async readObservations(position, limit, part) {
      const rows =
        part === undefined
          ? await session.rows<LoggedRow>(readLog, [position, limit])
          : await readPart(position, limit, part);
      return rows.map(observationOf);
    },
    countObservations: (position, shards = "all") =>
      shards === "all" ? countOf(session, behind, [position]) : countOf(session, behindOf, [position, shards]),
    isLogWhole: async () => (await session.row(readShortened)) === undefined,
    async readFloor(organization, floor, from, until, limit, after = { at: -1, position: 0 }) {
      const { number } = await context.organization(session, organization);
      const [first, at] = [Math.ceil(Math.max(from, after.at)), Math.floor(after.at)];
      const values = [number, floor, first, Math.ceil(until), at, after.position, limit];
      return (await session.rows<LoggedRow>(readFloor, values)).map(observationOf);
    },
    readSensingState: (shards = "all") =>
      context.database.read(async (read) => {
        const of = [shardsOf(shards)];
        const found = (await read.row<{ position: number; reread: number }>(readFold, of))!;
        const subjects = await read.rows<SubjectState>(readSubjects, of);
        return { position: found.position, rereadFrom: found.reread, subjects };
      }),
  };
}

interface LoggedOne {
  readonly position: number;
  readonly home: InternedOrganization;
  readonly kind: number;
  readonly observation: NewObservation;
}

/** Calls that name an organization that does not exist are refused whole. */
async function appendAll(
  context: Context,
  write: OrderedWrite,
  { observation: first }: Numbers,
  calls: readonly Observations[],
  kinds: ReadonlyMap<string, number>,
): Promise<readonly Ended<Receipts>[]> {
  const organizations = await context.organizations(write, new Set(calls.flat().map((each) => each.organization)));
  const unknownOf = (call: Observations) => call.find(({ organization }) => !organizations.has(organization));
  const passed = calls.filter((call) => unknownOf(call) === undefined);
  const given = (observation: NewObservation) => ({
    home: organizations.get(observation.organization)!,
    kind: kinds.get(observation.kind)!,
    observation,
  });
  const keyOf = ({ home, kind, observation }: ReturnType<typeof given>) =>
    observation.idempotencyKey === null
      ? []
      : [{ organization: home.number, kind, key: observation.idempotencyKey, at: observation.acceptedAt }];
  const keys = await readKeys(write, passed.flat().map(given).flatMap(keyOf));
  const rows: LoggedOne[] = [];
  const ended = calls.map((call): Ended<Receipts> => {
    const unknown = unknownOf(call);
    if (unknown !== undefined) return { error: notFound(unknown.organization) };
    const receipts = call.map((observation): Receipt => {
      const each = given(observation);
      for (const key of keyOf(each)) {
        const seen = keys.see(key);
        if (seen !== "new") return { status: seen };
      }
      const position = first + rows.length;
      rows.push({ ...each, position });
      return { status: "accepted", number: position };
    });
    return { value: receipts };
  });
  if (rows.length > 0) await write.run(insertObservations, [...columnsOf(rows), ...keys.columns()]);
  return ended;
}

function columnsOf(rows: readonly LoggedOne[]): readonly Buffer[] {
  const whole = (of: (row: LoggedOne) => number) => integers(rows.map(of));
  const text = (of: (observation: NewObservation) => string | null) =>
    texts(rows.map(({ observation }) => of(observation)));
  return [
    whole(({ position }) => position),
    whole(({ home }) => home.number),
    whole(({ home }) => home.shard),
    whole(({ kind }) => kind),
    text(({ floor }) => floor),
    whole(({ observation }) => Math.floor(observation.at)),
    whole(({ observation }) => Math.floor(observation.acceptedAt)),
    text(({ body }) => body),
    text(({ trace }) => trace ?? null),
    text(guidOf),
  ];
}

/** Of a call: a later status finds it by that. */
function guidOf({ kind, body }: NewObservation): string | null {
  if (kind !== "call") return null;
  const { data } = JSON.parse(body) as { readonly data?: { readonly guid?: unknown } };
  return typeof data?.guid === "string" ? data.guid : null;
}
