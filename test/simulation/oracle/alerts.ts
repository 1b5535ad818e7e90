// What each process tells of subscriptions that fail, beside what their receivers did: each failure is told once and each end of it
// once, in turn; hiccups are told to nobody; and in the end nothing has been kept back.

import type { AlertBody } from "../../../src/alerts/body.ts";
import type { AlertPace } from "../../../src/alerts/problems.ts";
import type { LaneStatus } from "../../../src/model/lane.ts";
import type { Life } from "../host.ts";
import type { Judge } from "./judge.ts";

export interface AlertFacts {
  /** A process has told this; lists are as `about` has them. */
  told(life: Life, body: AlertBody): void;
  /** An attempt has ended, for this process. */
  ended(life: Life, lane: number, success: boolean): void;
  /** The subscription was changed: what was told of it may be told anew. */
  changed(lane: number): void;
  /** At the end of the run. */
  check(life: Life, lanes: Iterable<{ readonly number: number; readonly status: LaneStatus | null }>): void;
  /** How many alerts there were. */
  count(): number;
}

export interface AlertFactsDeps {
  readonly judge: Judge;
  /** Monotonic ms. */
  readonly now: () => number;
  readonly pace: AlertPace;
  readonly laneOf: (subscription: string) => number | undefined;
}

interface Told {
  kind: string | null;
  /** When it was last told as failing, and when an attempt last succeeded or failed. */
  failingAt: number;
  succeededAt: number;
  failedAt: number;
}

export function createAlertFacts({ judge, now, pace, laneOf }: AlertFactsDeps): AlertFacts {
  const byLife = new Map<Life, Map<number, Told>>();
  let count = 0;

  function toldOf(life: Life, lane: number): Told {
    let lanes = byLife.get(life);
    if (lanes === undefined) byLife.set(life, (lanes = new Map()));
    let told = lanes.get(lane);
    if (told === undefined) {
      lanes.set(lane, (told = { kind: null, failingAt: -Infinity, succeededAt: -Infinity, failedAt: -Infinity }));
    }
    return told;
  }

  function failing(lane: number, told: Told, isRepeat: boolean): void {
    const isNews = told.kind !== "subscription.failing";
    judge.check(isNews !== isRepeat, 40, () => `lane ${lane} is told as failing ${isNews ? "again" : "twice"}`);
    const ago = now() - told.failingAt;
    judge.check(ago >= pace.windowMs, 40, () => `lane ${lane} is told as failing ${ago} ms after it was told`);
    const well = now() - told.succeededAt;
    judge.check(well >= pace.settleMs, 40, () => `lane ${lane} is told as failing ${well} ms after a success`);
    told.failingAt = now();
  }

  return {
    told(life, { kind, repeat, about }) {
      for (const { id } of about) {
        const lane = laneOf(id);
        if (lane === undefined) continue;
        count++;
        const told = toldOf(life, lane);
        if (kind === "subscription.failing") failing(lane, told, repeat);
        else if (kind === "subscription.recovered") {
          const isNews = told.kind === "subscription.failing" && told.succeededAt >= told.failingAt;
          judge.check(isNews, 40, () => `lane ${lane} is told as recovered after ${told.kind}`);
        } else if (kind !== "subscription.disabled") continue;
        told.kind = kind;
      }
    },
    ended(life, lane, success) {
      const told = toldOf(life, lane);
      if (success) told.succeededAt = now();
      else told.failedAt = now();
    },
    changed(lane) {
      for (const lanes of byLife.values()) {
        const told = lanes.get(lane);
        if (told !== undefined) [told.failingAt, told.succeededAt] = [-Infinity, -Infinity];
      }
    },
    check(life, lanes) {
      const longAgo = now() - 2 * (pace.settleMs + pace.windowMs);
      for (const { number, status } of lanes) {
        const { kind, succeededAt, failedAt } = toldOf(life, number);
        const isWell = status?.state === "open" && succeededAt < longAgo && failedAt < succeededAt;
        judge.check(
          !isWell || kind !== "subscription.failing",
          40,
          () => `lane ${number} is well, and nobody was told that it has recovered`,
        );
        const isIll = status?.state === "backing_off" && failedAt < longAgo && succeededAt < failedAt;
        judge.check(!isIll || kind !== null, 40, () => `lane ${number} backs off, and nobody was told`);
      }
    },
    count: () => count,
  };
}
