// Statements of lane health: the back-off of lanes whose receivers fail or asked Belfry to wait, and since when, kept over a
// restart.

import type { LaneHealth, StoredLaneHealth } from "../../ownership.ts";
import { outcomeName, outcomeNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

export interface LaneHealths {
  all(): readonly StoredLaneHealth[];
  /** Those of an organization that was removed meanwhile are passed over. */
  put(healths: readonly StoredLaneHealth[]): void;
}

export function createLaneHealths(context: EngineContext): LaneHealths {
  const all = context.prepare(
    "select s.lane, g.id as organization, s.failures, s.until, s.code, s.status, s.failed_at as failedAt," +
      " s.failing_since as since, s.failed as attempts, s.told" +
      " from lane_health s" +
      " join organization g on g.number = s.organization order by s.lane",
  );
  const put = context.prepare("insert or replace into lane_health values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const remove = context.prepare("delete from lane_health where lane = ?");

  const putOne = (lane: number, organization: number, { failures, until, lastFailure, failing }: LaneHealth): void => {
    const code = lastFailure === null ? null : outcomeNumber[lastFailure.code];
    const { status = null, at = null } = lastFailure ?? {};
    const { since = null, attempts = 0, told = 0 } = failing ?? {};
    put.run(lane, organization, failures, Math.ceil(until), code, status, at, since, attempts, told);
  };

  return {
    all: () => all.all().map(healthOf),
    put(healths) {
      for (const { lane, organization, health } of healths) {
        const found = context.findOrganization(organization);
        if (health === null) remove.run(lane);
        else if (found !== undefined) putOne(lane, found.number, health);
      }
    },
  };
}

interface HealthRow extends Omit<StoredLaneHealth, "health">, Omit<LaneHealth, "lastFailure" | "failing"> {
  readonly code: number | null;
  readonly status: number | null;
  readonly failedAt: number | null;
  readonly since: number | null;
  readonly attempts: number;
  readonly told: number;
}

function healthOf(row: Record<string, unknown>): StoredLaneHealth {
  const { lane, organization, failures, until, code, status, failedAt, ...found } = row as unknown as HealthRow;
  const lastFailure = code === null || failedAt === null ? null : { code: outcomeName(code), status, at: failedAt };
  const { since, attempts, told } = found;
  const failing = since === null ? null : { since, attempts, told };
  return { lane, organization, health: { failures, until, lastFailure, failing } };
}
