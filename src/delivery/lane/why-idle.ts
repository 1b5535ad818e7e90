// Why a lane starts nothing more: every reason there is, in one place. What each means and what ends it: model/lane.ts. The
// scheduler, the API, the metrics and the simulation ask here. Changes nothing.

import type { IdleReason } from "../../model/lane.ts";
import { isReading, isStalled, oldestDue, waitingRows } from "./buffer.ts";
import { awaitsEarlier, isBackingOff, type Lane, widthOf } from "./lane.ts";
import { isThrottled } from "./throttle.ts";

/** A reason that the lane itself carries, whoever brought it about: it holds whatever the lane is owed and whoever has room. */
export type OwnReason = Extract<
  IdleReason,
  | "paused"
  | "withdrawing"
  | "disabled"
  | "backing_off"
  | "local_shortage"
  | "recovering"
  | "probing"
  | "at_lane_cap"
  | "rate_limit"
>;

/** A reason that lies with those that the lane shares slots with. */
export type SlotReason = Extract<IdleReason, "at_organization_cap" | "at_host_cap" | "slow_share">;

/** The state of the engine as far as it holds lanes up. */
export interface EngineState {
  /** It does not run: not yet, not any more, or another owner has taken over. */
  stopping(): boolean;
  /** At a start after a crash: marked deliveries are tried before anything else, in whatever lane. */
  recovering(): boolean;
  /** Outcomes cannot be written. */
  cannotSettle(): boolean;
  /** Deliveries cannot be read. */
  cannotRead(): boolean;
  /** The memory is full and the lane has no slot: its next row is not read. A lane with a slot reads one row at a time. */
  mustWait(lane: Lane): boolean;
  /** Another process may own the lane by now: nothing may start. */
  cutOff(): boolean;
  /** Whether there is a slot left in all. */
  hasRoom(): boolean;
  slotReason(lane: Lane): SlotReason | null;
}

/** Null: the lane could start a delivery, if it has one. Asked at every change of a lane, so it must stay cheap. */
export function ownReason(lane: Readonly<Lane>, monotonic: number): OwnReason | null {
  if (lane.barred) return whyBarred(lane);
  if (isBackingOff(lane, monotonic)) return "backing_off";
  if (lane.shortUntil > monotonic) return "local_shortage";
  if (lane.serialDelivery !== null) return "recovering";
  if (lane.inFlight < widthOf(lane)) return isThrottled(lane, monotonic) ? "rate_limit" : null;
  return lane.breaker.open ? "probing" : "at_lane_cap";
}

function whyBarred({ heldBack, subscription }: Readonly<Lane>): OwnReason {
  if (heldBack) return "withdrawing";
  return subscription?.paused ? "paused" : "disabled";
}

/** Reasons that hold whether something is due or not. */
const holds: ReadonlySet<OwnReason> = new Set<OwnReason>([
  "paused",
  "withdrawing",
  "disabled",
  "backing_off",
  "local_shortage",
]);

/** Null: the lane starts its next delivery in this turn, or is about to be woken. `now`: engine time, epoch ms. */
export function whyIdle(lane: Lane, now: number, monotonic: number, engine: EngineState): IdleReason | null {
  if (engine.stopping()) return "stopping";
  const own = ownReason(lane, monotonic);
  if (own !== null && holds.has(own)) return own;
  if (!hasDue(lane, now)) return "nothing_due";
  if (engine.recovering()) return "recovering";
  if (own !== null) return own;
  if (waitingRows(lane.buffer) === 0) return whyNotLoaded(lane, engine);
  if (engine.cannotSettle()) return "store_stuck";
  if (engine.cutOff()) return "cut_off";
  if (!engine.hasRoom()) return "at_overall_cap";
  return engine.slotReason(lane);
}

function hasDue({ buffer }: Lane, now: number): boolean {
  return waitingRows(buffer) > 0 || buffer.spilling > 0 || oldestDue(buffer) <= now;
}

function whyNotLoaded(lane: Lane, engine: EngineState): IdleReason | null {
  const { spilling, reserved } = lane.buffer;
  if (lane.wantsLoad && engine.cannotRead()) return "store_stuck";
  if (lane.wantsLoad && engine.mustWait(lane)) return "memory_full";
  if (lane.wantsLoad || isReading(lane.buffer) || spilling > 0 || reserved > 0) return "loading";
  if (awaitsEarlier(lane)) return "loading";
  // A read stops at 16 Mi characters of bodies: one more brings nothing new before the rows that are here are settled.
  return isStalled(lane.buffer) ? "memory_full" : null;
}
