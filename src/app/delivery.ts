// The delivery engine: the dispatcher, what arrives for it, heartbeats, and what follows from changed subscriptions.

import { createArrivals } from "../delivery/arrivals.ts";
import { identityOf } from "../delivery/attempt/tls-identity.ts";
import { createDispatcher } from "../delivery/dispatcher.ts";
import { createHeartbeats } from "../delivery/heartbeats.ts";
import { createDisableSubscription } from "../delivery/settle/disable-subscription.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";
import type { Sending } from "./sending.ts";

export type Delivery = ReturnType<typeof assembleDelivery>;

/** `onFailed`: another owner took over, or nothing can be written any more. */
export function assembleDelivery(
  { store, clock, random, log, settings, newId }: Ground,
  { organizations, registry }: Known,
  { alerts, events, tracing }: Listeners,
  { client, composer }: Sending,
  { dialect, logProcessor }: Later,
  onFailed: (error: unknown) => void,
) {
  const dispatcher = createDispatcher({
    ledger: store.ledger,
    clock,
    random,
    send: client.send,
    drop: (endpoint) => client.drop(endpoint.url, identityOf(endpoint)),
    subscriptions: { get: organizations.subscription, values: organizations.subscriptions },
    withdrawals: organizations.withdrawals,
    statesOf: (name) => dialect(name).states,
    disable: createDisableSubscription(registry, clock),
    ...composer,
    log,
    events,
    tracing,
    settings,
    onFailed,
  });
  const heartbeats = createHeartbeats({
    ...composer,
    clock,
    random,
    send: client.send,
    settings,
    ledger: store.ledger,
    subscription: organizations.subscription,
    lastStartedAt: dispatcher.lastStartedAt,
    newId: () => newId("heartbeat"),
    bodyOf: (name, id, sequence, at) => dialect(name).heartbeat(id, sequence, at),
  });
  heartbeats.note(organizations.subscriptions());
  organizations.listen((organization, change) => {
    const { subscriptions, removed, withdrawals, isGone } = change;
    heartbeats.note(subscriptions);
    if (isGone) logProcessor().forget(organization);
    dispatcher.withdraw(withdrawals);
    dispatcher.subscriptionsChanged(organization);
    for (const lane of removed) dispatcher.laneRemoved(lane);
    alerts.organizationChanged(organization, change);
  });
  return { dispatcher, heartbeats, arrivals: createArrivals(dispatcher, clock, events) };
}
