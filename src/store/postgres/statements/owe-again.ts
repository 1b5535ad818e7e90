// Statements that owe an event once more, as a new delivery that is spilled: resends and replays. They give out numbers, so they
// are ordered writes.

import { classNumber, closingRow, stateNumber } from "../../codes.ts";
import { kept } from "../../kept-sequences.ts";
import type { Ledger } from "../../ledger.ts";
import type { ReplayedDelivery } from "../../owed.ts";
import { goesNoMore } from "../../stored-withdrawals.ts";
import type { Context } from "../context.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { readSequences } from "./sequences.ts";
import { forbidden } from "./withdrawals.ts";

export type OweAgainOperations = Pick<Ledger, "resend" | "replay">;

/** A delivery that can be owed once more: as it was. */
interface Resendable {
  readonly event: number;
  readonly lane: number;
  readonly variant: number;
  readonly sequence: number | null;
}

export function createOweAgain({ ordered }: Pick<Context, "ordered">): OweAgainOperations {
  return {
    resend: (delivery, now) => ordered.run((write) => resend(write, delivery, now)),
    replay: (deliveries, now) =>
      ordered.run(async (write) => {
        const owed = await owable(write, deliveries);
        return await oweReplays(write, owed, deliveries.length, now);
      }),
  };
}

async function resend(write: OrderedWrite, delivery: number, now: number): ReturnType<Ledger["resend"]> {
  const found = await write.row<Resendable>(
    "select d.event, d.lane, d.variant, -abs(d.sequence) as sequence from (" +
      "select event, lane, variant, sequence from delivery where number = $1 union all" +
      " (select event, lane, variant, sequence from attempt where delivery = $1 limit 1)) d" +
      " where exists (select 1 from event e where e.number = d.event)" +
      " and not exists (select 1 from subscription s where s.number = d.lane and s.removed_at is not null) limit 1",
    [delivery],
  );
  if (found === undefined) return null;
  const [reason] = await forbidden(write, [found]);
  if (reason != null) throw goesNoMore(reason);
  const number = await write.numbers("delivery", 1);
  await insert(write, [{ ...found, number }], classNumber.retry, now);
  const freed = await write.run("delete from delivery where number = $1 and location = 2", [delivery]);
  if (freed === 1) {
    await write.run(
      `update attempt set state = ${stateNumber.cancelled} where delivery = $1 and n = ${closingRow} and event = $2`,
      [delivery, found.event],
    );
  }
  return { number, lane: found.lane };
}

/** One that may be owed again. `place`: where it stood among those that were asked for. */
export interface Owable extends Resendable {
  readonly place: number;
}

/** Those of these that may be owed again, in the order given. Writes nothing. */
export async function owable(write: OrderedWrite, deliveries: readonly ReplayedDelivery[]): Promise<readonly Owable[]> {
  const there = await write.rows<Omit<Owable, "sequence">>(
    "select g.place - 1 as place, g.event, g.lane, g.variant" +
      " from unnest($1::bigint[], $2::bigint[], $3::integer[]) with ordinality g (event, lane, variant, place)" +
      " cross join lateral (select organization from event where number = g.event offset 0) e" +
      " where not exists (select 1 from subscription s where s.number = g.lane" +
      " and (s.removed_at is not null or s.organization <> e.organization)) order by g.place",
    [
      deliveries.map(({ event }) => event),
      deliveries.map(({ lane }) => lane),
      deliveries.map(({ variant }) => variant),
    ],
  );
  if (there.length === 0) return [];
  const reasons = await forbidden(write, there);
  const allowed = there.filter((_, index) => reasons[index] === null);
  const sequences = await readSequences(write, allowed);
  return allowed.map((each, index) => ({ ...each, sequence: kept(sequences[index]!) }));
}

/** Returns the number of each of the `count` that were asked for; 0: it may not be owed again. */
export async function oweReplays(
  write: OrderedWrite,
  owed: readonly Owable[],
  count: number,
  now: number,
): Promise<readonly number[]> {
  const numbers = Array.from({ length: count }, () => 0);
  if (owed.length === 0) return numbers;
  const first = await write.numbers("delivery", owed.length);
  const rows = owed.map((each, index) => ({ ...each, number: first + index }));
  await insert(write, rows, classNumber.replay, now);
  for (const { place, number } of rows) numbers[place] = number;
  return numbers;
}

async function insert(
  write: OrderedWrite,
  rows: readonly (Resendable & { readonly number: number })[],
  ofClass: number,
  now: number,
): Promise<void> {
  await write.run(
    "insert into delivery (number, organization, shard, event, lane, variant, attempts, created_at, due, location, again, class," +
      " sequence) select g.number, e.organization, o.shard, g.event, g.lane, g.variant, 0, $6, $6, 1, 1, $7, g.sequence" +
      " from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[])" +
      " g (number, event, lane, variant, sequence)" +
      " cross join lateral (select organization from event where number = g.event offset 0) e" +
      " join organization o on o.number = e.organization",
    [
      rows.map(({ number }) => number),
      rows.map(({ event }) => event),
      rows.map(({ lane }) => lane),
      rows.map(({ variant }) => variant),
      rows.map(({ sequence }) => sequence),
      Math.floor(now),
      ofClass,
    ],
  );
}
