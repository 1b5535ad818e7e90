// Forgets what is older than the retention, in short slices. What is still owed when it goes becomes `expired` first, and
// is said so; a retry window as long as the retention would make that the rule, so such settings are refused.

import type { Cancel, Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { Service } from "../../service.ts";
import { type Ledger, OwnershipLost } from "../../store/ledger.ts";
import type { Epoch } from "../../store/shards.ts";
import { retryWindowMs } from "../attempt/retry-policy.ts";
import { type DeliverySettings, type RetentionSettings, retentionDefaults } from "../settings.ts";

export interface RetentionDeps {
  readonly ledger: Pick<Ledger, "prune">;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: () => Epoch;
  /** Whether no attempt is under way: the store has time. */
  readonly idle: () => boolean;
  readonly settings?: Partial<RetentionSettings>;
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

export function createRetention(deps: RetentionDeps): Service {
  const { ledger, clock, log } = deps;
  const settings: RetentionSettings = { ...retentionDefaults, ...deps.settings };
  let running = false;
  let cancel: Cancel = () => {};
  let round: Promise<void> = Promise.resolve();
  let seen = { wall: clock.now(), monotonic: clock.monotonic() };
  let wake = () => {};
  const goesOn = () => running;

  /** Wall time that ran far ahead since the last round may be a mistake, and what is forgotten stays forgotten. */
  function clockJumped(): boolean {
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const jump = now.wall - seen.wall - (now.monotonic - seen.monotonic);
    seen = now;
    return jump > hour;
  }

  async function prune(): Promise<void> {
    const total = { events: 0, observations: 0, idempotencyKeys: 0, expired: 0 };
    let more = true;
    while (more && goesOn()) {
      const now = clock.now();
      const pruned = await ledger.prune(
        deps.epoch(),
        {
          events: now - settings.eventsMs,
          observations: now - settings.observationsMs,
          idempotencyKeys: now - settings.idempotencyKeysMs,
        },
        now,
        settings.budgetMs,
      );
      more = pruned.more;
      for (const kind of ["events", "observations", "idempotencyKeys", "expired"] as const) total[kind] += pruned[kind];
      if (pruned.expired > 0) deps.onExpired?.(pruned.expired);
      if (more) await pause(deps.idle() ? settings.idleGapMs : settings.busyGapMs);
    }
    const { events, observations, idempotencyKeys, expired } = total;
    if (expired > 0)
      log.warn(
        "delivery.expired",
        { deliveries: expired },
        "Deliveries were still owed at the end of their retention.",
      );
    if (events + observations + idempotencyKeys > 0) {
      const facts = { events, observations, idempotency_keys: idempotencyKeys };
      log.info("retention.pruned", facts, "Deleted what is past its retention.");
    }
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
      if (clockJumped())
        log.warn("retention.clock_jumped", {}, "The clock jumped ahead: nothing is deleted in this round.");
      else await prune();
    } catch (error) {
      if (error instanceof OwnershipLost) {
        running = false;
        return;
      }
      log.error("retention.failed", { err: error }, "Old events could not be deleted. Trying again later.");
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
