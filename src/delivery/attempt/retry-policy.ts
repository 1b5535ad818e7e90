// The retry rule: what follows from the outcome of an attempt. Pure; the time of the next attempt is counted from the
// end of this one.

import { outcomes, type Outcome, type OutcomeCode } from "../../model/attempt.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { LongestWaits } from "../../store/ownership.ts";

export interface RetryRule {
  /** ms between attempts; as many retries as delays. */
  readonly delays: readonly number[];
  /** Each delay is drawn from ± this part of itself. */
  readonly jitter: number;
  /** A longer Retry-After, ms, counts as this. */
  readonly retryAfterMostMs: number;
  /** How long the lane waits when the receiver asks it to slow down and does not say for how long, ms. */
  readonly throttleMs: number;
  /** How long the lane waits when this machine had no file or port left, ms. */
  readonly shortageMs: number;
}

export interface Consequence {
  /** A final state, ms until the next attempt, or ms until this one is made, which does not count. */
  readonly next:
    | { readonly state: "delivered" | "exhausted" | "cancelled" | "expired" }
    | { readonly delayMs: number }
    | { readonly againMs: number };
  /** The receiver is gone for good: nothing more is to be sent there. */
  readonly disable: boolean;
  /** How long the whole lane must wait, ms; 0: it need not. */
  readonly pauseMs: number;
}

/** Statuses by which a receiver, or what stands before it, says that it has too much to do [design §4.11]. */
const throttling: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const timeouts: ReadonlySet<OutcomeCode> = new Set(["timeout", "connect_timeout", "dns_timeout"]);

/** Whether the receiver said by what it answered that it gets too many at a time, and when it takes the next. */
export const asksForGentlerPace = ({ status, retryAfterMs }: Outcome): boolean =>
  status === 429 && (retryAfterMs ?? 0) > 0;

export const isTimeout = (outcome: Outcome): boolean => timeouts.has(outcome.code);

/** `attempt` counts from 1; `fraction` is chance in [0, 1). `isCurrent`: the endpoint stands as it was called; what one asked
 * for that was replaced meanwhile binds nobody. */
export function consequence(
  outcome: Outcome,
  attempt: number,
  rule: RetryRule,
  fraction: number,
  isCurrent = true,
): Consequence {
  const kind = outcomes[outcome.code];
  if (kind === "success") return { next: { state: "delivered" }, disable: false, pauseMs: 0 };
  if (kind === "end") {
    return { next: { state: outcome.code === "expired" ? "expired" : "cancelled" }, disable: false, pauseMs: 0 };
  }
  if (kind === "uncounted") return { next: { againMs: rule.shortageMs }, disable: false, pauseMs: 0 };
  const asked = isCurrent ? Math.min(Math.max(outcome.retryAfterMs ?? 0, 0), rule.retryAfterMostMs) : 0;
  const throttled = outcome.status !== null && throttling.has(outcome.status);
  const delay = rule.delays[attempt - 1];
  return {
    next:
      delay === undefined
        ? { state: "exhausted" }
        : { delayMs: Math.ceil(Math.max(delay * (1 + rule.jitter * (2 * fraction - 1)), asked)) },
    disable: isCurrent && kind === "disable",
    pauseMs: throttled ? (asked > 0 ? asked : rule.throttleMs) : 0,
  };
}

/** The longest that deliveries wait after their nth attempt, where no receiver asks for more. */
export function longestWaits(
  { retryDelays, jitter }: Pick<RetryRule, "jitter"> & { readonly retryDelays: readonly number[] },
  subscriptions: Iterable<Subscription>,
): LongestWaits {
  const waits = (delays: readonly number[]) => delays.map((delay) => Math.ceil(delay * (1 + jitter)));
  const lanes: { lane: number; waits: readonly number[] }[] = [];
  for (const { number, lane } of subscriptions) {
    if (lane.retryDelays !== null) lanes.push({ lane: number, waits: waits(lane.retryDelays) });
  }
  return { usual: waits(retryDelays), lanes };
}

/** The longest that a delivery can be under way by this rule, ms, when no receiver asks for more patience. */
export function retryWindowMs(delays: readonly number[], jitter: number, timeoutMs: number): number {
  return delays.reduce((sum, delay) => sum + delay * (1 + jitter), 0) + (delays.length + 1) * timeoutMs;
}
