// The delivery engine: the owners of what is owned here behind one face, what arrives for it, heartbeats, and what follows from
// changed subscriptions.

import type { Clock } from "../clock.ts";
import { createArrivals } from "../delivery/arrivals.ts";
import { createHeartbeats } from "../delivery/heartbeats.ts";
import { createSharedSlots } from "../delivery/lane/shared-slots.ts";
import { ownedWhole } from "../nodes/owned.ts";
import type { Service } from "../service.ts";
import { answerAboutAlerts } from "./alerts-elsewhere.ts";
import { createEngine, type Engine } from "./engine.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Listeners } from "./listeners.ts";
import { answerCalls } from "./node-calls.ts";
import { createNodes, type Nodes } from "./nodes.ts";
import type { Known } from "./organizations.ts";
import { createOwner, type OwnerParts } from "./owner.ts";
import type { Sending } from "./sending.ts";

export interface Delivery {
  readonly engine: Engine;
  /** Starts and ends owners. */
  readonly owners: Service;
  readonly heartbeats: ReturnType<typeof createHeartbeats>;
  readonly arrivals: ReturnType<typeof createArrivals>;
  /** null: there is only this process. */
  readonly nodes: Nodes | null;
}

/** `onFailed`: another owner of everything took over, or nothing can be written any more. */
export function assembleDelivery(
  ground: Ground,
  known: Known,
  listeners: Listeners,
  sending: Sending,
  later: Later,
  onFailed: (error: unknown) => void,
): Delivery {
  const { clock, settings } = ground;
  const { organizations } = known;
  const enqueuer = () => arrivals.enqueuer;
  const { nodes: nodeStore } = ground.store;
  const several = nodeStore !== null;
  const shared = createSharedSlots({
    hostCap: settings.caps.host,
    several,
    ...(several && { mayStart: () => nodes?.isCertain() ?? false }),
  });
  const parts: OwnerParts = { ground, known, listeners, sending, later, enqueuer, shared };
  const nodes: Nodes | null =
    nodeStore === null
      ? null
      : createNodes(parts, {
          store: nodeStore,
          setHostCap: shared.setHostCap,
          wakeAll: shared.wakeAll,
          onDeliveries: () => arrivals.lookAll(),
          onCall: answerCalls(known),
        });
  const whole = ownedWhole(() => createOwner(parts, { has: () => true, onFailed }));
  const engine = createEngine({
    owned: nodes?.owned ?? whole,
    organizations,
    elsewhere: nodes?.elsewhere ?? null,
  });
  const heartbeats = assembleHeartbeats(ground, known, sending, later, engine);
  const arrivals = createArrivals(engine, clock, listeners.events);
  organizations.listen((organization, change) => {
    const { subscriptions, removed, withdrawals, isGone } = change;
    heartbeats.note(subscriptions);
    const owner = engine.ownerOf(organization);
    if (owner !== undefined) {
      if (isGone) owner.logProcessor.forget(organization);
      owner.dispatcher.withdraw(withdrawals);
      owner.dispatcher.subscriptionsChanged(organization);
      for (const lane of removed) owner.dispatcher.laneRemoved(lane);
    }
    listeners.alerts.organizationChanged(organization, change);
  });
  nodes?.onChanged(once(clock, settledMs, listeners.alerts.ownersChanged));
  if (nodes !== null) answerAboutAlerts(listeners.alerts, nodes.calls);
  return { engine, owners: nodes?.owners ?? whole, heartbeats, arrivals, nodes };
}

function assembleHeartbeats(
  { store, clock, random, settings, newId }: Ground,
  { organizations }: Known,
  { client, composer }: Sending,
  { dialect }: Later,
  engine: Engine,
) {
  const heartbeats = createHeartbeats({
    ...composer,
    clock,
    random,
    send: client.send,
    settings,
    ledger: store.ledger,
    subscription: organizations.subscription,
    lastStartedAt: engine.lastStartedAt,
    newId: () => newId("heartbeat"),
    bodyOf: (name, id, sequence, at) => dialect(name).heartbeat(id, sequence, at),
  });
  heartbeats.note(organizations.subscriptions());
  return heartbeats;
}

/** Slices come and go together. */
const settledMs = 1_000;

/** Calls `then` a while after it is called, however often it is called in between. */
function once(clock: Pick<Clock, "after">, ms: number, then: () => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    clock.after(ms, () => {
      isWaiting = false;
      then();
    });
  };
}
