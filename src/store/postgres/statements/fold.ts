// How far sensing has folded the observation log, and what it remembers: written by the owner, in the transaction of the events that
// follow.

import type { FoldProgress, SubjectState } from "../../acceptance.ts";
import { integers, texts } from "../arrays.ts";
import type { Context, InternedOrganization } from "../context.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { notFound } from "./accept-calls.ts";

type Organizations = ReadonlyMap<string, InternedOrganization>;

export interface Fold {
  /** Throws OwnershipLost, and NOT_FOUND for what it is about. */
  check(write: OrderedWrite, progress: FoldProgress, organizations: Organizations): Promise<void>;
  write(write: OrderedWrite, progress: FoldProgress, organizations: Organizations): Promise<void>;
}

const put =
  "insert into fold (epoch, position, reread_from) values ($1, $2, $3)" +
  " on conflict (epoch, position) do update set reread_from = excluded.reread_from";
const removeOwn = "delete from fold where epoch = $1 and position < $2";
/** Of owners that have ended: the trigger of `shard` has kept where they were. */
const removeOthers = "delete from fold where epoch < (select min(epoch) from shard where epoch > 0)";
const putSubjects =
  "insert into subject (organization, key, value) select * from unnest($1::bigint[], $2::text[], $3::text[])" +
  " on conflict (organization, key) do update set value = excluded.value";
const removeSubjects =
  "delete from subject s using unnest($1::bigint[], $2::text[]) w (organization, key)" +
  " where s.organization = w.organization::integer and s.key = w.key";

/** So many rows of progress are written before those that count no more are removed. */
const sweepEvery = 1_000;

export function createFold(context: Context): Fold {
  /** Rows of progress that each epoch has written here. */
  const written = new Map<number, number>();

  async function writeSubjects(
    write: OrderedWrite,
    subjects: readonly SubjectState[],
    organizations: Organizations,
  ): Promise<void> {
    // Of one key that is told twice the later counts.
    const last = new Map(subjects.map((each) => [`${each.organization} ${each.key}`, each]));
    const [gone, kept] = [false, true].map((isKept) =>
      [...last.values()].filter(({ value }) => (value !== null) === isKept),
    ) as [SubjectState[], SubjectState[]];
    const keys = (rows: readonly SubjectState[]) => [
      integers(rows.map(({ organization }) => organizations.get(organization)!.number)),
      texts(rows.map(({ key }) => key)),
    ];
    if (gone.length > 0) await write.run(removeSubjects, keys(gone));
    if (kept.length > 0) await write.run(putSubjects, [...keys(kept), texts(kept.map(({ value }) => value))]);
  }

  async function sweep(write: OrderedWrite, epoch: number, position: number): Promise<void> {
    await write.run(removeOwn, [epoch, position]);
    await write.run(removeOthers);
    for (const each of written.keys()) if (each < epoch) written.delete(each);
  }

  return {
    async check(write, { epoch, subjects, minutes, entries }, organizations) {
      await context.checkEpoch(write, epoch);
      const unknown = [...subjects, ...minutes, ...entries].find(
        ({ organization }) => !organizations.has(organization),
      );
      if (unknown !== undefined) throw notFound(unknown.organization);
    },
    async write(write, { epoch, position, rereadFrom, subjects }, organizations) {
      await write.run(put, [epoch.number, position, rereadFrom]);
      const count = written.get(epoch.number) ?? 0;
      written.set(epoch.number, count + 1);
      if (count % sweepEvery === 0) await sweep(write, epoch.number, position);
      await writeSubjects(write, subjects, organizations);
    },
  };
}
