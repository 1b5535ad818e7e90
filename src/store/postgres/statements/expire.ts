// Ends what is still owed of events that are past their retention, or gone already: its rows go, since nothing will be kept of it.
// An owner ends what is in its shards, and nobody else does.

import type { RetentionGroup } from "../../retention-plan.ts";
import type { Epoch } from "../../shards.ts";
import { type Context, shardsOf } from "../context.ts";
import type { Transaction } from "../database.ts";
import type { Lines } from "./lines.ts";

export interface Expired {
  readonly count: number;
  readonly lanes: readonly number[];
  /** false: nothing is left for now. */
  readonly more: boolean;
}

/** One slice. `fresh`: organizations have other times than before, so everything is looked at anew. */
export type Expire = (epoch: Epoch, groups: readonly RetentionGroup[], fresh: boolean) => Promise<Expired>;

interface Walked {
  readonly number: number;
  readonly event: number;
  readonly lane: number;
  readonly isOld: boolean;
  readonly isGone: boolean;
}

/** How far a group was walked: behind these. */
interface At {
  readonly event: number;
  readonly number: number;
}

const slice = 2_000;
const mostEpochs = 512;
const beginning: At = { event: 0, number: 0 };

const theirs = "((w.organization = any($5)) <> $6)";
const endOld =
  "judged as (select w.*, e.number is null or e.accepted_at < $3 as is_old from walked w left join event e on e.number = w.event)," +
  " gone as (delete from delivery d using judged w where d.number = w.number and w.is_old and w.shard = any($4)" +
  ` and ${theirs} and w.place < (select coalesce(min(place), $2 + 1) from judged where not is_old) returning d.number)` +
  ' select w.number, w.event, w.lane, w.is_old as "isOld", g.number is not null as "isGone"' +
  " from judged w left join gone g on g.number = w.number order by w.place";
const columns = "number, event, lane, organization, shard";

/** Deliveries made with their events lie in the order of these; the others have an index of their own. Both walks end at the first
 * whose event is young enough. */
const walks = {
  inOrder:
    `with walked as (select ${columns}, row_number() over (order by number) as place from (select * from delivery` +
    ` where again = 0 and number > $1 order by number limit $2) d), ${endOld}`,
  again:
    `with walked as (select ${columns}, row_number() over (order by event, number) as place from (select * from delivery` +
    ` where again = 1 and event >= $7 and (event > $7 or number > $1) order by event, number limit $2) d), ${endOld}`,
} as const;

export function createExpire(context: Context, lines: Lines): Expire {
  /** By epoch: what another owner left lies before where this one has come. */
  const epochs = new Map<number, Map<string, At>>();

  function reachedIn({ number }: Epoch): Map<string, At> {
    let reached = epochs.get(number);
    if (reached === undefined) {
      epochs.set(number, (reached = new Map()));
      // Epochs rise, and few last at a time.
      for (const each of epochs.keys()) if (epochs.size > mostEpochs) epochs.delete(each);
    }
    return reached;
  }

  /** Null: done for now. */
  async function walk(epoch: Epoch, group: RetentionGroup, kind: keyof typeof walks): Promise<Expired | null> {
    const key = `${kind} ${group.ms}`;
    const reached = reachedIn(epoch);
    const at = reached.get(key) ?? beginning;
    const rows = await context.owners.run(epoch, async (transaction) => {
      const { before, organizations, isRest } = group;
      const values = [at.number, slice, Math.ceil(before), shardsOf(epoch.shards), organizations, isRest];
      const found = await transaction.rows<Walked>(walks[kind], kind === "again" ? [...values, at.event] : values);
      await end(transaction, found);
      return found;
    });
    const young = rows.findIndex(({ isOld }) => !isOld);
    const last = young === -1 ? rows.at(-1) : rows[young - 1];
    if (last !== undefined) reached.set(key, last);
    const gone = rows.filter(({ isGone }) => isGone);
    if (gone.length === 0 && (young !== -1 || rows.length < slice)) return null;
    return { count: gone.length, lanes: gone.map(({ lane }) => lane), more: true };
  }

  async function end(transaction: Transaction, rows: readonly Walked[]): Promise<void> {
    const gone = rows.filter(({ isGone }) => isGone).map(({ number }) => number);
    if (gone.length === 0) return;
    await transaction.run("delete from started where delivery = any($1)", [gone]);
    await lines.ended(transaction, gone);
  }

  return async (epoch, groups, fresh) => {
    if (fresh) epochs.clear();
    for (const group of groups) {
      for (const kind of ["inOrder", "again"] as const) {
        const expired = await walk(epoch, group, kind);
        if (expired !== null) return expired;
      }
    }
    // An event behind them may be owed again.
    for (const { ms } of groups) reachedIn(epoch).delete(`again ${ms}`);
    return { count: 0, lanes: [], more: false };
  };
}
