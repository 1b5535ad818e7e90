// The loop behind all work in the background: one step at a time, again after a growing pause where a step failed, until
// nothing is left. Every station of delivery that writes or reads the store runs on one.

import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import { OwnershipLost } from "../store/ownership.ts";

export interface BackgroundLoop {
  /** There is something to do. */
  wake(): void;
  /** Ends the pause that the last step asked for, and after `keepTrying` said no any pause. */
  hurry(): void;
  /** The last step failed. */
  isFailing(): boolean;
  /** Resolves when nothing is left to do, or nobody wants it done any more. */
  idle(): Promise<void>;
}

/** ms until the next step; 0: at once; null: nothing is left. */
export type NextStep = number | null;

export interface BackgroundOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Pauses after a failed step: the first, then doubling up to the last. */
  readonly backoffMs: { readonly first: number; readonly most: number };
  /** false: ends the loop for good. */
  readonly keepTrying: () => boolean;
  /** The ownership is lost: the loop has ended. */
  readonly onFailed: (error: unknown) => void;
}

/** `step` must do the same work again after it failed. */
export function createBackgroundLoop(
  step: () => Promise<NextStep>,
  failureMessage: string,
  { clock, log, backoffMs, keepTrying, onFailed }: BackgroundOptions,
): BackgroundLoop {
  let busy = false;
  let woken = false;
  let backoff = 0;
  let run: Promise<void> = Promise.resolve();
  let endPause: (() => void) | null = null;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      endPause = () => {
        cancel();
        resolve();
      };
    });

  async function tryStep(): Promise<NextStep> {
    try {
      const next = await step();
      if (backoff > 0) log.info("store.recovered", {}, "What the store could not do is done.");
      backoff = 0;
      return next;
    } catch (error) {
      if (error instanceof OwnershipLost) throw error;
      log.error("store.failed", { err: error }, failureMessage);
      backoff = Math.min(Math.max(backoff * 2, backoffMs.first), backoffMs.most);
      return backoff;
    }
  }

  async function work(): Promise<void> {
    while (keepTrying()) {
      woken = false;
      const next = await tryStep();
      if (next !== null && next > 0 && keepTrying()) await pause(next);
      endPause = null;
      // What came while the step ended is not left behind.
      if (next === null && !woken) break;
    }
    busy = false;
  }

  return {
    wake() {
      woken = true;
      if (busy) return;
      busy = true;
      // One turn later, so that what comes together is done together.
      run = Promise.resolve().then(work).catch(onFailed);
    },
    hurry() {
      if (backoff === 0 || !keepTrying()) endPause?.();
    },
    isFailing: () => backoff > 0,
    async idle() {
      for (let last: Promise<void> | null = null; last !== run; ) await (last = run);
    },
  };
}

/** A service that makes one step after the other from its start to its stop, or until the ownership is lost: the dispatcher says
 * so. */
export function createBackgroundService(
  step: () => Promise<NextStep>,
  failureMessage: string,
  options: Pick<BackgroundOptions, "clock" | "log" | "backoffMs">,
): Service {
  let running = false;
  const loop = createBackgroundLoop(step, failureMessage, {
    ...options,
    keepTrying: () => running,
    onFailed: () => (running = false),
  });
  return {
    start() {
      running = true;
      loop.wake();
      return Promise.resolve();
    },
    stop() {
      running = false;
      loop.hurry();
      return loop.idle();
    },
  };
}
