// Forgets what is older than the retention, in short slices. What is still owed when it goes becomes `expired` first, and
// is said so; a retry window as long as the retention would make that the rule, so such settings are refused.

import type { Cancel, Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import { type Ledger, OwnershipLost } from "../store/ledger.ts";
import { retryWindowMs } from "./retry.ts";
import { type DeliverySettings, type JanitorSettings, janitorDefaults } from "./settings.ts";

export interface JanitorDeps {
  readonly ledger: Pick<Ledger, "forget">;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: () => number;
  /** Whether no attempt is under way: the store has time. */
  readonly idle: () => boolean;
  readonly settings?: Partial<JanitorSettings>;
  /** Told of deliveries that were still owed and expired, for the metrics. */
  readonly onExpired?: (count: number) => void;
}

const hour = 3_600_000;
/** The sentence that says that events are not kept for as long as their retries can take, or null. */
export function checkRetention(
  retry: Pick<DeliverySettings, "retryDelays" | "jitter" | "longestTimeoutMs">,
  eventsMs: number,
): string | null {
  const windowMs = retryWindowMs(retry.retryDelays, retry.jitter, retry.longestTimeoutMs);
  if (windowMs < eventsMs) return null;
  const [window, kept] = [windowMs, eventsMs].map((ms) => (ms / hour).toFixed(1));
  return (
    `Retries can take ${window} h (BELFRY_RETRY_DELAYS, BELFRY_TIMEOUT_MAX), but events are kept for ${kept} h only ` +
    "(BELFRY_RETENTION_EVENTS). Keep events longer or shorten the retries."
  );
}

export function createJanitor(deps: JanitorDeps): Service {
  const { ledger, clock, log } = deps;
  const settings: JanitorSettings = { ...janitorDefaults, ...deps.settings };
  let running = false;
  let cancel: Cancel = () => {};
  let round: Promise<void> = Promise.resolve();
  let seen = { wall: clock.now(), monotonic: clock.monotonic() };
  let wake = () => {};
  const goesOn = () => running;

  /** Wall time that ran far ahead since the last round may be a mistake, and what is forgotten stays forgotten. */
  function clockLeapt(): boolean {
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const leap = now.wall - seen.wall - (now.monotonic - seen.monotonic);
    seen = now;
    return leap > hour;
  }

  async function forget(): Promise<void> {
    const total = { events: 0, observations: 0, inputs: 0, expired: 0 };
    let more = true;
    while (more && goesOn()) {
      const now = clock.now();
      const forgotten = await ledger.forget(
        deps.epoch(),
        {
          events: now - settings.eventsMs,
          observations: now - settings.observationsMs,
          inputs: now - settings.inputsMs,
        },
        now,
        settings.budgetMs,
      );
      more = forgotten.more;
      for (const kind of ["events", "observations", "inputs", "expired"] as const) total[kind] += forgotten[kind];
      if (forgotten.expired > 0) deps.onExpired?.(forgotten.expired);
      if (more) await pause(deps.idle() ? settings.idleGapMs : settings.busyGapMs);
    }
    if (total.expired > 0)
      log.warn(total, "Deliveries were still owed when their events were forgotten: they expired.");
    else if (total.events + total.observations + total.inputs > 0)
      log.info(total, "Forgot what is past its retention.");
  }

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const stop = clock.after(ms, resolve);
      wake = () => {
        stop();
        resolve();
      };
    });

  async function work(): Promise<void> {
    try {
      if (clockLeapt()) log.warn({ at: seen.wall }, "The clock has leapt ahead: nothing is forgotten in this round.");
      else await forget();
    } catch (error) {
      if (error instanceof OwnershipLost) {
        running = false;
        return;
      }
      log.error({ err: error }, "Old events could not be forgotten; trying again later.");
    }
    again(settings.everyMs);
  }

  function again(ms: number): void {
    if (!running) return;
    cancel = clock.after(ms, () => {
      round = work();
    });
  }

  return {
    start() {
      running = true;
      again(0);
      return Promise.resolve();
    },
    async stop() {
      running = false;
      cancel();
      wake();
      await round;
    },
  };
}
