// How long a lane has had no success, and what follows from that: notices, and at last the end of its subscription's patience.
// Pure values; times are epoch ms of the engine's clock. One step for each failed attempt: a clock that was set ahead, or a
// machine that slept, disables nobody before three notices and as many further attempts.

import type { Failing } from "../../model/lane.ts";

export interface AutoDisableRule {
  /** ms without a success; 0: never. */
  readonly autoDisableMs: number;
  /** So many attempts must have failed in that time. */
  readonly autoDisableAttempts: number;
}

/** In percent of the time; with the last one the subscription is disabled. */
const steps = [50, 75, 90, 100] as const;
export type FailingStep = (typeof steps)[number];

export function afterFailure(failing: Failing | null, at: number): Failing {
  if (failing === null) return { since: at, attempts: 1, told: 0 };
  return { ...failing, attempts: failing.attempts + 1 };
}

/** The step that this failure brings; null: none. */
export function nextStep(
  { since, attempts, told }: Failing,
  at: number,
  { autoDisableMs, autoDisableAttempts }: AutoDisableRule,
): FailingStep | null {
  const step = steps.find((each) => each > told);
  if (autoDisableMs === 0 || step === undefined || at - since < (autoDisableMs * step) / 100) return null;
  return step < 100 || attempts >= autoDisableAttempts ? step : null;
}
