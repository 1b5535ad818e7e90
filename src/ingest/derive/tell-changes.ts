// What listeners hear of sensing, once it is durable: sensors and hives that changed, spaces that are not known any more, minutes.

import type { EngineEvents } from "../../model/engine-events.ts";
import type { SpaceLevel } from "../../model/fact.ts";
import type { Conclusion } from "./sensings.ts";

/** What changed beside the facts. */
export interface Said {
  readonly lost: { readonly organization: string; readonly level: SpaceLevel; readonly id: string }[];
  /** Frames that came too late to correct any minute. */
  tooLate: number;
}

export function tellChanges(events: EngineEvents, conclusions: readonly Conclusion[], { lost, tooLate }: Said): void {
  let closed = 0;
  let corrected = 0;
  for (const { organization, fact } of conclusions) {
    if (fact.kind === "health") events.sensorChanged?.(organization, fact);
    if (fact.kind !== "occupancy" || fact.window !== "minute") continue;
    if (fact.revision === 0) closed++;
    else corrected++;
  }
  for (const { organization, level, id } of lost) events.spaceLost?.(organization, level, id);
  if (closed + corrected + tooLate > 0) events.minutesTold?.({ closed, corrected, tooLate });
}
