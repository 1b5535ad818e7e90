// Which alerts tell of a matter that lasts, what tells its end, and how often it is told meanwhile. All others tell of something
// that has happened, and has no end.

import type { AlertKind } from "../model/alert.ts";

const hour = 3_600_000;

/** `over`: the alert that ends it; null: it ends in silence, since whoever ended it knows. */
export const problems = {
  "subscription.failing": { over: "subscription.recovered", againMs: 6 * hour },
  "subscription.disabled": { over: null, againMs: 24 * hour },
  "certificate.expiring": { over: "certificate.renewed", againMs: 24 * hour },
  "sensor.offline": { over: "sensor.back", againMs: 24 * hour },
  "sensor.stuck": { over: "sensor.back", againMs: 24 * hour },
  "hive.offline": { over: "hive.back", againMs: 24 * hour },
  "disk.low": { over: "disk.free", againMs: 6 * hour },
  "backlog.growing": { over: "backlog.shrinking", againMs: 6 * hour },
} as const satisfies Partial<Record<AlertKind, { readonly over: AlertKind | null; readonly againMs: number }>>;

export type ProblemKind = keyof typeof problems;
/** Told when it happens, at most once in a window: what happens meanwhile is counted. */
export type NoticeKind = "subscription.failing_long" | "delivery.exhausted" | "delivery.expiring";

export const isProblem = (kind: AlertKind): kind is ProblemKind => Object.hasOwn(problems, kind);

const ends: ReadonlySet<AlertKind | null> = new Set(Object.values(problems).map(({ over }) => over));
export const isEnd = (kind: AlertKind): boolean => ends.has(kind);

/** After so long every problem that lasts has been told again. */
export const longestAgainMs = 24 * hour;

export interface AlertPace {
  /** For so long a problem, or its end, must have lasted before it is told: hiccups are told to nobody. */
  readonly settleMs: number;
  /** In it a matter is told once, beside its end; and of one kind an owner gets so many alerts by themselves and one that
   * sums up the others. */
  readonly windowMs: number;
  readonly mostAlone: number;
}

export const usualPace: AlertPace = { settleMs: 10_000, windowMs: 15 * 60_000, mostAlone: 5 };
