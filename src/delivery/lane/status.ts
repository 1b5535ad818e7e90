// The status of one lane, for operators and integrators. Pure; changes nothing.

import type { IdleReason, LaneState, LaneStatus } from "../../model/lane.ts";
import { backsOffUntil, isBackingOff, type Lane, widthOf } from "./lane.ts";
import { oldestDue, onDisk, waitingRows } from "./buffer.ts";
import { startsPerSecond } from "./throttle.ts";

/** `now`: engine time, epoch ms. */
export function laneStatus(
  lane: Readonly<Lane>,
  waitingFor: IdleReason | null,
  now: number,
  monotonic: number,
): LaneStatus {
  const { buffer } = lane;
  const state = stateOf(lane, monotonic);
  const due = oldestDue(buffer);
  return {
    state,
    waitingFor,
    until: state === "backing_off" ? now + Math.ceil(backsOffUntil(lane) - monotonic) : null,
    failures: lane.breaker.failures,
    lastFailure: lane.lastFailure,
    inFlight: lane.inFlight,
    cap: widthOf(lane),
    startsPerSecond: startsPerSecond(lane),
    failing: lane.failing,
    waiting: waitingRows(buffer),
    onDisk: onDisk(buffer),
    oldestDue: due === Infinity ? null : due,
  };
}

function stateOf(lane: Readonly<Lane>, monotonic: number): LaneState {
  if (lane.barred && !lane.heldBack) return lane.subscription?.paused ? "paused" : "disabled";
  if (isBackingOff(lane, monotonic)) return "backing_off";
  if (lane.breaker.open) return "probing";
  return widthOf(lane) < lane.cap ? "ramping" : "open";
}
