// Earlier events that are owed once more with new ones: as new live deliveries, spilled and due at once, under the numbers that
// they first had in their lanes.

import type { EventReceipt } from "../../acceptance.ts";
import { classNumber } from "../../codes.ts";
import { kept } from "../../kept-sequences.ts";
import { integers, texts } from "../arrays.ts";
import type { Session } from "../database.ts";
import type { GivenEvent } from "./accept-events.ts";
import { readSequences } from "./sequences.ts";

interface Wanted {
  /** Place of the event with which it comes, among those given. */
  readonly place: number;
  readonly of: GivenEvent;
  readonly lane: number;
  readonly variant: number;
  readonly key: string;
}
interface Found extends Wanted {
  /** Number of the earlier event. */
  readonly event: number;
}

/** Keys of one statement go on behind its colon, which `;` follows. */
export const findNewest =
  "select w.place, e.number from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[]) with ordinality" +
  " w (organization, kind, subject, scopes, key, place) cross join lateral (select number from event e" +
  " where e.organization = w.organization::integer and e.key > w.key and e.key < left(w.key, -1) || ';'" +
  " and e.kind = w.kind::integer and e.subject = w.subject and e.scopes is not distinct from w.scopes" +
  " order by e.revision desc limit 1) e";

const insertRepeats =
  "insert into delivery (number, organization, shard, event, lane, variant, attempts, created_at, due, location, again, class," +
  ` sequence) select number, organization, shard, event, lane, variant, 0, at, at, 1, 1, ${classNumber.live}, sequence` +
  " from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]," +
  " $8::bigint[]) d (number, organization, shard, event, lane, variant, at, sequence)";

/** All events are written, so that a minute is repeated as it was corrected in the same call. `first`: number of the first new
 * delivery. Returns the receipts with what each repeats. */
export async function repeatEarlier(
  session: Session,
  first: number,
  given: readonly GivenEvent[],
  receipts: readonly EventReceipt[],
): Promise<readonly EventReceipt[]> {
  const wanted = given.flatMap((of, place) =>
    receipts[place]!.status === "accepted" ? of.event.repeats.map((each) => ({ place, of, ...each })) : [],
  );
  if (wanted.length === 0) return receipts;
  const events = await readNewest(session, wanted);
  const found = wanted.flatMap((each, index): Found[] => {
    const event = events.get(index + 1);
    return event === undefined ? [] : [{ ...each, event }];
  });
  if (found.length > 0) await insert(session, first, found, await readSequences(session, found));
  let next = first;
  const numbers = wanted.map((_, index) => (events.has(index + 1) ? next++ : 0));
  const byPlace = Map.groupBy(wanted.keys(), (index) => wanted[index]!.place);
  return receipts.map((receipt, place) => {
    const repeats = byPlace.get(place)?.map((index) => numbers[index]!);
    return repeats === undefined || receipt.status !== "accepted" ? receipt : { ...receipt, repeats };
  });
}

/** Numbers of earlier events, by the place of what is wanted, from 1 on. */
async function readNewest(session: Session, wanted: readonly Wanted[]): Promise<ReadonlyMap<number, number>> {
  const rows = await session.rows<{ place: number; number: number }>(findNewest, [
    integers(wanted.map(({ of }) => of.organization)),
    integers(wanted.map(({ of }) => of.kind)),
    texts(wanted.map(({ of }) => of.event.subject)),
    texts(wanted.map(({ of }) => of.event.scopes)),
    texts(wanted.map(({ key }) => key)),
  ]);
  return new Map(rows.map(({ place, number }) => [place, number]));
}

async function insert(
  session: Session,
  first: number,
  found: readonly Found[],
  sequences: readonly (number | null)[],
): Promise<void> {
  await session.run(insertRepeats, [
    integers(found.map((_, index) => first + index)),
    integers(found.map(({ of }) => of.organization)),
    integers(found.map(({ of }) => of.shard)),
    integers(found.map(({ event }) => event)),
    integers(found.map(({ lane }) => lane)),
    integers(found.map(({ variant }) => variant)),
    integers(found.map(({ of }) => Math.floor(of.event.acceptedAt))),
    integers(sequences.map(kept)),
  ]);
}
