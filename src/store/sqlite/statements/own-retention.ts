// Organizations with a retention of their own: meta `own_retention` holds them by number. Rows lie in the order of time, of all
// organizations together. So what is older than the longest of all times goes by itself, from the front; for each shorter time a
// sweep goes along behind that age and removes the rows of those whose time it is. Meta `swept` holds how far each has come.

import { type OwnRetention, type RetentionClass, retentionClasses } from "../../../model/retention.ts";
import type { PruneBefore } from "../../removal.ts";
import type { EngineContext } from "./engine-context.ts";

export interface OwnRetentions {
  of(organization: number): OwnRetention;
  /** By id. */
  all(): readonly (readonly [organization: string, retention: OwnRetention])[];
  /** Everything is swept anew: what was left for its longer time may be due now. */
  set(organization: number, retention: OwnRetention): void;
  /** `before`: of the installation; `now`: epoch ms. */
  plan(before: PruneBefore, now: number): RetentionPlan;
}

export interface RetentionPlan {
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

  const sweepOf = (kind: RetentionClass, ms: number, now: number, isTheirs: Sweep["isTheirs"]): Sweep => {
    const key = `${kind} ${ms}`;
    const swept = (): Readonly<Record<string, readonly number[]>> => read("swept", {});
    return {
      class: kind,
      before: now - ms,
      isTheirs,
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
      const own = Object.entries(stored());
      if (own.length === 0) return { all: before, sweeps: [] };
      const all = { ...before };
      const sweeps: Sweep[] = [];
      for (const kind of retentionClasses) {
        const usual = now - before[kind];
        const times = new Map(own.map(([number, each]) => [Number(number), each[kind] ?? usual]));
        const longest = Math.max(usual, ...times.values());
        all[kind] = now - longest;
        for (const ms of new Set([usual, ...times.values()])) {
          if (ms === longest) continue;
          sweeps.push(sweepOf(kind, ms, now, (organization) => (times.get(organization) ?? usual) === ms));
        }
      }
      return { all, sweeps };
    },
  };
}
