// A subscription of alerts as the operator API takes and shows it.

import { z } from "zod";
import {
  type AlertKind,
  alertForms,
  alertKinds,
  alertRetryDelays,
  type AlertTarget,
  targetOf,
} from "../../model/alert.ts";
import type { LaneStatus } from "../../model/lane.ts";
import { installation } from "../../model/organization.ts";
import type { Subscription } from "../../model/subscription.ts";
import { laneStatusSchema, showLaneStatus } from "./lane-status.ts";
import type { Scoped } from "./owned.ts";
import { iso, time } from "./time.ts";

const kindName = z.enum(alertKinds as readonly [AlertKind, ...AlertKind[]]);
const kinds = z
  .array(kindName)
  .min(1)
  .nullable()
  .optional()
  .describe("Null: all that the owner may hear of, those of later releases among them.");
const form = z
  .enum(alertForms)
  .describe("slack: for an incoming webhook of Slack; teams: for a Workflows webhook of Teams.");
const url = z.string().describe("https://…");

export const creation = z.strictObject({
  url,
  kinds,
  form: form.default("json"),
  building: z.string().optional().describe("Only of its subscriptions and its tenants'."),
  tenant: z.string().optional().describe("Only of its subscriptions."),
});

export const edit = z
  .strictObject({
    url: url.optional(),
    kinds,
    form: form.optional(),
    secret: z.null().optional().describe("Null: a new one signs from now on, and stands in the answer."),
  })
  .refine((given) => Object.values(given).some((each) => each !== undefined), {
    error: "must name at least one of url, kinds, form and secret",
  });

export const alertSchema = z.object({
  id: z.string(),
  organization: z.string().nullable().describe("Null: of everything, for an operator."),
  building: z.string().nullable(),
  tenant: z.string().nullable(),
  url: z.string(),
  form,
  kinds: z.array(kindName).nullable(),
  state: z.enum(["active", "disabled"]).describe("A disabled one hears of nothing; any PATCH enables it."),
  disabled_reason: z.string().nullable(),
  lane: laneStatusSchema.nullable().describe("How deliveries to it stand; null where it is not known."),
  created_at: time,
  updated_at: time,
});
export const withSecret = alertSchema.extend({
  signing_secret: z.string().optional().describe("Verifies its deliveries. Shown where it is made, and never again."),
});

export interface NewTarget extends Scoped {
  readonly number: number;
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  /** Epoch ms. */
  readonly at: number;
}

export function targetSubscription(
  { number, id, organization, scope, url: to, secret, at }: NewTarget,
  target: AlertTarget,
): Subscription {
  return {
    number,
    id,
    organization,
    dialect: "belfry",
    name: "alerts",
    scope,
    // Alerts name whom they go to; no event is matched against it.
    bindings: [],
    filters: null,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: { url: to, timeoutMs: null, apiKey: null, basicAuth: null },
    signingSecrets: [{ secret, until: null }],
    extraSignatures: [],
    lane: { maxInFlight: 1, retryDelays: alertRetryDelays },
    state: "active",
    disabledReason: null,
    createdAt: at,
    updatedAt: at,
    document: JSON.stringify(target),
  };
}

export function edited(
  current: Subscription,
  { url: to, kinds: asked, form: wanted }: z.output<typeof edit>,
  secret: string | null,
  at: number,
): Subscription {
  const before = targetOf(current);
  const target: AlertTarget = { form: wanted ?? before.form, kinds: asked === undefined ? before.kinds : asked };
  return {
    ...current,
    endpoint: to === undefined ? current.endpoint : { ...current.endpoint, url: to },
    signingSecrets: secret === null ? current.signingSecrets : [{ secret, until: null }],
    state: "active",
    disabledReason: null,
    updatedAt: at,
    document: JSON.stringify(target),
  };
}

export function showAlert(subscription: Subscription, lane: LaneStatus | null): z.input<typeof alertSchema> {
  const { id, organization, scope, endpoint, state, disabledReason, createdAt, updatedAt } = subscription;
  const { form: written, kinds: heard } = targetOf(subscription);
  return {
    id,
    organization: organization === installation ? null : organization,
    building: scope.kind === "building" ? scope.id : null,
    tenant: scope.kind === "tenant" ? scope.id : null,
    url: endpoint.url,
    form: written,
    kinds: heard === null ? null : [...heard],
    state,
    disabled_reason: disabledReason,
    lane: lane === null ? null : showLaneStatus(lane),
    created_at: iso(createdAt),
    updated_at: iso(updatedAt),
  };
}
