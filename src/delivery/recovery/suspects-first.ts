// A start after an unclean stop: what may have ended the process is said in the log, and tried alone before anything else
// goes on, as far as the time allows.

import { deliveryId } from "../../model/delivery.ts";
import type { DueDelivery, Ownership } from "../../store/ledger.ts";
import { type CrashRecovery, type CrashRecoveryDeps, createCrashRecovery } from "./crash-recovery.ts";
import { isPaused, type Lane } from "../lane/lane.ts";

/** The care that an owner takes of what the one before it left; null: that one stopped in order. */
export function recoveryAfterCrash(
  { afterCrash: unclean, marked, upTo, quarantined }: Ownership,
  deps: Omit<CrashRecoveryDeps, "marked" | "upTo">,
): CrashRecovery | null {
  if (!unclean && marked.length === 0) return null;
  const { log } = deps;
  log.warn(
    "recovery.started",
    { suspects: marked.length },
    "Belfry did not stop in order: what was under way is tried with care.",
  );
  if (quarantined.length > 0) {
    log.error(
      "delivery.quarantined",
      { deliveries: quarantined.map(deliveryId) },
      "Belfry ended three times under these deliveries: they are held until somebody resends them.",
    );
  }
  return createCrashRecovery({ ...deps, marked: marked.map(({ number }) => number), upTo });
}

export interface SerialDeps extends Pick<CrashRecoveryDeps, "ledger" | "clock" | "epoch"> {
  /** All of them together, ms. */
  readonly mostMs: number;
  readonly running: () => boolean;
  readonly lane: (number: number) => Lane;
  /** Whether there is a slot for the lane. */
  readonly hasRoom: (lane: Lane) => boolean;
  /** Makes the attempt; resolves when it is over, or has run for so long that it ends nothing. */
  readonly attempt: (lane: Lane, delivery: DueDelivery) => Promise<void>;
}

/** Rejects where one could not be noted; those that were not tried are later, with care. */
export async function trySerially(marked: readonly DueDelivery[], deps: SerialDeps): Promise<void> {
  const { clock } = deps;
  const end = clock.monotonic() + deps.mostMs;
  for (const delivery of marked) {
    const lane = deps.lane(delivery.lane);
    if (!deps.running() || clock.monotonic() >= end) break;
    if (lane.barred || isPaused(lane, clock.monotonic())) continue;
    // Those before it may be under way still.
    if (lane.inFlight > 0 || !deps.hasRoom(lane)) continue;
    await deps.ledger.markStarted(deps.epoch(), [delivery.number]);
    await deps.attempt(lane, delivery);
  }
}
