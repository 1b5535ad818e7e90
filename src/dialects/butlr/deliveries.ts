// What a webhook was owed, newest first, as its owner reads it over GraphQL. No payloads and nothing of what receivers
// answered: the operator API has both.

import { BelfryError } from "../../errors.ts";
import { deliveryId, deliveryNumber } from "../../model/delivery.ts";
import type { DeliveryState } from "../../model/delivery.ts";
import type { Subscription } from "../../model/subscription.ts";
import type { AttemptView, DeliveryView, History } from "../../store/history.ts";

export interface DeliveriesArguments {
  readonly first?: number | null;
  /** `next` of the page before. */
  readonly after?: string | null;
  /** In capitals. */
  readonly state?: string | null;
}

const usual = 20;
const most = 100;

export async function deliveriesOf(
  history: Pick<History, "deliveries">,
  { id, organization }: Subscription,
  { first, after, state }: DeliveriesArguments,
) {
  const limit = first ?? usual;
  if (limit < 1 || limit > most) throw new BelfryError("INVALID", `first must be 1 to ${most}.`);
  const before = after === undefined || after === null ? null : deliveryNumber(after);
  if (after && before === null) throw new BelfryError("INVALID", "after must be the `next` of the page before.");
  const page = await history.deliveries({
    organization,
    subscription: id,
    state: (state?.toLowerCase() as DeliveryState | undefined) ?? null,
    since: null,
    limit,
    before,
  });
  return { data: page.items.map(view), next: page.before === null ? null : deliveryId(page.before) };
}

function view({ number, event, type, state, attempts, createdAt, due, last }: DeliveryView) {
  return {
    id: deliveryId(number),
    event_id: event,
    event_type: type,
    state: state.toUpperCase(),
    attempts,
    created_at: iso(createdAt),
    next_attempt_at: due === null ? null : iso(due),
    last_attempt: last && attemptView(last),
  };
}

type ShownAttempt = Pick<AttemptView, "attempt" | "startedAt" | "durationMs" | "code" | "status" | "detail">;

export const attemptView = ({ attempt, startedAt, durationMs, code, status, detail }: ShownAttempt) => ({
  attempt,
  started_at: iso(startedAt),
  duration_ms: Math.round(durationMs),
  outcome: code,
  status,
  detail,
});

const iso = (ms: number): string => new Date(ms).toISOString();
