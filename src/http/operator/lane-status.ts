// The status of a subscription's lane in the operator API: where to look when deliveries do not arrive.

import { z } from "zod";
import { outcomes } from "../../model/attempt.ts";
import { type IdleReason, idleReasons, laneStates, type LaneStatus } from "../../model/lane.ts";
import { iso, time } from "./time.ts";

export const laneStatusSchema = z.object({
  state: z.enum(laneStates),
  waiting_for: z
    .enum(Object.keys(idleReasons) as IdleReason[])
    .nullable()
    .describe("Why the lane starts nothing more now; null where it is about to."),
  until: time.nullable().describe("When the next attempt may start, where the lane is backing off."),
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
  starts_per_second: z
    .number()
    .nullable()
    .describe("At most, for now: its rate limit, or a gentler pace that its receiver asked for; null: no limit."),
  failing: z
    .object({ since: time, attempts: z.number().describe("How many have failed since.") })
    .nullable()
    .describe("Since when nothing has succeeded; null: the last attempt did, or there was none."),
  waiting_in_memory: z.number().describe("Deliveries that are due and not under way."),
  more_on_disk: z.boolean().describe("Whether there are more on the disk, due or for later."),
  oldest_due: time.nullable().describe("When the oldest that waits fell due, or falls due."),
});

export function showLaneStatus(lane: LaneStatus): z.input<typeof laneStatusSchema> {
  const { state, waitingFor, until, failures, lastFailure, inFlight, cap, waiting, onDisk, oldestDue } = lane;
  const { startsPerSecond, failing } = lane;
  return {
    state,
    waiting_for: waitingFor,
    until: until === null ? null : iso(until),
    consecutive_failures: failures,
    last_failure: lastFailure === null ? null : { ...lastFailure, at: iso(lastFailure.at) },
    in_flight: inFlight,
    cap,
    starts_per_second: startsPerSecond,
    failing: failing === null ? null : { since: iso(failing.since), attempts: failing.attempts },
    waiting_in_memory: waiting,
    more_on_disk: onDisk,
    oldest_due: oldestDue === null ? null : iso(oldestDue),
  };
}
