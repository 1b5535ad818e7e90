// Statements of subscriptions. A removed one keeps its record, for the history, and loses its secrets.

import type { FoundSubscription } from "../../registry-statements.ts";
import type { SealedSubscription } from "../../sealed-subscription.ts";
import { checkHolders, checkSize, type Holder } from "../../subscription-rules.ts";
import type { EngineContext } from "./engine-context.ts";
import { createDropLastValues } from "./drop-last-values.ts";

/** `organization` is the number of one. */
export interface Subscriptions {
  /** Numbers of all, in order, and those that were written after that revision. */
  of(organization: number, since: number): { numbers: readonly number[]; changed: readonly SealedSubscription[] };
  /** `organization`: look nowhere else; null: anywhere. */
  find(id: string, organization: string | null): FoundSubscription | null;
  /** Throws CONFLICT where an id or number belongs to another subscription, or all would be too large together. */
  check(organization: number, put: readonly SealedSubscription[]): void;
  /** `revision`: that the organization will have. */
  put(organization: number, subscription: SealedSubscription, revision: number): void;
  /** `because`: null, its owner deleted it. */
  remove(organization: number, subscription: number, because: string | null, now: number): void;
}

export function createSubscriptions(context: EngineContext): Subscriptions {
  const numbers = context.prepare(
    "select number from subscription where organization = ? and removed_at is null order by number",
  );
  const changed = context.prepare(
    "select number, id, state, record, secrets from subscription where organization = ? and removed_at is null" +
      " and revision > ?",
  );
  const find = context.prepare(
    "select g.id as organization, g.data_key as dataKey, s.number, s.id, s.state, s.record, s.secrets from subscription s" +
      " join organization g on g.number = s.organization where s.id = :id and s.removed_at is null" +
      " and (:organization is null or g.id = :organization)",
  );
  const put = context.prepare(
    "insert into subscription (number, organization, id, state, record, secrets, revision) values (?, ?, ?, ?, ?, ?, ?)" +
      " on conflict (number) do update set state = excluded.state, record = excluded.record, secrets = excluded.secrets," +
      " revision = excluded.revision, removed_at = null",
  );
  const remove = context.prepare(
    "update subscription set removed_at = ?, removed_because = ?, secrets = null where number = ? and organization = ? and removed_at is null",
  );
  const record = context.prepare("select record from subscription where number = ? and removed_at is null");
  const recordOf = (subscription: number): string | null =>
    (record.get(subscription)?.["record"] as string | undefined) ?? null;
  const dropLastValues = createDropLastValues(context);
  const check = createCheck(context);

  return {
    of: (organization, since) => ({
      numbers: numbers.all(organization).map(({ number }) => Number(number)),
      changed: changed.all(organization, since) as unknown as SealedSubscription[],
    }),
    find(id, organization) {
      const row = find.get({ id, organization });
      if (row === undefined) return null;
      const {
        organization: home,
        dataKey,
        ...sealed
      } = row as unknown as SealedSubscription & Omit<FoundSubscription, "sealed">;
      return { organization: home, dataKey, sealed };
    },
    check,
    put(organization, { number, id, state, record, secrets }, revision) {
      dropLastValues(organization, recordOf(number), record);
      put.run(number, organization, id, state, record, secrets, revision);
    },
    remove(organization, subscription, because, now) {
      dropLastValues(organization, recordOf(subscription), null);
      remove.run(now, because, subscription, organization);
    },
  };
}

function createCheck(context: EngineContext): Subscriptions["check"] {
  const holders = context.prepare("select number, organization from subscription where id = ? or number = ?");
  const recordBytes = context.prepare(
    "select ifnull(sum(octet_length(record) + octet_length(secrets)), 0) as total from subscription" +
      " where organization = ? and removed_at is null",
  );

  const bytes = context.prepare(
    "select octet_length(record) + octet_length(secrets) as bytes from subscription where number = ? and removed_at is null",
  );

  return (organization, put) => {
    for (const each of put) {
      checkHolders(organization, each, holders.all(each.id, each.number) as unknown as readonly Holder[]);
    }
    checkSize(
      put,
      (number) => Number(bytes.get(number)?.["bytes"] ?? 0),
      () => Number(recordBytes.get(organization)?.["total"]),
    );
  };
}
