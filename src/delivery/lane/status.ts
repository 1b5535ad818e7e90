// What one lane shows of itself to operators and integrators. Pure; changes nothing.

import type { LaneState, LaneStatus } from "../../model/lane.ts";
import { isPaused, type Lane, resumesAt, widthOf } from "./lane.ts";
import { oldestDue, onDisk, waitingRows } from "./buffer.ts";

/** `now`: engine time, epoch ms. */
export function laneStatus(lane: Readonly<Lane>, now: number, monotonic: number): LaneStatus {
  const { buffer: window } = lane;
  const state = stateOf(lane, monotonic);
  const due = oldestDue(window);
  return {
    state,
    until: state === "paused" ? now + Math.ceil(resumesAt(lane) - monotonic) : null,
    failures: lane.breaker.failures,
    lastFailure: lane.lastFailure,
    inFlight: lane.inFlight,
    cap: widthOf(lane),
    waiting: waitingRows(window),
    onDisk: onDisk(window),
    oldestDue: due === Infinity ? null : due,
  };
}

function stateOf(lane: Readonly<Lane>, monotonic: number): LaneState {
  if (lane.barred) return "disabled";
  if (isPaused(lane, monotonic)) return "paused";
  if (lane.breaker.open) return "probing";
  return widthOf(lane) < lane.cap ? "ramping" : "open";
}
