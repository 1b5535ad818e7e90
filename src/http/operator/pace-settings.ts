// The fields of PATCH /v1/subscriptions/{id} that say how fast a subscription is delivered, and after how long without a success
// it is disabled. Of both dialects.

import { z } from "zod";
import type { LaneSettings, RateLimit, Subscription } from "../../model/subscription.ts";
import { mustBe } from "../schema-messages.ts";

/** A setting that differs from what is stored, and how the audit tells it. */
export interface Choice {
  readonly action: string;
  readonly detail: unknown;
  readonly put: Partial<Subscription>;
}

const [leastDisableS, mostDisableS] = [60, 10 * 365 * 24 * 3_600];
const disableMust = {
  error: mustBe(`a number of seconds from ${leastDisableS} to ${mostDisableS}, 0 or null for never, or "default"`),
};

export const paceFields = {
  rate_limit: z
    .strictObject({
      per_second: z.number().min(0.001).max(10_000).describe("May be a fraction: 0.5 is one in two seconds."),
      burst: z
        .number()
        .min(1)
        .max(10_000)
        .optional()
        .describe("So many may start at once after a pause. Default: per_second, at least 1."),
    })
    .nullable()
    .optional()
    .describe("In any t seconds at most burst + per_second × t attempts start. Null: no limit."),
  auto_disable_after_s: z
    .union(
      [z.literal(0), z.number().min(leastDisableS, disableMust).max(mostDisableS, disableMust), z.literal("default")],
      disableMust,
    )
    .nullable()
    .optional()
    .describe(
      "Belfry disables it when nothing has succeeded for so long and 20 attempts have failed since. 0 or null: never;" +
        " default: after BELFRY_AUTO_DISABLE_AFTER.",
    ),
};

const edit = z.object(paceFields);
type PaceEdit = z.output<typeof edit>;

/** Those that change something. Each takes up what those before it have set. */
export function paceChoices({ lane }: Subscription, asked: PaceEdit): readonly Choice[] {
  const choices: Choice[] = [];
  let after: LaneSettings = lane;
  const limit = limitOf(asked.rate_limit);
  if (limit !== undefined && !isSame(limit, lane.rateLimit ?? null)) {
    after = { ...after, rateLimit: limit };
    const detail = { rate_limit: limit && { per_second: limit.perSecond, burst: limit.burst } };
    choices.push({ action: "subscription.rate_limit", detail, put: { lane: after } });
  }
  const time = timeOf(asked.auto_disable_after_s);
  if (time !== undefined && time !== (lane.autoDisableMs ?? null)) {
    after = { ...after, autoDisableMs: time };
    const detail = { auto_disable_after_s: asked.auto_disable_after_s };
    choices.push({ action: "subscription.auto_disable", detail, put: { lane: after } });
  }
  return choices;
}

function limitOf(asked: PaceEdit["rate_limit"]): RateLimit | null | undefined {
  if (!asked) return asked;
  return { perSecond: asked.per_second, burst: asked.burst ?? Math.max(1, asked.per_second) };
}

const isSame = (a: RateLimit | null, b: RateLimit | null): boolean =>
  a === null || b === null ? a === b : a.perSecond === b.perSecond && a.burst === b.burst;

/** ms; 0: never; null: the default. */
function timeOf(asked: PaceEdit["auto_disable_after_s"]): number | null | undefined {
  if (asked === undefined) return undefined;
  return asked === "default" ? null : (asked ?? 0) * 1000;
}
