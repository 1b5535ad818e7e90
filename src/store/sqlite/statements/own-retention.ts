// Organizations with a retention of their own: meta `own_retention` holds them by number. Rows lie in the order of time, of all
// organizations together. So what is older than the longest of all times goes by itself, from the front; for each shorter time a
// sweep goes along behind that age and removes the rows of those whose time it is. Meta `swept` holds how far each has come.

import type { OwnRetention, RetentionClass } from "../../../model/retention.ts";
import type { PruneBefore } from "../../removal.ts";
import { isInGroup, planRetention, type RetentionGroup } from "../../retention-plan.ts";
import type { EngineContext } from "./engine-context.ts";

export interface OwnRetentions {
  of(organization: number): OwnRetention;
  /** By id. */
  all(): readonly (readonly [organization: string, retention: OwnRetention])[];
  /** Everything is swept anew: what was left for its longer time may be due now. */
  set(organization: number, retention: OwnRetention): void;
  /** `before`: of the installation; `now`: epoch ms. */
  plan(before: PruneBefore, now: number): SweepPlan;
}

export interface SweepPlan {
  /** Rows before it go, whosever they are. */
  readonly all: PruneBefore;
  readonly sweeps: readonly Sweep[];
}

export interface Sweep {
  readonly class: RetentionClass;
  /** Rows before it go, epoch ms. */
  readonly before: number;
  readonly isTheirs: (organization: number) => boolean;
  /** How far it has come, in words of the class; empty: not begun. */
  at(): readonly number[];
  reached(at: readonly number[]): void;
}

type Stored = Readonly<Record<string, OwnRetention>>;

export function createOwnRetentions(context: EngineContext): OwnRetentions {
  const read = <Value>(name: string, none: Value): Value => {
    const text = context.meta(name);
    return typeof text === "string" ? (JSON.parse(text) as Value) : none;
  };
  const idOf = context.prepare("select id from organization where number = ?");
  const stored = (): Stored => read("own_retention", {});

  const sweepOf = (kind: RetentionClass, group: RetentionGroup): Sweep => {
    const key = `${kind} ${group.ms}`;
    const swept = (): Readonly<Record<string, readonly number[]>> => read("swept", {});
    return {
      class: kind,
      before: group.before,
      isTheirs: (organization) => isInGroup(group, organization),
      at: () => swept()[key] ?? [],
      reached: (at) => context.setMeta("swept", JSON.stringify({ ...swept(), [key]: at })),
    };
  };

  return {
    of: (organization) => stored()[organization] ?? {},
    all: () =>
      Object.entries(stored()).flatMap(([number, retention]) => {
        const id = idOf.get(Number(number))?.["id"];
        return typeof id === "string" ? [[id, retention] as const] : [];
      }),
    set(organization, retention) {
      const { [organization]: before, ...others } = stored();
      if (before === undefined && Object.keys(retention).length === 0) return;
      const own = Object.keys(retention).length === 0 ? {} : { [organization]: retention };
      context.setMeta("own_retention", JSON.stringify({ ...others, ...own }));
      context.setMeta("swept", "{}");
    },
    plan(before, now) {
      const own = new Map(Object.entries(stored()).map(([number, each]) => [Number(number), each]));
      const all = { ...before };
      const sweeps: Sweep[] = [];
      for (const [kind, { all: oldest, groups }] of Object.entries(planRetention(before, own, now))) {
        all[kind as RetentionClass] = oldest;
        for (const group of groups) {
          if (group.before > oldest) sweeps.push(sweepOf(kind as RetentionClass, group));
        }
      }
      return { all, sweeps };
    },
  };
}
