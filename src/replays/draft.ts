// A subscription that does not exist: what somebody would have received, had they had it.

import { BelfryError } from "../errors.ts";
import type { Subscription } from "../model/subscription.ts";
import type { Draft } from "./replays-port.ts";

/** Never stored, and owed nothing. Throws INVALID for a type that the dialect does not have; `types`: those it has. */
export function draftSubscription(draft: Draft, types: readonly string[], now: number): Subscription {
  const unknown = draft.types.filter((type) => !types.includes(type));
  if (unknown.length > 0) {
    throw new BelfryError(
      "INVALID",
      `${draft.dialect} has no event type ${unknown.join(", ")}. Its types are ${types.join(", ")}.`,
    );
  }
  const { organization, dialect, scope, filters } = draft;
  return {
    number: 0,
    id: "draft",
    organization,
    dialect,
    name: "draft",
    scope,
    bindings: draft.types.map((type) => ({ type, variant: 0, resource: null })),
    filters,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: { url: "", timeoutMs: null, apiKey: null, basicAuth: null },
    signingSecrets: [],
    extraSignatures: [],
    lane: { maxInFlight: null, retryDelays: null },
    state: "active",
    disabledReason: null,
    createdAt: now,
    updatedAt: now,
    document: "",
  };
}
