// How far sensing has folded the observation log, and what it remembers: written by the owner, in the transaction of the events that
// follow.

import type { FoldProgress, SubjectState } from "../../acceptance.ts";
import { withoutNul } from "../../storable-text.ts";
import { integers, texts } from "../arrays.ts";
import { type InternedOrganization, notFound } from "../context.ts";
import type { OrderedWrite } from "../ordered-writes.ts";
import { lostEpochs, ownershipLost } from "../owner-writes.ts";

type Organizations = ReadonlyMap<string, InternedOrganization>;

export interface Fold {
  /** Why what is told of an owner's progress must not be written: it is none any more, or names an organization that does not exist. */
  refusals(
    write: OrderedWrite,
    folds: readonly FoldProgress[],
    organizations: Organizations,
  ): Promise<ReadonlyMap<FoldProgress, Error>>;
  /** In the order in which they came. */
  write(write: OrderedWrite, folds: readonly FoldProgress[], organizations: Organizations): Promise<void>;
}

const put =
  "insert into fold (epoch, position, reread_from) select * from unnest($1::bigint[], $2::bigint[], $3::bigint[])" +
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

export function createFold(): Fold {
  /** Rows of progress that each epoch has written here. */
  const written = new Map<number, number>();

  async function sweep(write: OrderedWrite, epoch: number, position: number): Promise<void> {
    await write.run(removeOwn, [epoch, position]);
    await write.run(removeOthers);
    for (const each of written.keys()) if (each < epoch) written.delete(each);
  }

  return {
    async refusals(write, folds, organizations) {
      const refused = new Map<FoldProgress, Error>();
      if (folds.length === 0) return refused;
      const lost = await lostEpochs(
        write,
        folds.map(({ epoch }) => epoch),
      );
      for (const fold of folds) {
        const { epoch, subjects, minutes, entries } = fold;
        const sensed = [...subjects, ...minutes, ...entries];
        const unknown = sensed.find(({ organization }) => !organizations.has(organization));
        if (lost.has(epoch.number)) refused.set(fold, ownershipLost(epoch));
        else if (unknown !== undefined) refused.set(fold, notFound(unknown.organization));
      }
      return refused;
    },
    async write(write, folds, organizations) {
      const last = [...new Map(folds.map((fold) => [fold.epoch.number, fold])).values()];
      await write.run(put, [
        integers(last.map(({ epoch }) => epoch.number)),
        integers(last.map(({ position }) => position)),
        integers(last.map(({ rereadFrom }) => rereadFrom)),
      ]);
      for (const { epoch, position } of last) {
        const count = written.get(epoch.number) ?? 0;
        written.set(epoch.number, count + 1);
        if (count % sweepEvery === 0) await sweep(write, epoch.number, position);
      }
      const subjects = folds.flatMap((fold) => fold.subjects);
      await writeSubjects(write, subjects, organizations);
    },
  };
}

async function writeSubjects(
  write: OrderedWrite,
  subjects: readonly SubjectState[],
  organizations: Organizations,
): Promise<void> {
  // Of one key that is told twice the later counts.
  const last = [...new Map(subjects.map((each) => [`${each.organization} ${withoutNul(each.key)}`, each])).values()];
  const gone = last.filter(({ value }) => value === null);
  const kept = last.filter(({ value }) => value !== null);
  const keys = (rows: readonly SubjectState[]) => [
    integers(rows.map(({ organization }) => organizations.get(organization)!.number)),
    texts(rows.map(({ key }) => key)),
  ];
  if (gone.length > 0) await write.run(removeSubjects, keys(gone));
  if (kept.length > 0) await write.run(putSubjects, [...keys(kept), texts(kept.map(({ value }) => value))]);
}
