// One owner: the dispatcher, the log processor and the replay jobs of some shards, under one epoch. The embedded store has one, of
// everything; a node has one for each of its slices, and losing one ends that one alone.

import { createDispatcher } from "../delivery/dispatcher.ts";
import type { Dispatcher } from "../delivery/dispatcher-port.ts";
import { identityOf } from "../delivery/attempt/tls-identity.ts";
import type { SharedSlots } from "../delivery/lane/shared-slots.ts";
import { createDisableSubscription } from "../delivery/settle/disable-subscription.ts";
import type { Enqueuer } from "../delivery/enqueue-port.ts";
import { createLogProcessor, type LogProcessor } from "../ingest/derive/log-processor.ts";
import { createReplays, type Replays } from "../replays/replays.ts";
import { type Service, startAll, stopAll } from "../service.ts";
import type { Shards } from "../store/shards.ts";
import type { Ground } from "./ground.ts";
import type { Later } from "./later.ts";
import type { Listeners } from "./listeners.ts";
import type { Known } from "./organizations.ts";
import type { Sending } from "./sending.ts";

export interface Owner extends Service {
  readonly dispatcher: Dispatcher;
  readonly logProcessor: LogProcessor;
  readonly jobs: Replays;
}

export interface OwnerParts {
  readonly ground: Ground;
  readonly known: Known;
  readonly listeners: Listeners;
  readonly sending: Sending;
  readonly later: Later;
  /** How what sensing concludes reaches the lanes. */
  readonly enqueuer: () => Enqueuer;
  readonly shared: SharedSlots;
}

export interface OwnerOf {
  /** undefined: all. */
  readonly shards?: Shards;
  /** Whether it owns this organization. */
  readonly has: (organization: string) => boolean;
  readonly caughtUp?: () => Promise<void>;
  /** Another owner took over, or nothing can be written any more. */
  readonly onFailed: (error: unknown) => void;
}

export function createOwner(parts: OwnerParts, of: OwnerOf): Owner {
  const dispatcher = dispatcherOf(parts, of);
  const logProcessor = logProcessorOf(parts, of, dispatcher);
  const jobs = jobsOf(parts, of, dispatcher);
  const services = [dispatcher, logProcessor, jobs];
  return { dispatcher, logProcessor, jobs, start: () => startAll(services), stop: () => stopAll(services) };
}

function dispatcherOf({ ground, known, listeners, sending, later, shared }: OwnerParts, of: OwnerOf): Dispatcher {
  const { store, clock, random, log, settings } = ground;
  const { organizations, registry } = known;
  const { client, composer } = sending;
  const isWhole = of.shards === undefined;
  return createDispatcher({
    ...composer,
    ...of,
    ledger: store.ledger,
    clock,
    random,
    send: client.send,
    drop: (endpoint) => client.drop(endpoint.url, identityOf(endpoint)),
    subscriptions: {
      get: organizations.subscription,
      values: isWhole
        ? organizations.subscriptions
        : () => [...organizations.subscriptions()].filter(({ organization }) => of.has(organization)),
    },
    withdrawals: isWhole ? organizations.withdrawals : () => ownWithdrawals(known, of),
    statesOf: (name) => later.dialect(name).states,
    disable: createDisableSubscription(registry, clock),
    log,
    events: listeners.events,
    tracing: listeners.tracing,
    settings,
    shared,
  });
}

function ownWithdrawals({ organizations }: Known, { has }: OwnerOf) {
  return [...organizations.withdrawals()].filter(({ lane }) => {
    const subscription = organizations.subscription(lane);
    return subscription !== undefined && has(subscription.organization);
  });
}

function logProcessorOf(parts: OwnerParts, { shards }: OwnerOf, { epoch }: Dispatcher): LogProcessor {
  const { ground, known, listeners, later, enqueuer } = parts;
  const { store, clock, log, newEventId } = ground;
  return createLogProcessor({
    ledger: store.ledger,
    organizations: known.organizations,
    dialects: later.dialects(),
    enqueuer: enqueuer(),
    clock,
    log,
    newEventId,
    events: listeners.events,
    tracing: listeners.tracing,
    epoch,
    ...(shards !== undefined && { shards }),
  });
}

function jobsOf({ ground, known, later, enqueuer }: OwnerParts, { has }: OwnerOf, dispatcher: Dispatcher): Replays {
  const { store, clock, log } = ground;
  return createReplays({
    history: store.history,
    store: { ...store.replays, openReplays: async () => (await store.replays.openReplays()).filter(isOwn) },
    organizations: known.organizations,
    dialect: (name) => later.dialect(name),
    clock,
    log,
    epoch: dispatcher.epoch,
    readLater: enqueuer().readLater,
    bar: dispatcher.bar,
  });

  function isOwn({ organization }: { readonly organization: string }): boolean {
    return has(organization);
  }
}
