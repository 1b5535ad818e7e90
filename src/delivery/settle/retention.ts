// Forgets what is older than the retention, in short slices. What is still owed when it goes becomes `expired` first, and the
// log says so; a retry window as long as the retention would make that the rule, so such settings are refused.

import type { Clock } from "../../clock.ts";
import type { Log } from "../../log.ts";
import type { Service } from "../../service.ts";
import type { Ledger } from "../../store/ledger.ts";
import { noPrunedRows, type PrunedRows, type PrunedTally } from "../../store/removal.ts";
import type { Epoch } from "../../store/shards.ts";
import { retryWindowMs } from "../attempt/retry-policy.ts";
import { createBackgroundService } from "../background-loop.ts";
import { type DeliverySettings, type RetentionSettings, retentionDefaults } from "../settings.ts";

export interface RetentionDeps {
  readonly ledger: Pick<Ledger, "prune">;
  readonly clock: Clock;
  readonly log: Log;
  readonly epoch: () => Epoch;
  /** Whether no attempt is under way: the store has time. */
  readonly idle: () => boolean;
  readonly settings?: Partial<RetentionSettings>;
  /** Told of deliveries that were still owed and expired, and of their lanes. */
  readonly onExpired?: (count: number, lanes: readonly number[]) => void;
}

const hour = 3_600_000;
const kinds = Object.keys(noPrunedRows) as readonly (keyof PrunedRows)[];

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
  let seen = { wall: clock.now(), monotonic: clock.monotonic() };
  /** What was forgotten in this round; null between two rounds. */
  let round: PrunedTally | null = null;

  /** Wall time that ran far ahead since the last round may be a mistake, and what is forgotten stays forgotten. */
  function clockJumped(): boolean {
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    const jump = now.wall - seen.wall - (now.monotonic - seen.monotonic);
    seen = now;
    return jump > hour;
  }

  async function step(): Promise<number> {
    if (round === null && clockJumped()) {
      log.warn("retention.clock_jumped", {}, "The clock jumped ahead: nothing is deleted in this round.");
      return settings.everyMs;
    }
    round ??= { ...noPrunedRows };
    const now = clock.now();
    const before = {
      events: now - settings.eventsMs,
      observations: now - settings.observationsMs,
      idempotencyKeys: now - settings.idempotencyKeysMs,
      minutes: now - settings.minutesMs,
      entries: now - settings.entriesMs,
      // Each row says itself until when it counts.
      signIns: now,
    };
    const pruned = await ledger.prune(deps.epoch(), before, now, settings.budgetMs);
    for (const kind of kinds) round[kind] += pruned[kind];
    if (pruned.expired > 0) deps.onExpired?.(pruned.expired, pruned.lanes);
    if (pruned.more) return deps.idle() ? settings.idleGapMs : settings.busyGapMs;
    say(round);
    round = null;
    return settings.everyMs;
  }

  function say(pruned: PrunedRows): void {
    const { events, observations, idempotencyKeys, minuteHours, entries, signIns, expired } = pruned;
    if (expired > 0) {
      const facts = { deliveries: expired };
      log.warn("delivery.expired", facts, "Deliveries were still owed at the end of their retention.");
    }
    if (events + observations + idempotencyKeys + minuteHours + entries + signIns > 0) {
      const rows = { events, observations, idempotency_keys: idempotencyKeys, minute_hours: minuteHours };
      const facts = { ...rows, entries, sign_ins: signIns };
      log.info("retention.pruned", facts, "Deleted what is past its retention.");
    }
  }

  return createBackgroundService(step, "Old events could not be deleted. Trying again later.", {
    clock,
    log,
    backoffMs: { first: settings.busyGapMs, most: settings.everyMs },
  });
}
