// How a subscription looks through the operator API, and the names of its settings, which requests use as well. Where the owner set
// a secret, the view says that it is there.

import { z } from "zod";
import type { DialectName } from "../../model/event.ts";
import type { LaneStatus } from "../../model/lane.ts";
import type { Principal } from "../../model/principal.ts";
import {
  deliveryModes,
  deliveryOrders,
  extraSignatures,
  payloadFormats,
  publicKeyOf,
  stateOf,
  type Subscription,
  subscriptionStates,
  usualPayload,
} from "../../model/subscription.ts";
import { dialectName } from "./dialect-name.ts";
import { endpointSchema, showEndpoint } from "./endpoint-view.ts";
import { laneStatusSchema, showLaneStatus } from "./lane-status.ts";
import { iso, time } from "./time.ts";

export const signatureName = z.enum(["standard", ...extraSignatures]);

export const repeatMinutes = z.literal([0, 5]);

export const deliveryOrder = z.enum(deliveryOrders);
export const orderMeans =
  "subject: deliveries about one subject go one after another, in the order of acceptance; a failing one holds its subject" +
  " alone, until its last retry. none: whatever is due goes.";
export const deliveryMode = z.enum(deliveryModes);
export const modeMeans =
  "latest: of the states of a subject that wait (occupancy, detections, motion) the newest alone is sent; older ones become" +
  " superseded. Other types, resends and replays are sent as ever. all: everything is sent.";

export const subscriptionSchema = z.object({
  id: z.string(),
  organization: z.string(),
  dialect: dialectName,
  name: z.string(),
  scope: z.object({ kind: z.enum(["organization", "building", "tenant"]), id: z.string().optional() }),
  bindings: z.array(z.object({ type: z.string(), variant: z.number(), resource: z.string().nullable() })),
  filters: z
    .record(z.string(), z.union([z.array(z.string()), z.object({ comparison: z.string(), value: z.number() })]))
    .nullable(),
  send_on_value_change: z.boolean(),
  heartbeat_s: z
    .number()
    .nullable()
    .describe("After how many seconds without a request it gets a heartbeat; null: never."),
  repeat_minutes: repeatMinutes.describe("In how many minutes on end a minute of a space is sent; 0: once."),
  order: deliveryOrder.describe(orderMeans),
  mode: deliveryMode.describe(modeMeans),
  endpoint: endpointSchema,
  payload_format: z.enum(payloadFormats),
  secrecy: z.boolean(),
  include_locked: z.boolean(),
  signatures: z.array(signatureName),
  public_key: z.string().nullable().describe("Verifies the ed25519 signatures; null where there are none."),
  rate_limit: z
    .object({ per_second: z.number(), burst: z.number() })
    .nullable()
    .describe("In any t seconds at most burst + per_second × t attempts start; null: no limit."),
  auto_disable_after_s: z
    .number()
    .nullable()
    .describe("Seconds without a success after which Belfry disables it, once 20 attempts have failed; null: never."),
  lane: z.object({
    max_in_flight: z.number().nullable(),
    retry_delays_ms: z.array(z.number()).nullable(),
    status: laneStatusSchema.nullable().describe("Null where it is not known."),
  }),
  state: z.enum(subscriptionStates).describe("Paused and disabled hold what is owed."),
  paused: z.object({ at: time, by: z.string().describe("Id of the key.") }).nullable(),
  disabled_reason: z.string().nullable(),
  created_at: time,
  updated_at: time,
});

/** `status`: of its lane, null where it is not known here. `autoDisableMs`: of the installation, 0: never. */
export function showSubscription(
  subscription: Subscription,
  who: Principal,
  status: LaneStatus | null,
  autoDisableMs: number,
): z.input<typeof subscriptionSchema> {
  const { endpoint, lane, filters, payload = usualPayload } = subscription;
  return {
    id: subscription.id,
    organization: subscription.organization,
    dialect: vendorOf(subscription.dialect),
    name: subscription.name,
    scope: { ...subscription.scope },
    bindings: subscription.bindings.map((binding) => ({ ...binding })),
    filters: filters === null ? null : ({ ...filters } as z.input<typeof subscriptionSchema>["filters"]),
    send_on_value_change: subscription.sendOnValueChange,
    repeat_minutes: subscription.repeatMinutes,
    order: subscription.order ?? "none",
    mode: subscription.mode ?? "all",
    heartbeat_s: subscription.heartbeatS || null,
    endpoint: showEndpoint(endpoint, who),
    payload_format: payload.format,
    secrecy: payload.secrecy,
    include_locked: payload.includeLocked,
    signatures: ["standard", ...subscription.extraSignatures],
    public_key: publicKeyOf(subscription),
    rate_limit: lane.rateLimit ? { per_second: lane.rateLimit.perSecond, burst: lane.rateLimit.burst } : null,
    auto_disable_after_s: (lane.autoDisableMs ?? autoDisableMs) / 1000 || null,
    lane: {
      max_in_flight: lane.maxInFlight,
      retry_delays_ms: lane.retryDelays === null ? null : [...lane.retryDelays],
      status: status === null ? null : showLaneStatus(status),
    },
    state: stateOf(subscription),
    paused: subscription.paused ? { at: iso(subscription.paused.at), by: subscription.paused.by } : null,
    disabled_reason: subscription.disabledReason,
    created_at: iso(subscription.createdAt),
    updated_at: iso(subscription.updatedAt),
  };
}

function vendorOf(dialect: DialectName): z.output<typeof dialectName> {
  if (dialect === "belfry") throw new Error("An alert is no subscription of a vendor's API.");
  return dialect;
}
