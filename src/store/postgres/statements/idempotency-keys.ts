// The ids that senders gave, by which a repeat is recognized: looked up for all calls of a transaction at once, and written with
// what came with them. The lock of ordered writes keeps anybody else from writing the same one meanwhile.

import type { IdempotencyKey } from "../../acceptance.ts";
import { integers, texts } from "../arrays.ts";
import { withoutNul } from "../../storable-text.ts";
import type { Session } from "../database.ts";

/** `new`: not seen before. `reused`: seen with other content. */
export type Seen = "new" | "duplicate" | "reused";

export interface GivenKey {
  readonly organization: number;
  readonly kind: number;
  readonly key: IdempotencyKey;
  /** When it was accepted, epoch ms. */
  readonly at: number;
}

export interface KeysOfWrite {
  /** Of a key that was among those looked up; the first time it is `new`, and belongs to what is written. */
  see(given: GivenKey): Seen;
  /** Arrays of what is new: day, organization, kind, id, hash. */
  columns(): readonly Buffer[];
}

const dayMs = 86_400_000;
export const dayOf = (at: number): number => Math.floor(at / dayMs);

/** A limit keeps it a look into the index for each, whatever the planner thinks of the partitions. */
export const findKeys =
  "select w.organization, w.kind, w.id, k.hash from unnest($1::bigint[], $2::bigint[], $3::text[]) w (organization, kind, id)" +
  " cross join lateral (select hash from idempotency_key k where k.organization = w.organization::integer" +
  " and k.kind = w.kind::integer and k.id = w.id limit 1) k";

/** With five arrays from $`first` on. */
export const insertKeys = (first: number): string =>
  "insert into idempotency_key (day, organization, kind, id, hash) select * from" +
  ` unnest($${first}::bigint[], $${first + 1}::bigint[], $${first + 2}::bigint[], $${first + 3}::text[], $${first + 4}::text[])`;

export async function readKeys(session: Session, given: readonly GivenKey[]): Promise<KeysOfWrite> {
  const known = new Map<string, string>();
  const fresh: GivenKey[] = [];
  if (given.length > 0) {
    const found = await session.rows<{ organization: number; kind: number; id: string; hash: string }>(findKeys, [
      integers(given.map(({ organization }) => organization)),
      integers(given.map(({ kind }) => kind)),
      texts(given.map(({ key }) => key.id)),
    ]);
    for (const { organization, kind, id, hash } of found) known.set(nameOf(organization, kind, id), hash);
  }
  return {
    see(each) {
      const name = nameOf(each.organization, each.kind, each.key.id);
      const before = known.get(name);
      // Earlier releases stored a longer hash.
      if (before !== undefined) return before.startsWith(each.key.hash) ? "duplicate" : "reused";
      known.set(name, each.key.hash);
      fresh.push(each);
      return "new";
    },
    columns: () => [
      integers(fresh.map(({ at }) => dayOf(at))),
      integers(fresh.map(({ organization }) => organization)),
      integers(fresh.map(({ kind }) => kind)),
      texts(fresh.map(({ key }) => key.id)),
      texts(fresh.map(({ key }) => key.hash)),
    ],
  };
}

const nameOf = (organization: number, kind: number, id: string): string => `${organization} ${kind} ${withoutNul(id)}`;
