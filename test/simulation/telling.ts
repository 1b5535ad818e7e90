// The alerts of one process, for an operator who wants all of them. What it would make durable goes to the oracle instead: that an
// event is delivered once it is accepted is judged everywhere else.

import { createAlerts } from "../../src/alerts/alerts.ts";
import type { AlertBody } from "../../src/alerts/body.ts";
import type { AlertPace } from "../../src/alerts/problems.ts";
import type { Clock } from "../../src/clock.ts";
import type { Dispatcher } from "../../src/delivery/dispatcher-port.ts";
import type { Log } from "../../src/log.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { installation } from "../../src/model/organization.ts";
import { compileMatcher } from "../../src/organizations/matcher.ts";
import type { Organization } from "../../src/organizations/organizations.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { hour, minute } from "./profile.ts";

/** Long times, so that nobody looks often in a week. One subscription is one alert, however many fail. */
export const alertPace: AlertPace = { settleMs: 5 * minute, windowMs: hour, mostAlone: 1_000_000 };

export interface TellingDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly subscription: (lane: number) => Subscription | undefined;
  readonly subscriptions: () => Iterable<Subscription>;
  readonly dispatcher: () => Pick<Dispatcher, "lane">;
  readonly newEventId: () => string;
  readonly told: (body: AlertBody) => void;
}

export function createTelling({ dispatcher, told, subscription, subscriptions, ...deps }: TellingDeps) {
  const target = makeSubscription({
    dialect: "belfry",
    organization: installation,
    bindings: [],
    document: '{"form":"json","kinds":null}',
  });
  const home = {
    id: installation,
    name: "",
    model: null,
    revision: 0,
    subscriptions: [target],
    matcher: compileMatcher([]),
    withdrawals: [],
  };
  const organization = (id: string): Promise<Organization> =>
    Promise.resolve(id === installation ? home : { ...home, id, subscriptions: [] });
  const alerts = createAlerts({
    ...deps,
    pace: alertPace,
    ledger: {
      accept(acceptances) {
        const events = acceptances.flatMap((each) => each.events);
        for (const { body } of events) told(JSON.parse(body) as AlertBody);
        const receipts = events.map(
          () => ({ status: "accepted", number: 0, deliveries: [0], sequences: [0], repeats: [] }) as const,
        );
        return Promise.resolve({ status: "done", receipts });
      },
    },
    organizations: {
      get: organization,
      reload: organization,
      subscription,
      subscriptions: function* () {
        yield* subscriptions();
        yield target;
      },
    },
    enqueuer: { readLater: () => {} },
    history: {
      deliveries: () => Promise.resolve({ items: [], next: null, before: null }),
      event: () => Promise.resolve(null),
    },
    lane: (number) => dispatcher().lane(number),
    openLane: () => false,
    watching: async function* () {},
    disk: () => Promise.resolve({ free: 1e12, size: 1e12 }),
    waiting: () => Promise.resolve(0),
  });
  return alerts;
}
