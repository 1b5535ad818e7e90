// The figures of the dispatcher, for metrics and console. Walks all lanes, so they are asked for seldom.

import { type IdleReason, idleReasons } from "../../model/lane.ts";
import { backsOffUntil, isBackingOff, type Lane } from "./lane.ts";
import { nextStartAt } from "./throttle.ts";
import { oldestDue, oldestWithoutReplays, waitingRows } from "./buffer.ts";

export interface DeliveryStats {
  readonly running: boolean;
  /** Attempts without an outcome. */
  readonly inFlight: number;
  /** Outcomes that are not durable yet. */
  readonly settling: number;
  /** Attempts since the start that could not be made, since this machine had no file or port left. */
  readonly postponed: number;
  /** Attempts in flight that are slow, or of lanes not known to be quick. */
  readonly slow: number;
  /** Rows in memory, those in flight and those that wait for the settler among them. */
  readonly inMemory: number;
  /** Rows in memory that wait to be started. */
  readonly waiting: number;
  readonly lanes: number;
  /** Lanes that have live deliveries that are spilled. */
  readonly onDisk: number;
  /** Lanes that wait for their receiver, those that are being probed among them. */
  readonly backingOff: number;
  readonly barred: number;
  /** Lanes by the reason why nothing more of them starts. */
  readonly waitingFor: Readonly<Record<IdleReason, number>>;
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
  whyIdle: (lane: Lane) => IdleReason | null,
  counted: Pick<DeliveryStats, "running" | "inFlight" | "settling" | "postponed" | "slow" | "inMemory">,
): DeliveryStats {
  let [waiting, count, onDisk, backingOff, barred, lateMs, waitedMs] = [0, 0, 0, 0, 0, 0, 0];
  const waitingFor = noReasons();
  for (const lane of lanes) {
    count++;
    waiting += waitingRows(lane.buffer);
    if (lane.buffer.mode === "disk") onDisk++;
    const reason = whyIdle(lane);
    if (reason !== null) waitingFor[reason]++;
    if (lane.barred) {
      barred++;
      continue;
    }
    if (lane.breaker.open || isBackingOff(lane, monotonic)) backingOff++;
    const waited = now - oldestDue(lane.buffer);
    if (waited <= 0) continue;
    waitedMs = Math.max(waitedMs, waited);
    lateMs = Math.max(lateMs, Math.min(now - oldestWithoutReplays(lane.buffer), idleFor(lane, monotonic)));
  }
  return { ...counted, waiting, lanes: count, onDisk, backingOff, barred, waitingFor, lateMs, waitedMs };
}

const noReasons = (): Record<IdleReason, number> =>
  Object.fromEntries(Object.keys(idleReasons).map((reason) => [reason, 0])) as Record<IdleReason, number>;

/** How long nothing but Belfry has kept the lane from its next attempt, ms; not above 0 while its receiver does. */
function idleFor(lane: Lane, monotonic: number): number {
  if (lane.breaker.open && lane.inFlight > 0) return 0;
  return monotonic - Math.max(backsOffUntil(lane), nextStartAt(lane), lane.lastHeldUpAt);
}
