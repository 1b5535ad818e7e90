// Who keeps what for how long, for the statements that prune: organizations with the same time are one group. Pure.

import { type OwnRetention, type RetentionClass, retentionClasses } from "../model/retention.ts";
import type { PruneBefore } from "./removal.ts";

export type RetentionPlan = Readonly<Record<RetentionClass, ClassPlan>>;

export interface ClassPlan {
  /** What is older goes, whosever it is. Epoch ms, like `before` of a group. */
  readonly all: number;
  /** Shortest time first; each organization is in one. */
  readonly groups: readonly RetentionGroup[];
}

export interface RetentionGroup {
  /** For so long. */
  readonly ms: number;
  readonly before: number;
  /** Numbers of organizations. `isRest`: the group has all but these. */
  readonly organizations: readonly number[];
  readonly isRest: boolean;
}

/** `before`: of the installation; `own`: by number of the organization. */
export function planRetention(before: PruneBefore, own: ReadonlyMap<number, OwnRetention>, now: number): RetentionPlan {
  const plan = (kind: RetentionClass): ClassPlan => {
    const usual = now - before[kind];
    const times = [...own].flatMap(([number, each]) => {
      const ms = each[kind] ?? usual;
      return ms === usual ? [] : [[number, ms] as const];
    });
    const groups = [...Map.groupBy(times, ([, ms]) => ms)].map(([ms, members]) => ({
      ms,
      before: now - ms,
      organizations: members.map(([number]) => number),
      isRest: false,
    }));
    const rest = { ms: usual, before: before[kind], organizations: times.map(([number]) => number), isRest: true };
    return {
      all: Math.min(rest.before, ...groups.map((each) => each.before)),
      groups: [...groups, rest].toSorted((one, other) => one.ms - other.ms),
    };
  };
  return Object.fromEntries(retentionClasses.map((kind) => [kind, plan(kind)])) as RetentionPlan;
}

export const isInGroup = ({ organizations, isRest }: RetentionGroup, organization: number): boolean =>
  organizations.includes(organization) !== isRest;
