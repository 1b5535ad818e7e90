// What must follow from an outcome, worked out a second time from the promise and not from the program [design §4.11].

import type { DeliverySettings } from "../../../src/delivery/settings.ts";
import type { Outcome } from "../../../src/model/attempt.ts";

export interface Expected {
  /** Null: to be tried again. */
  readonly state: "delivered" | "exhausted" | null;
  /** Bounds of the next due time, epoch ms. */
  readonly from: number;
  readonly until: number;
  /** What the bounds count from. */
  readonly base: number;
  /** The delay before jitter where nothing but it decides, ms. */
  readonly delay: number | null;
  /** How long the lane must wait, ms. */
  readonly pauseMs: number;
}

const day = 86_400_000;

/** `retryAfterMs`: what the receiver said, null where it said nothing that counts. */
export function consequenceOf(
  { code, status }: Outcome,
  attempt: number,
  retryAfterMs: number | null,
  delays: readonly number[],
  settings: DeliverySettings,
  now: { readonly least: number; readonly most: number },
): Expected {
  const wish = Math.min(retryAfterMs ?? 0, day);
  const slows = status === 429 || status === 502 || status === 503 || status === 504;
  const none = { from: 0, until: 0, base: now.least, delay: null, pauseMs: 0 };
  if (code === "delivered") return { ...none, state: "delivered" };
  const pauseMs = slows ? (wish > 0 ? wish : settings.throttleMs) : 0;
  const delay = delays[attempt - 1];
  if (delay === undefined) return { ...none, state: "exhausted", pauseMs };
  const jitter = delay * settings.jitter;
  return {
    state: null,
    // Engine time is whole, and what is due is rounded up.
    from: now.least - 2 + Math.max(delay - jitter, wish),
    until: now.most + 2 + Math.max(delay + jitter, wish),
    base: now.least,
    delay: wish > delay - jitter || delay < 1000 ? null : delay,
    pauseMs,
  };
}
