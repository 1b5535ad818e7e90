// Attempts from their start to their end: takes the slot, marks the delivery after a crash, composes the request, hands it to
// the client and brings back an outcome, whatever happens. Never throws, and never starts one twice.

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Outcome } from "../model/attempt.ts";
import { deliveryId } from "../model/delivery.ts";
import { below, type NumberRanges, rangesText } from "../model/number-ranges.ts";
import type { Subscription } from "../model/subscription.ts";
import type { TracedAttempt, Tracing } from "../model/tracing.ts";
import type { DueDelivery } from "../store/owed.ts";
import { type Composer, prepare, request, type Timeouts } from "./attempt/attempt.ts";
import { redact } from "./attempt/redact.ts";
import type { Send } from "./attempt/request.ts";
import { failed } from "./client/outcome.ts";
import type { Lane } from "./lane/lane.ts";
import type { Scheduler, Slot } from "./lane/scheduler.ts";
import { startedLater } from "./lane/throttle.ts";
import type { CrashRecovery } from "./recovery/crash-recovery.ts";

/** An attempt under way, with the slot it holds. */
export interface Attempt {
  readonly lane: Lane;
  readonly delivery: DueDelivery;
  readonly slot: Slot;
  /** As it was when the attempt began. */
  readonly subscription: Subscription;
  /** It began while the breaker of its lane was open. */
  readonly probe: boolean;
  /** Numbers of which it tells the receiver that they were superseded. */
  readonly skipped: NumberRanges;
  /** Wall time, epoch ms. */
  readonly startedAt: number;
}

export interface Attempts {
  /** Takes a slot, asks crash recovery, composes and sends. After a crash the request may have to wait for a mark. */
  start(lane: Lane, delivery: DueDelivery): void;
  /** Gives the slot back. `made`: a request was sent, whatever came of it. */
  end(slot: Slot, delivery: DueDelivery, made: boolean): void;
  inFlight(): number;
}

export interface AttemptsDeps extends Composer {
  readonly clock: Clock;
  readonly log: Log;
  readonly send: Send;
  readonly settings: Timeouts;
  readonly tracing?: Tracing;
  readonly scheduler: Pick<Scheduler, "started" | "ended">;
  readonly recovery: Pick<CrashRecovery, "beforeAttempt" | "afterAttempt">;
  readonly running: () => boolean;
  /** Called in a later turn than `start`. */
  readonly onFinished: (attempt: Attempt, outcome: Outcome) => void;
  /** The lane was barred, or the stop began, before the attempt did. */
  readonly onNotMade: (slot: Slot, delivery: DueDelivery) => void;
}

export function createAttempts(deps: AttemptsDeps): Attempts {
  const { clock, log, scheduler, recovery, onFinished } = deps;
  let inFlight = 0;

  function start(lane: Lane, delivery: DueDelivery): void {
    const allowed = recovery.beforeAttempt(lane, delivery);
    const slot = scheduler.started(lane, delivery.class !== "live");
    inFlight++;
    if (allowed === null) make(slot, delivery);
    else void makeWhen(allowed, slot, delivery);
  }

  async function makeWhen(allowed: Promise<boolean>, slot: Slot, delivery: DueDelivery): Promise<void> {
    const isMarked = await allowed;
    if (!isMarked || !deps.running() || slot.lane.barred) return deps.onNotMade(slot, delivery);
    startedLater(slot.lane, clock.monotonic());
    make(slot, delivery);
  }

  /** A fault of ours is an attempt that came to nothing, with an error in the log: it must neither stop the lane nor be
   * tried for ever. */
  function make(slot: Slot, delivery: DueDelivery): void {
    const { lane } = slot;
    const { subscription } = lane;
    if (subscription === null) throw new Error("A lane without a subscription was scheduled.");
    const skipped = lane.skipped.length === 0 ? lane.skipped : below(lane.skipped, delivery.sequence ?? 0);
    const attempt = { lane, delivery, slot, subscription, probe: lane.breaker.open, skipped, startedAt: clock.now() };
    let traced: TracedAttempt | null = null;
    const fault = (error: unknown): void => {
      traced?.end(interrupted);
      log.error(
        "attempt.failed",
        { err: error, delivery: deliveryId(delivery.number) },
        "An attempt could not be made.",
      );
      onFinished(attempt, interrupted);
    };
    try {
      const { refused, secrets } = (lane.prepared ??= prepare(subscription, deps, deps.settings));
      if (refused !== null) {
        return queueMicrotask(() => onFinished(attempt, failed("header_forbidden", refused, 0)));
      }
      traced = deps.tracing?.attempt(attempt, delivery.event.trace ?? null) ?? null;
      const asked = request(lane.prepared, delivery, deps, attempt.startedAt, more(traced, skipped));
      void deps.send(asked).then((outcome) => {
        traced?.end(outcome);
        const { response } = outcome;
        onFinished(attempt, response === null ? outcome : { ...outcome, response: redact(response, secrets) });
      }, fault);
    } catch (error) {
      queueMicrotask(() => fault(error));
    }
  }

  return {
    start,
    end(slot, { number }, made) {
      inFlight--;
      scheduler.ended(slot);
      recovery.afterAttempt(slot.lane, number, made);
    },
    inFlight: () => inFlight,
  };
}

/** Headers that few requests have. */
function more(traced: TracedAttempt | null, skipped: NumberRanges): TracedAttempt["headers"] | undefined {
  if (skipped.length === 0) return traced?.headers;
  return [["belfry-sequence-skipped", rangesText(skipped)], ...(traced?.headers ?? [])];
}

const interrupted: Outcome = {
  code: "interrupted",
  status: null,
  detail: "Belfry could not make this attempt; its log says why.",
  retryAfterMs: null,
  durationMs: 0,
  response: null,
  responseBytes: 0,
};
