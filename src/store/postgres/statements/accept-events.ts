// Events of all calls of a transaction: which are new, what is owed of them under which numbers, and the statement that writes them
// with their deliveries, numbers in lanes and idempotency keys.

import type { EventReceipt, NewDelivery, NewEvent } from "../../acceptance.ts";
import { classNumber } from "../../codes.ts";
import { integers, texts } from "../arrays.ts";
import { withoutNul } from "../../storable-text.ts";
import type { Session } from "../database.ts";
import type { Numbers, OrderedWrite } from "../ordered-writes.ts";
import { insertKeys, type KeysOfWrite, readKeys } from "./idempotency-keys.ts";
import { createLastValues, type LastValues } from "./last-values.ts";
import { insertRuns, type NumbersOfWrite, type Sequences } from "./sequences.ts";

export interface GivenEvent {
  /** Place of its call among those that wait together. */
  readonly call: number;
  readonly organization: number;
  readonly shard: number;
  readonly kind: number;
  readonly event: NewEvent;
}

export interface AcceptedRows {
  /** One for each event, in order; without what earlier ones they repeat. */
  readonly receipts: readonly EventReceipt[];
  /** How many numbers of deliveries were used. */
  readonly delivered: number;
  /** First and last number of those that only the memory of their owner has; null: there are none. */
  readonly inMemory: { readonly from: number; readonly to: number } | null;
}

interface EventRow extends GivenEvent {
  readonly number: number;
}
interface DeliveryRow {
  readonly number: number;
  readonly event: number;
  readonly of: GivenEvent;
  readonly owed: NewDelivery;
  readonly sequence: number;
}

export const findDerived =
  "select w.organization, w.key from unnest($1::bigint[], $2::text[]) w (organization, key)" +
  " cross join lateral (select 1 from event e where e.organization = w.organization::integer and e.key = w.key limit 1) e";

export const insertAccepted =
  "with events as (insert into event (number, organization, kind, id, subject, at, accepted_at, revision, previous, scopes, key," +
  " body, trace) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bigint[]," +
  " $7::bigint[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[]))," +
  " owed as (insert into delivery (number, organization, shard, event, lane, variant, attempts, created_at, due, location, again," +
  ` class, sequence) select number, organization, shard, event, lane, variant, 0, at, at, location, 0, ${classNumber.live}, sequence` +
  " from unnest($14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[]," +
  " $21::bigint[], $22::bigint[]) d (number, organization, shard, event, lane, variant, at, location, sequence))," +
  ` keys as (${insertKeys(23)}) ${insertRuns(28)}`;

export function createAcceptEvents(sequences: Sequences) {
  const readLastValues = createLastValues();

  return async (write: OrderedWrite, first: Numbers, given: readonly GivenEvent[]): Promise<AcceptedRows> => {
    const keys = await readKeys(write, keysOf(given));
    const derived = await readDerived(write, given);
    const values = await readLastValues(write, given);
    const lanes = given.flatMap(({ event }) => event.deliveries.map(({ lane }) => lane));
    const numbers = await sequences.begin(write, lanes);
    const { receipts, events, deliveries } = workOut(first, given, { keys, derived, values, numbers });
    // Whoever has promised a place in memory may be no owner any more: another one reads the row.
    const isInMemory = ({ owed, of }: DeliveryRow): boolean => !owed.spilled && write.owns(of.shard);
    if (events.length > 0) await write.run(insertAccepted, columnsOf(events, deliveries, isInMemory, keys, numbers));
    await values.write(write);
    const inMemory = deliveries.filter(isInMemory);
    const range = inMemory.length === 0 ? null : { from: inMemory[0]!.number, to: inMemory.at(-1)!.number };
    return { receipts, delivered: deliveries.length, inMemory: range };
  };
}

const keysOf = (given: readonly GivenEvent[]) =>
  given.flatMap(({ organization, kind, event: { idempotencyKey: key, acceptedAt: at } }) =>
    key === null ? [] : [{ organization, kind, key, at }],
  );

const derivedName = (organization: number, key: string): string => `${organization} ${withoutNul(key)}`;

async function readDerived(session: Session, given: readonly GivenEvent[]): Promise<Set<string>> {
  const keyed = given.filter(({ event }) => event.key !== null);
  if (keyed.length === 0) return new Set();
  const found = await session.rows<{ organization: number; key: string }>(findDerived, [
    integers(keyed.map(({ organization }) => organization)),
    texts(keyed.map(({ event }) => event.key)),
  ]);
  return new Set(found.map(({ organization, key }) => derivedName(organization, key)));
}

interface Known {
  readonly keys: KeysOfWrite;
  /** Keys of derived events. */
  readonly derived: Set<string>;
  readonly values: LastValues;
  readonly numbers: NumbersOfWrite;
}

/** One event after the other, as if each were written before the next. */
function workOut(first: Numbers, given: readonly GivenEvent[], known: Known) {
  const events: EventRow[] = [];
  const deliveries: DeliveryRow[] = [];

  /** null: it is new. */
  function seen({ organization, kind, event }: GivenEvent): "duplicate" | "reused" | null {
    const { key, idempotencyKey, acceptedAt: at } = event;
    const name = key === null ? null : derivedName(organization, key);
    if (name !== null && known.derived.has(name)) return "duplicate";
    if (idempotencyKey !== null) {
      const status = known.keys.see({ organization, kind, key: idempotencyKey, at });
      if (status !== "new") return status;
    }
    if (name !== null) known.derived.add(name);
    return null;
  }

  const receipts = given.map((each): EventReceipt => {
    const before = seen(each);
    if (before !== null) return { status: before };
    const number = first.event + events.length;
    events.push({ ...each, number });
    const isOwed = !each.event.deliveries.some(({ onChange }) => onChange) || known.values.changes(each);
    const given: [number: number, sequence: number][] = each.event.deliveries.map((owed) => {
      if (!isOwed && owed.onChange) return [0, 0];
      const delivery = first.delivery + deliveries.length;
      const { organization } = each;
      const sequence = known.numbers.next(owed.lane, { organization, delivery, event: number });
      deliveries.push({ number: delivery, event: number, of: each, owed, sequence });
      return [delivery, sequence];
    });
    return {
      status: "accepted",
      number,
      deliveries: given.map(([delivery]) => delivery),
      sequences: given.map(([, sequence]) => sequence),
      repeats: [],
    };
  });
  return { receipts, events, deliveries };
}

function columnsOf(
  events: readonly EventRow[],
  deliveries: readonly DeliveryRow[],
  isInMemory: (row: DeliveryRow) => boolean,
  keys: KeysOfWrite,
  numbers: NumbersOfWrite,
): readonly Buffer[] {
  const whole = (of: (row: EventRow) => number) => integers(events.map(of));
  const text = (of: (event: NewEvent) => string | null) => texts(events.map(({ event }) => of(event)));
  const owed = (of: (row: DeliveryRow) => number) => integers(deliveries.map(of));
  return [
    whole(({ number }) => number),
    whole(({ organization }) => organization),
    whole(({ kind }) => kind),
    text(({ id }) => id),
    text(({ subject }) => subject),
    whole(({ event }) => Math.floor(event.at)),
    whole(({ event }) => Math.floor(event.acceptedAt)),
    whole(({ event }) => event.revision),
    text(({ previous }) => previous),
    text(({ scopes }) => scopes),
    text(({ key }) => key),
    text(({ body }) => body),
    text(({ trace }) => trace ?? null),
    owed(({ number }) => number),
    owed(({ of }) => of.organization),
    owed(({ of }) => of.shard),
    owed(({ event }) => event),
    owed(({ owed }) => owed.lane),
    owed(({ owed }) => owed.variant),
    owed(({ of }) => Math.floor(of.event.acceptedAt)),
    owed((row) => (isInMemory(row) ? 0 : 1)),
    owed(({ sequence }) => sequence),
    ...keys.columns(),
    ...numbers.columns(),
  ];
}
