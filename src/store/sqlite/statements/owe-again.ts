// Statements that owe an event once more, as a new delivery that is spilled: resends, replays, and repeats of earlier minutes.

import type { NewEvent } from "../../acceptance.ts";
import type { ReplayedDelivery } from "../../owed.ts";
import { classNumber, closingRow, stateNumber } from "../../codes.ts";
import { kept } from "../../kept-sequences.ts";
import { goesNoMore } from "../../stored-withdrawals.ts";
import type { EngineContext } from "./engine-context.ts";
import type { Sequences } from "./sequences.ts";
import type { Withdrawals } from "./withdrawals.ts";

export interface OweAgainOperations {
  resend(delivery: number, now: number): { readonly number: number; readonly lane: number } | null;
  replay(deliveries: readonly ReplayedDelivery[], now: number): readonly number[];
}

export function createOweAgain(
  context: EngineContext,
  { forbids }: Pick<Withdrawals, "forbids">,
  sequences: Pick<Sequences, "lookUp">,
): OweAgainOperations {
  const resendable = context.prepare(
    "select d.organization, d.event, d.lane, d.variant, d.sequence from (" +
      "select organization, event, lane, variant, sequence from delivery where number = :number union all" +
      " select * from (select organization, event, lane, variant, sequence from attempt where delivery = :number limit 1)) d" +
      " join event e on e.number = d.event" +
      " where not exists (select 1 from subscription s where s.number = d.lane and s.removed_at is not null) limit 1",
  );
  const insert = context.prepare(`insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, 1, 1, ${classNumber.retry}, ?)`);
  const insertReplay = context.prepare(
    "insert into delivery select :number, e.organization, e.number, :lane, :variant, 0, :at, :at, 1, 1," +
      ` ${classNumber.replay}, :sequence from event e where e.number = :event and not exists (select 1 from subscription s` +
      " where s.number = :lane and (s.removed_at is not null or s.organization <> e.organization))",
  );
  const closeQuarantined = context.prepare(
    `update attempt set state = ${stateNumber.cancelled} where delivery = ? and n = ${closingRow}`,
  );
  const endQuarantined = context.prepare("delete from delivery where number = ? and location = 2");

  return {
    resend(delivery, now) {
      const found = resendable.get({ number: delivery });
      if (found === undefined) return null;
      const number = context.last.delivery + 1;
      const { organization, event, lane, variant } = found as Record<string, number>;
      const sequence = kept(found["sequence"] as number | null);
      const reason = forbids(lane!, event!);
      if (reason !== null) throw goesNoMore(reason);
      insert.run(number, organization!, event!, lane!, variant!, Math.floor(now), Math.floor(now), sequence);
      context.last.delivery = number;
      if (endQuarantined.run(delivery).changes === 1) closeQuarantined.run(delivery);
      return { number, lane: lane! };
    },
    replay(deliveries, now) {
      const at = Math.floor(now);
      const sequenceOf = sequences.lookUp();
      return deliveries.map(({ event, lane, variant }) => {
        if (forbids(lane, event) !== null) return 0;
        const number = context.last.delivery + 1;
        const sequence = kept(sequenceOf(lane, event));
        if (insertReplay.run({ number, event, lane, variant, at, sequence }).changes === 0) return 0;
        context.last.delivery = number;
        return number;
      });
    },
  };
}

/** Owes earlier events again that come with this one. Returns the numbers, in the order given; 0: there is no such event. */
export type Repeat = (organization: number, event: NewEvent, sequenceOf: ReturnType<Sequences["lookUp"]>) => number[];

export function createRepeat(context: EngineContext): Repeat {
  // Keys of one statement go on behind its colon, which `;` follows.
  const newest = context.prepare(
    "select number from event where organization = ? and key > ? and key < ? and kind = ? and subject = ? and scopes is ?" +
      " order by revision desc limit 1",
  );
  const insert = context.prepare(`insert into delivery values (?, ?, ?, ?, ?, 0, ?, ?, 1, 1, ${classNumber.live}, ?)`);
  return (organization, { dialect, type, subject, scopes, acceptedAt, repeats }, sequenceOf) => {
    const kind = context.kind(dialect, type);
    const at = Math.floor(acceptedAt);
    return repeats.map(({ lane, variant, key }) => {
      const found = newest.get(organization, key, `${key.slice(0, -1)};`, kind, subject, scopes);
      if (found === undefined) return 0;
      const number = context.last.delivery + 1;
      const earlier = Number(found["number"]);
      insert.run(number, organization, earlier, lane, variant, at, at, kept(sequenceOf(lane, earlier)));
      context.last.delivery = number;
      return number;
    });
  };
}
