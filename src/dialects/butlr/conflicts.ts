// What stands in the way of a change: event types that somebody holds already, ids that are not there, ids named twice.

import type { Problem } from "../../errors.ts";
import { whyNothingIsSent } from "../../model/owner-acts.ts";
import type { Subscription } from "../../model/subscription.ts";
import { refuse } from "./input.ts";

/** The unit of "subscribe once per event type" is the organization. `name` says how to call one of `put`. */
export function doubleTypes(
  kept: readonly Subscription[],
  put: readonly Subscription[],
  name: (index: number) => string,
): Problem[] {
  const holders = new Map<string, string>();
  for (const one of kept) {
    if (one.dialect !== "butlr") continue;
    for (const { type } of one.bindings) holders.set(type, `${one.id} (${JSON.stringify(one.name)})`);
  }
  const problems: Problem[] = [];
  for (const [index, one] of put.entries()) {
    for (const { type } of one.bindings) {
      const holder = holders.get(type);
      if (holder === undefined) {
        holders.set(type, `${name(index)} (${JSON.stringify(one.name)})`);
        continue;
      }
      problems.push({
        path: `input[${index}].event_types`,
        code: "EVENT_TYPE_ALREADY_SUBSCRIBED",
        message: `cannot have ${type}: ${holder} holds it, and an organization subscribes to an event type once.`,
      });
    }
  }
  return problems;
}

/** There is one header of a name. Basic authentication is `authorization`; further headers come from the operator API. */
export function doubleHeaders(put: readonly Subscription[]): Problem[] {
  return put.flatMap(({ endpoint: { apiKey, basicAuth, headers = {} } }, index) => {
    const path = `input[${index}].endpoint_config`;
    const key = apiKey?.name.toLowerCase() ?? null;
    const further = Object.keys(headers).map((name) => name.toLowerCase());
    const elsewhere = "that PATCH /v1/subscriptions/{id} gave the webhook. Remove one of both.";
    const problems: Problem[] = [];
    if (basicAuth !== null && key === "authorization") {
      const message = "names the header that basic_auth uses. Remove one of both.";
      problems.push({ path: `${path}.api_key.key`, code: "TWO_AUTHORIZATIONS", message });
    }
    if (basicAuth !== null && further.includes("authorization")) {
      const message = `uses the header Authorization ${elsewhere}`;
      problems.push({ path: `${path}.basic_auth`, code: "TWO_AUTHORIZATIONS", message });
    }
    if (key !== null && further.includes(key)) {
      problems.push({
        path: `${path}.api_key.key`,
        code: "HEADER_NOT_ALLOWED",
        message: `names a header ${elsewhere}`,
      });
    }
    return problems;
  });
}

/** The webhooks with these ids, in their order, or NOT_FOUND that names every missing one. */
export function found(
  stored: readonly Subscription[],
  ids: readonly string[],
  path: (index: number) => string,
): Subscription[] {
  const held = new Map(stored.filter(({ dialect }) => dialect === "butlr").map((one) => [one.id, one]));
  refuse(
    ids.flatMap((id, index) =>
      held.has(id) ? [] : [{ path: path(index), code: "NOT_FOUND", message: `is no webhook: ${JSON.stringify(id)}.` }],
    ),
  );
  return ids.map((id) => held.get(id)!);
}

/** Throws CONFLICT with every one to which nothing is sent. */
export function mustSend(webhooks: readonly Subscription[]): void {
  refuse(
    webhooks.flatMap((one) => {
      const why = whyNothingIsSent(one);
      return why === null ? [] : [{ path: one.id, code: "CONFLICT", message: `cannot be retried. ${why}` }];
    }),
  );
}

export function repeated(ids: readonly string[]): Problem[] {
  return ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [{ path: `input[${index}].id`, code: "DUPLICATE_ID", message: "is changed by an earlier entry already." }],
  );
}
