// Statements of lane health: the back-off of lanes whose receivers fail or asked Belfry to wait, and since when, kept for the
// next owner.

import type { LaneHealth, StoredLaneHealth } from "../../ownership.ts";
import { outcomeName, outcomeNumber } from "../../codes.ts";
import type { Session, Transaction } from "../database.ts";

const all =
  "select h.lane, g.id as organization, h.failures, h.until, h.code, h.status, h.failed_at, h.failing_since, h.failed, h.told" +
  " from lane_health h join organization g on g.number = h.organization where h.shard = any($1) order by h.lane";

/** Those of an organization that was removed meanwhile are left out. */
const put =
  "insert into lane_health (lane, organization, shard, failures, until, code, status, failed_at, failing_since, failed, told)" +
  " select h.lane, g.number, g.shard, h.failures, h.until, h.code, h.status, h.failed_at, h.failing_since, h.failed, h.told" +
  " from unnest($1::bigint[], $2::text[], $3::integer[], $4::bigint[], $5::smallint[], $6::smallint[], $7::bigint[]," +
  " $8::bigint[], $9::integer[], $10::integer[])" +
  " h (lane, organization, failures, until, code, status, failed_at, failing_since, failed, told)" +
  " join organization g on g.id = h.organization on conflict (lane) do update set organization = excluded.organization," +
  " shard = excluded.shard, failures = excluded.failures, until = excluded.until, code = excluded.code," +
  " status = excluded.status, failed_at = excluded.failed_at, failing_since = excluded.failing_since," +
  " failed = excluded.failed, told = excluded.told";

export async function readHealths(session: Session, shards: readonly number[]): Promise<readonly StoredLaneHealth[]> {
  return (await session.rows<HealthRow>(all, [shards])).map(healthOf);
}

/** Of several for one lane the last counts. */
export async function putHealths(transaction: Transaction, healths: readonly StoredLaneHealth[]): Promise<void> {
  const last = [...new Map(healths.map((each) => [each.lane, each])).values()];
  const well = last.filter(({ health }) => health === null).map(({ lane }) => lane);
  const ill = last.flatMap(({ health, ...of }) => (health === null ? [] : [{ ...of, health }]));
  if (well.length > 0) await transaction.run("delete from lane_health where lane = any($1)", [well]);
  if (ill.length > 0) await transaction.run(put, valuesOf(ill));
}

const valuesOf = (healths: readonly (StoredLaneHealth & { readonly health: LaneHealth })[]): readonly unknown[] => [
  healths.map(({ lane }) => lane),
  healths.map(({ organization }) => organization),
  healths.map(({ health }) => health.failures),
  healths.map(({ health }) => Math.ceil(health.until)),
  healths.map(({ health }) => (health.lastFailure === null ? null : outcomeNumber[health.lastFailure.code])),
  healths.map(({ health }) => health.lastFailure?.status ?? null),
  healths.map(({ health }) => whole(health.lastFailure?.at)),
  healths.map(({ health }) => whole(health.failing?.since)),
  healths.map(({ health }) => health.failing?.attempts ?? 0),
  healths.map(({ health }) => health.failing?.told ?? 0),
];

const whole = (at: number | undefined): number | null => (at === undefined ? null : Math.floor(at));

interface HealthRow {
  readonly lane: number;
  readonly organization: string;
  readonly failures: number;
  readonly until: number;
  readonly code: number | null;
  readonly status: number | null;
  readonly failed_at: number | null;
  readonly failing_since: number | null;
  readonly failed: number;
  readonly told: number;
}

function healthOf(row: HealthRow): StoredLaneHealth {
  const { lane, organization, failures, until, code, status, failed_at: at, failing_since: since, failed, told } = row;
  const lastFailure = code === null || at === null ? null : { code: outcomeName(code), status, at };
  const failing = since === null ? null : { since, attempts: failed, told };
  return { lane, organization, health: { failures, until, lastFailure, failing } };
}
