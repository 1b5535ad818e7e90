// A subscription as Butlr's clients see a webhook. Functions in it are resolved by the executor, so that a field that may
// not be read is an error of that field alone, and deliveries are read only where they are asked for.

import { isUtf8 } from "node:buffer";
import { BelfryError } from "../../errors.ts";
import { maskedUrl, publicKeyOf, stateOf, type Subscription } from "../../model/subscription.ts";
import type { TestDelivery } from "../../model/test-delivery.ts";
import type { History } from "../../store/history.ts";
import { attemptView, type DeliveriesArguments, deliveriesOf } from "./deliveries.ts";
import { sentFilters } from "./webhooks.ts";

/** Who looks: `manager` may read what the webhook authenticates with; `creator` also sees the new signing secret. */
export type Viewer = "reader" | "manager" | "creator";

export function webhookView(subscription: Subscription, viewer: Viewer, history: Pick<History, "deliveries">) {
  const { url, timeoutMs, apiKey, basicAuth } = subscription.endpoint;
  const { retryDelays, maxInFlight } = subscription.lane;
  const secret = <Value>(value: Value): Value => {
    // The same answer whether there is one or not.
    if (viewer === "reader")
      throw new BelfryError("FORBIDDEN", "This key may not read what webhooks authenticate with.");
    return value;
  };
  return {
    id: subscription.id,
    org_id: subscription.organization,
    name: subscription.name,
    event_types: subscription.bindings.map(({ type }) => type),
    endpoint_config: {
      url: viewer === "reader" ? maskedUrl(url) : url,
      // The vendor's API never leaves it out.
      http_timeout: timeoutMs! / 1000,
      api_key: () => secret(apiKey && { key: apiKey.name, value: apiKey.value }),
      basic_auth: () => secret(basicAuth),
    },
    filters: sentFilters(subscription),
    send_on_value_change: subscription.sendOnValueChange,
    signing_secret: viewer === "creator" ? subscription.signingSecrets.at(-1)?.secret : null,
    signing_public_key: publicKeyOf(subscription),
    status: stateOf(subscription) === "active",
    state: stateOf(subscription).toUpperCase(),
    disabled_reason: subscription.disabledReason,
    created_at: new Date(subscription.createdAt).toISOString(),
    retry_policy: retryDelays && { delays_s: retryDelays.map((ms) => Math.round(ms / 1000)) },
    concurrency: maxInFlight,
    last_delivery: async () => (await deliveriesOf(history, subscription, { first: 1 })).data[0],
    deliveries: (args: DeliveriesArguments) => deliveriesOf(history, subscription, args),
  };
}

export function testView({ id, type, body, startedAt, outcome }: TestDelivery) {
  const response = outcome.response === null ? null : Buffer.from(outcome.response);
  const encoding = response === null ? null : isUtf8(response) ? "text" : "base64";
  return {
    event_id: id,
    event_type: type,
    body,
    attempt: attemptView({ ...outcome, attempt: 1, startedAt }),
    response: response?.toString(encoding === "text" ? "utf8" : "base64") ?? null,
    response_encoding: encoding,
  };
}
