// Erasing a person: entries, events with what is owed of them and their attempts, and observations that name them. In slices of
// rows, since none of these tables is kept by person; what names them is decided in names-person.ts. PostgreSQL marks rows as
// removed and clears them away later: entries at the end of an erasure, what lies in partitions at the latest with these.

import { groundNumber } from "../../codes.ts";
import type { Ledger } from "../../ledger.ts";
import { entryNames, eventNames, type KnownOf, observationNames } from "../../names-person.ts";
import type { EraseCursor, Person } from "../../removal.ts";
import type { Context, InternedOrganization } from "../context.ts";
import { maintain } from "../maintenance.ts";
import type { Lines } from "./lines.ts";

export type EraseOperations = Pick<Ledger, "erasePerson" | "emptyWal">;

/** What a stage has done: rows up to `after` were looked at; null: the stage is over. */
interface Done {
  readonly after: number | null;
  /** What it found of the person's entries. */
  readonly known?: KnownOf;
}

type Stage = (person: Person, of: InternedOrganization, after: number, known: KnownOf) => Promise<Done>;

const slice = 2_000;
const lock = 0x65726173;
/** Tables whose rows are not gone with a partition soon. */
const vacuumed = "entry, entry_tenant, subject, model_piece, place, pin";

export function createErase(context: Context, lines: Lines): EraseOperations {
  const stages: readonly Stage[] = [
    createEraseEntries(context),
    createEraseEvents(context, lines),
    createEraseObservations(context),
  ];
  const attempts = createEraseAttempts(context);

  return {
    async erasePerson(person, cursor) {
      const organization = await context.organization(context.database.session, person.organization);
      const { stage, after, ...known } = cursor ?? { stage: 0, after: 0, numbers: [], guids: [] };
      const next = (done: Done): EraseCursor => {
        const at = done.after === null ? { stage: stage + 1, after: 0 } : { stage, after: done.after };
        return { ...at, ...(done.known ?? known) };
      };
      const work = stages[stage];
      if (work !== undefined) return next(await work(person, organization, after, known));
      const lane = await attempts.lane(organization, stage - stages.length);
      return lane === null ? null : next({ after: await attempts.erase(lane, after) });
    },
    async emptyWal() {
      // Nothing of Belfry's lies in a file; that of PostgreSQL is its administrator's.
      await maintain(context.database, lock, (session) => session.run(`vacuum ${vacuumed}`)).catch(() => {});
      return true;
    },
  };
}

function createEraseEntries({ database }: Context): Stage {
  const walk =
    "select e.number, e.guid, e.data, exists (select 1 from entry_tenant t where t.organization = $1 and t.tenant = $4" +
    ` and t.ground = ${groundNumber.self} and t.kind = e.kind and t.number = e.number) as "isTheirs"` +
    " from entry e where e.organization = $1 and e.number > $2 order by e.number limit $3";
  return async (person, { number: organization }, after, known) => {
    interface Row {
      readonly number: number;
      readonly guid: string | null;
      readonly data: string;
      readonly isTheirs: boolean;
    }
    const rows = await database.session.rows<Row>(walk, [organization, after, slice, person.id]);
    const gone = rows.filter(({ data, isTheirs }) => isTheirs || entryNames(data, person));
    const numbers = gone.map(({ number }) => number);
    const guids = gone.flatMap(({ guid }) => guid ?? []);
    const isLast = rows.length < slice;
    if (gone.length > 0 || isLast) {
      await database.write(async (transaction) => {
        await transaction.run("delete from entry where number = any($1)", [numbers]);
        await transaction.run("delete from entry_tenant where number = any($1)", [numbers]);
        await transaction.run("delete from subject where organization = $1 and key = any($2)", [
          organization,
          guids.map((guid) => `call:${guid}`),
        ]);
        // By these the entries of others were found for them: they go once all of their own are.
        if (isLast)
          await transaction.run("delete from entry_tenant where organization = $1 and tenant = $2", [
            organization,
            person.id,
          ]);
      });
    }
    const found = { numbers: [...known.numbers, ...numbers], guids: [...known.guids, ...guids] };
    return { after: isLast ? null : rows.at(-1)!.number, known: found };
  };
}

function createEraseEvents({ database, owners }: Context, lines: Lines): Stage {
  const walk =
    "select number, body, scopes from event where organization = $1 and number > $2" +
    " and kind in (select number from kind where dialect = 'butterflymx') order by number limit $3";
  return async (person, { number: organization }, after, known) => {
    const rows = await database.session.rows<{ number: number; body: string; scopes: string | null }>(walk, [
      organization,
      after,
      slice,
    ]);
    const gone = rows.filter(({ body, scopes }) => eventNames(body, scopes, person, known)).map(({ number }) => number);
    if (gone.length > 0) {
      await owners.runTogether([], async (transaction) => {
        await transaction.run("delete from event where number = any($1)", [gone]);
        const owed = await transaction.rows<{ number: number }>(
          "with gone as (delete from delivery where event = any($1) returning number)," +
            " marks as (delete from started s using gone where s.delivery = gone.number) select number from gone",
          [gone],
        );
        await lines.ended(
          transaction,
          owed.map(({ number }) => number),
        );
      });
    }
    return { after: rows.length < slice ? null : rows.at(-1)!.number };
  };
}

function createEraseObservations({ database }: Context): Stage {
  const walk =
    "select o.position, case when o.organization = $4 and k.number is not null then o.body end as body" +
    " from (select * from observation where shard = $1 and position > $2 order by position limit $3) o" +
    " left join kind k on k.number = o.kind and k.dialect = '' and k.name in ('access', 'call', 'call_status')" +
    " order by o.position";
  return async (person, { number: organization, shard }, after, known) => {
    const rows = await database.session.rows<{ position: number; body: string | null }>(walk, [
      shard,
      after,
      slice,
      organization,
    ]);
    const gone = rows
      .filter(({ position, body }) => body !== null && observationNames(position, body, person, known))
      .map(({ position }) => position);
    if (gone.length > 0) await database.session.run("delete from observation where position = any($1)", [gone]);
    return { after: rows.length < slice ? null : rows.at(-1)!.position };
  };
}

/** Attempts of events that are gone, lane by lane: a receiver may have said the name in its answer. */
function createEraseAttempts({ database: { session } }: Context) {
  const walk =
    "with walked as (select delivery, n, event from attempt where lane = $1 and delivery > $2 order by delivery limit $3)," +
    " gone as (delete from attempt a using walked w where a.delivery = w.delivery and a.n = w.n and a.event = w.event" +
    " and not exists (select 1 from event e where e.number = w.event))" +
    " select max(delivery) as last, count(*) as count from walked";
  return {
    /** null: the organization has no more. */
    async lane({ number }: InternedOrganization, index: number): Promise<number | null> {
      const found = await session.row<{ number: number }>(
        "select number from subscription where organization = $1 order by number limit 1 offset $2",
        [number, index],
      );
      return found?.number ?? null;
    },
    /** Behind this delivery. */
    async erase(lane: number, after: number): Promise<number | null> {
      const { last, count } = (await session.row<{ last: number | null; count: number }>(walk, [lane, after, slice]))!;
      // Of the last delivery there may be more.
      return count < slice ? null : last! - 1;
    },
  };
}
