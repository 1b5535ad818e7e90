// What the dispatcher shows of itself for metrics and console. Walks all lanes: asked seldom.

import { isPaused, type Lane, resumesAt } from "./lane.ts";
import { oldestDue, oldestWithoutReplays, waitingRows } from "./buffer.ts";

export interface DeliveryStats {
  readonly running: boolean;
  /** Attempts without an outcome. */
  readonly inFlight: number;
  /** Outcomes that are not durable yet. */
  readonly settling: number;
  /** Attempts since the start that this machine had no file or port for. */
  readonly postponed: number;
  /** Attempts in flight that are slow, or of lanes not known to be quick. */
  readonly slow: number;
  /** Rows in memory, those in flight and being booked among them. */
  readonly inMemory: number;
  /** Rows in memory that wait to be started. */
  readonly waiting: number;
  readonly lanes: number;
  /** Lanes that have live deliveries on the disk only. */
  readonly onDisk: number;
  /** Lanes that wait for their receiver, those that are being probed among them. */
  readonly paused: number;
  readonly barred: number;
  /** How long the oldest delivery has waited that could be attempted and is not, ms: what Belfry is late with. Replays
   * do not count: they go when there is room. */
  readonly lateMs: number;
  /** How long the oldest waiting delivery of all lanes that are not barred has been due, whoever keeps it, ms. */
  readonly waitedMs: number;
}

/** `now`: engine time, epoch ms. */
export function deliveryStats(
  lanes: Iterable<Lane>,
  now: number,
  monotonic: number,
  counted: Pick<DeliveryStats, "running" | "inFlight" | "settling" | "postponed" | "slow" | "inMemory">,
): DeliveryStats {
  let [waiting, count, onDisk, paused, barred, lateMs, waitedMs] = [0, 0, 0, 0, 0, 0, 0];
  for (const lane of lanes) {
    count++;
    waiting += waitingRows(lane.buffer);
    if (lane.buffer.mode === "disk") onDisk++;
    if (lane.barred) {
      barred++;
      continue;
    }
    if (lane.breaker.open || isPaused(lane, monotonic)) paused++;
    const waited = now - oldestDue(lane.buffer);
    if (waited <= 0) continue;
    waitedMs = Math.max(waitedMs, waited);
    lateMs = Math.max(lateMs, Math.min(now - oldestWithoutReplays(lane.buffer), idleFor(lane, monotonic)));
  }
  return { ...counted, waiting, lanes: count, onDisk, paused, barred, lateMs, waitedMs };
}

/** How long nothing but Belfry has kept the lane from its next attempt, ms; not above 0 while its receiver does. */
function idleFor(lane: Lane, monotonic: number): number {
  if (lane.breaker.open && lane.inFlight > 0) return 0;
  return monotonic - Math.max(resumesAt(lane), lane.lastHeldUpAt);
}
