// Statements of subscriptions. A removed one keeps its record, for the history, and loses its secrets.

import type { FoundSubscription, RegistryStatements, SealedSnapshot } from "../../registry-statements.ts";
import type { SealedSubscription } from "../../sealed-subscription.ts";
import type { Holder } from "../../subscription-rules.ts";
import type { Session, Transaction } from "../database.ts";

/** Numbers of all, in order, and those that were written after that revision. `organization` is the number of one. */
export async function subscriptionsSince(
  session: Session,
  organization: number,
  revision: number,
): Promise<SealedSnapshot["subscriptions"]> {
  const all = await session.row<{ numbers: readonly number[] }>(
    "select coalesce(json_agg(number order by number), '[]') as numbers from subscription" +
      " where organization = $1 and removed_at is null",
    [organization],
  );
  const changed = await session.rows<SealedSubscription>(
    "select number, id, state, record, secrets from subscription where organization = $1 and removed_at is null" +
      " and revision > $2",
    [organization, revision],
  );
  return { numbers: all!.numbers, changed };
}

export async function findSubscription(
  session: Session,
  ...[id, organization]: Parameters<RegistryStatements["subscription"]>
): Promise<FoundSubscription | null> {
  const found = await session.row<Omit<FoundSubscription, "sealed"> & SealedSubscription>(
    'select g.id as organization, g.data_key as "dataKey", s.number, s.id, s.state, s.record, s.secrets from subscription s' +
      " join organization g on g.number = s.organization where s.id = $1 and s.removed_at is null" +
      " and ($2::text is null or g.id = $2)",
    [id, organization],
  );
  if (found === undefined) return null;
  const { organization: home, dataKey, ...sealed } = found;
  return { organization: home, dataKey, sealed };
}

/** A subscription as it was before a change. */
export interface StoredSubscription extends Holder {
  readonly id: string;
  /** null: it was removed. */
  readonly live: { readonly record: string; readonly bytes: number } | null;
}

/** All with one of these ids or numbers, whosever they are. */
export async function storedSubscriptions(
  session: Session,
  ids: readonly string[],
  numbers: readonly number[],
): Promise<readonly StoredSubscription[]> {
  if (ids.length === 0 && numbers.length === 0) return [];
  const found = await session.rows<Holder & { id: string; record: string | null; bytes: number }>(
    "select number, organization, id, case when removed_at is null then record end as record," +
      " octet_length(record) + coalesce(octet_length(secrets), 0) as bytes" +
      " from subscription where number = any(array(select number from subscription where id = any($1)" +
      " union select unnest($2::bigint[])))",
    [ids, numbers],
  );
  return found.map(({ record, bytes, ...holder }) => ({ ...holder, live: record === null ? null : { record, bytes } }));
}

/** `revision`: that the organization will have. */
export async function putSubscriptions(
  transaction: Transaction,
  organization: number,
  put: readonly SealedSubscription[],
  revision: number,
): Promise<void> {
  if (put.length === 0) return;
  await transaction.run(
    "insert into subscription (number, organization, id, state, record, secrets, revision)" +
      " select number, $1, id, state, record, secrets, $2" +
      " from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[]) given (number, id, state, record, secrets)" +
      " on conflict (number) do update set state = excluded.state, record = excluded.record, secrets = excluded.secrets," +
      " revision = excluded.revision, removed_at = null",
    [
      organization,
      revision,
      put.map(({ number }) => number),
      put.map(({ id }) => id),
      put.map(({ state }) => state),
      put.map(({ record }) => record),
      put.map(({ secrets }) => secrets),
    ],
  );
}

/** `because`: null, its owner deleted it. */
export async function removeSubscriptions(
  transaction: Transaction,
  organization: number,
  numbers: readonly number[],
  because: string | null,
  now: number,
): Promise<void> {
  if (numbers.length === 0) return;
  await transaction.run(
    "update subscription set removed_at = $3, removed_because = $4, secrets = null" +
      " where number = any($2) and organization = $1 and removed_at is null",
    [organization, numbers, now, because],
  );
}
