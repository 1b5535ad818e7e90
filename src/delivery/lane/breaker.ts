// What a lane has learned of its receiver. After several failures in a row its breaker is open: one probe at a time, at
// the times of the retry schedule, each on another delivery; all others wait unattempted. The first success closes it,
// and the lane's pace widens again from one. Pure values; times are monotonic ms.

export interface Breaker {
  readonly open: boolean;
  /** Failures since the last success; failed probes count, attempts that began before it opened do not. */
  readonly failures: number;
  /** Open: the next probe does not start before. */
  readonly probeAt: number;
}

export interface BreakerRule {
  /** So many failures in a row open it. */
  readonly breakAfter: number;
  /** Delays between attempts, ms: those between probes are the same, the last for ever. */
  readonly retryDelays: readonly number[];
  /** Each delay is drawn from ± this part of itself. */
  readonly jitter: number;
  /** The longest between two probes, ms. */
  readonly probeMostMs: number;
}

export interface ProbeResult {
  readonly success: boolean;
  /** It began as a probe. */
  readonly probe: boolean;
  /** When it ended. */
  readonly at: number;
}

export const closed: Breaker = { open: false, failures: 0, probeAt: -Infinity };

/** The breaker after an attempt; `fraction` is chance in [0, 1). */
export function afterResult(
  breaker: Breaker,
  { success, probe, at }: ProbeResult,
  rule: BreakerRule,
  fraction: number,
): Breaker {
  if (success) return closed;
  // Attempts that were under way when it opened say nothing new.
  if (breaker.open && !probe) return breaker;
  const failures = breaker.failures + 1;
  if (failures < rule.breakAfter) return { open: false, failures, probeAt: -Infinity };
  const delay = probeDelay(failures - rule.breakAfter, rule) * (1 + rule.jitter * (2 * fraction - 1));
  return { open: true, failures, probeAt: at + delay };
}

/** The breaker of a lane that had failed so often when the process before this one ended. */
export function restored(failures: number, probeAt: number, { breakAfter }: BreakerRule): Breaker {
  return failures >= breakAfter ? { open: true, failures, probeAt } : closed;
}

/** Somebody has fixed something, or wants to know: the next probe need not wait. */
export const probeNow = (breaker: Breaker): Breaker => (breaker.open ? { ...breaker, probeAt: -Infinity } : breaker);

function probeDelay(failedProbes: number, { retryDelays, probeMostMs }: BreakerRule): number {
  const planned = retryDelays[Math.min(failedProbes, retryDelays.length - 1)] ?? probeMostMs;
  return Math.min(planned, probeMostMs);
}
