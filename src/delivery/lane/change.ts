// Whether a lane has begun to back off, or takes deliveries again: told once for each, however many attempts fail between.

import { isBackingOff, type Lane } from "./lane.ts";

/** Asked after the result of each attempt; true: this one changed it. A failure that makes nobody wait changes nothing, and
 * neither does the success of an attempt that was under way when the receiver asked Belfry to wait. A lane that is disabled
 * is told as that. */
export function hasChanged(lane: Lane, success: boolean, monotonic: number): boolean {
  if (lane.barred) return false;
  const waits = lane.breaker.open || isBackingOff(lane, monotonic);
  if (waits === lane.hasBackedOff || (!waits && !success)) return false;
  lane.hasBackedOff = waits;
  return true;
}
