// Makes one attempt: composes the request, hands it to the sender and brings back an outcome, whatever happens.

import type { Log } from "../log.ts";
import { deliveryId } from "../model/delivery.ts";
import type { Outcome } from "../model/attempt.ts";
import type { Subscription } from "../model/subscription.ts";
import type { DueDelivery } from "../store/ledger.ts";
import { type Composer, prepare, request, type Timeouts } from "./attempt/attempt.ts";
import type { Lane } from "./lane/lane.ts";
import { redact } from "./attempt/redact.ts";
import type { Send, Shortage } from "./attempt/request.ts";
import { failed } from "./client/outcome.ts";

export interface AttemptContext {
  readonly lane: Lane;
  readonly delivery: DueDelivery;
  /** As it was when the attempt began. */
  readonly subscription: Subscription;
  /** Wall time, epoch ms. */
  readonly startedAt: number;
}

export interface MakeAttemptDeps extends Composer {
  readonly send: Send;
  readonly log: Log;
  readonly settings: Timeouts;
}

/** What it returns calls back once, in a later turn, and never throws: a fault of ours is an attempt that came to nothing,
 * and is said in the log, so that it neither stops the lane nor is tried for ever. */
export function createMakeAttempt(
  deps: MakeAttemptDeps,
): (mission: AttemptContext, finish: (made: Outcome | Shortage) => void) => void {
  return ({ lane, delivery, subscription, startedAt }, finish) => {
    const fault = (error: unknown): void => {
      deps.log.error(
        "attempt.failed",
        { err: error, delivery: deliveryId(delivery.number) },
        "An attempt could not be made.",
      );
      finish(notMade);
    };
    try {
      const prepared = (lane.prepared ??= prepare(subscription, deps, deps.settings));
      const { refused } = prepared;
      if (refused !== null) return queueMicrotask(() => finish(failed("header_forbidden", refused, 0)));
      void deps.send(request(prepared, delivery, deps, startedAt)).then((made) => {
        if (typeof made === "string" || made.response === null) finish(made);
        else finish({ ...made, response: redact(made.response, prepared.secrets) });
      }, fault);
    } catch (error) {
      queueMicrotask(() => fault(error));
    }
  };
}

const notMade: Outcome = {
  code: "interrupted",
  status: null,
  detail: "Belfry could not make this attempt; its log says why.",
  retryAfterMs: null,
  durationMs: 0,
  response: null,
  responseBytes: 0,
};
