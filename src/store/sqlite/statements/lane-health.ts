// Statements of lane health: the back-off of lanes whose receivers fail or asked Belfry to wait, kept over a restart.

import type { LaneHealth, StoredLaneHealth } from "../../ledger.ts";
import { outcomeName, outcomeNumber } from "../../codes.ts";
import type { EngineContext } from "./engine-context.ts";

export interface LaneHealths {
  all(): readonly StoredLaneHealth[];
  /** Those of an organization that was removed meanwhile are passed over. */
  put(healths: readonly StoredLaneHealth[]): void;
}

export function createLaneHealths(context: EngineContext): LaneHealths {
  const all = context.prepare(
    "select s.lane, g.id as organization, s.failures, s.until, s.code, s.status, s.failed_at as failedAt" +
      " from lane_health s" +
      " join organization g on g.number = s.organization order by s.lane",
  );
  const put = context.prepare("insert or replace into lane_health values (?, ?, ?, ?, ?, ?, ?)");
  const remove = context.prepare("delete from lane_health where lane = ?");

  const putOne = (lane: number, organization: number, { failures, until, lastFailure }: LaneHealth): void => {
    const code = lastFailure === null ? null : outcomeNumber[lastFailure.code];
    const { status = null, at = null } = lastFailure ?? {};
    put.run(lane, organization, failures, Math.ceil(until), code, status, at);
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

interface HealthRow extends Omit<StoredLaneHealth, "health">, Omit<LaneHealth, "lastFailure"> {
  readonly code: number | null;
  readonly status: number | null;
  readonly failedAt: number | null;
}

function healthOf(row: Record<string, unknown>): StoredLaneHealth {
  const { lane, organization, failures, until, code, status, failedAt } = row as unknown as HealthRow;
  const lastFailure = code === null || failedAt === null ? null : { code: outcomeName(code), status, at: failedAt };
  return { lane, organization, health: { failures, until, lastFailure } };
}
