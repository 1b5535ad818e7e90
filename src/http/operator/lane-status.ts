// How the lane of a subscription stands with its receiver, beside what the subscription says: where to look when
// deliveries do not arrive.

import { z } from "zod";
import { outcomes } from "../../model/attempt.ts";
import { laneStates, type LaneStatus } from "../../model/lane.ts";
import { iso, time } from "./time.ts";

export const laneStatusSchema = z.object({
  state: z.enum(laneStates),
  until: time.nullable().describe("When the next attempt may start, where the lane is paused."),
  consecutive_failures: z.number(),
  last_failure: z
    .object({
      code: z.enum(Object.keys(outcomes) as (keyof typeof outcomes)[]),
      status: z.number().nullable(),
      at: time,
    })
    .nullable(),
  in_flight: z.number(),
  cap: z.number().describe("Attempts in flight at most, for now."),
  waiting_in_memory: z.number().describe("Deliveries that are due and not under way."),
  more_on_disk: z.boolean().describe("Whether there are more on the disk, due or for later."),
  oldest_due: time.nullable().describe("When the oldest that waits fell due, or falls due."),
});

export function showLaneStatus(lane: LaneStatus): z.input<typeof laneStatusSchema> {
  const { state, until, failures, lastFailure, inFlight, cap, waiting, onDisk, oldestDue } = lane;
  return {
    state,
    until: until === null ? null : iso(until),
    consecutive_failures: failures,
    last_failure: lastFailure === null ? null : { ...lastFailure, at: iso(lastFailure.at) },
    in_flight: inFlight,
    cap,
    waiting_in_memory: waiting,
    more_on_disk: onDisk,
    oldest_due: oldestDue === null ? null : iso(oldestDue),
  };
}
