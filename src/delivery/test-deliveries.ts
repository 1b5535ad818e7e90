// Tests of receivers: an owner has a sample sent, at once and once. It goes the way of every attempt (composed, signed, judged by
// the guard, one deadline), and beside the lanes: no row, no event, no health of a lane and no figure knows of it. So it works
// on a subscription that is paused, disabled or backing off.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Event } from "../model/event.ts";
import type { Subscription } from "../model/subscription.ts";
import type { TestDelivery } from "../model/test-delivery.ts";
import { type Composer, prepare, testRequest, type Timeouts } from "./attempt/attempt.ts";
import { redact } from "./attempt/redact.ts";
import type { Send } from "./attempt/request.ts";
import { failed } from "./client/outcome.ts";
import { createCounts } from "./structures/counts.ts";

/** Tests under way at most: of an organization, and in all. */
const most = { organization: 4, overall: 64 };

export interface TestDeliveriesDeps extends Composer {
  readonly clock: Clock;
  readonly send: Send;
  readonly settings: Timeouts;
}

/** Throws TOO_MANY_REQUESTS while too many tests are under way. */
export type SendTest = (
  subscription: Subscription,
  event: Pick<Event, "id" | "dialect" | "type" | "body">,
  variant: number,
) => Promise<TestDelivery>;

export function createTestDeliveries(deps: TestDeliveriesDeps): SendTest {
  const underWay = createCounts<string>();
  let inAll = 0;

  function enter(organization: string): void {
    const own = underWay.of(organization);
    if (own >= most.organization || inAll >= most.overall) {
      const tests = own >= most.organization ? `${own} tests of this organization` : `${inAll} tests`;
      throw new BelfryError("TOO_MANY_REQUESTS", `${tests} are under way. Wait for one to end.`);
    }
    underWay.add(organization);
    inAll++;
  }

  function leave(organization: string): void {
    underWay.remove(organization);
    inAll--;
  }

  return async (subscription, event, variant) => {
    const prepared = prepare(subscription, deps, deps.settings);
    const startedAt = deps.clock.now();
    const request = testRequest(prepared, event, variant, deps, startedAt);
    const told = { id: event.id, type: event.type, body: request.body, startedAt };
    if (prepared.refused !== null) return { ...told, outcome: failed("header_forbidden", prepared.refused, 0) };
    enter(subscription.organization);
    try {
      const outcome = await deps.send(request);
      const { response } = outcome;
      return { ...told, outcome: { ...outcome, response: response && redact(response, prepared.secrets) } };
    } finally {
      leave(subscription.organization);
    }
  };
}
