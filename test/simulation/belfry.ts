// One Belfry process, put together as app.ts does it, without HTTP and sockets: dispatcher, deriver, janitor, acceptance and
// the operations behind the vendors' doors, on the store that the host gives it. Everything that reaches it from outside
// passes its gate.

import { createSubscribing as butlrSubscribing } from "../../src/dialects/butlr/subscribing.ts";
import { createSubscribing as entrySubscribing } from "../../src/dialects/butterflymx/subscribing.ts";
import { newSecret } from "../../receiver/src/index.ts";
import { compileAtOnce } from "../fixtures/live-organizations.ts";
import { grantsOf } from "../../src/building/entitled.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../../src/clock.ts";
import { createDisableSubscription } from "../../src/delivery/settle/disable-subscription.ts";
import type { Dispatcher } from "../../src/delivery/dispatcher-port.ts";
import { createDispatcher } from "../../src/delivery/dispatcher.ts";
import { createRetention } from "../../src/delivery/settle/retention.ts";
import type { DestinationGuard } from "../../src/delivery/destination-guard.ts";
import type { Composer } from "../../src/delivery/attempt/attempt.ts";
import { createTestDeliveries } from "../../src/delivery/test-deliveries.ts";
import type { Send } from "../../src/delivery/attempt/request.ts";
import type { DeliverySettings, RetentionSettings } from "../../src/delivery/settings.ts";
import { compose } from "../../src/dialects/butterflymx/compose.ts";
import { variant } from "../../src/dialects/butterflymx/variant.ts";
import { createIntegrations, type Integrations } from "../../src/dialects/butterflymx/integrations.ts";
import { express as expressEntry, typeOf as typeOfEntry } from "../../src/dialects/butterflymx/payload.ts";
import { createRead } from "../../src/dialects/butterflymx/ready-made/read.ts";
import { sample as sampleEntry } from "../../src/dialects/butterflymx/sample.ts";
import { pairNames, types as entryTypes } from "../../src/dialects/butterflymx/types.ts";
import { authentication } from "../../src/dialects/butlr/authentication.ts";
import { express, typeOf } from "../../src/dialects/butlr/payload.ts";
import { read, valueOf } from "../../src/dialects/butlr/read.ts";
import { webhookResolvers } from "../../src/dialects/butlr/resolvers.ts";
import { sample } from "../../src/dialects/butlr/sample.ts";
import { eventTypeNames, states } from "../../src/dialects/butlr/types.ts";
import type { OwnerActsPort } from "../../src/dialects/owner-acts-port.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { createIngest } from "../../src/ingest/ingest.ts";
import type { Ingest } from "../../src/ingest/ingest-port.ts";
import { createLogProcessor, type LogProcessor } from "../../src/ingest/derive/log-processor.ts";
import { createOwnerActs } from "../../src/organizations/owner-acts.ts";
import { createPlaceLookup } from "../../src/organizations/place-lookup.ts";
import { createOrganizations } from "../../src/organizations/organizations.ts";
import { createLiveRegistry } from "../../src/organizations/live-registry.ts";
import { reportDelivery } from "../../src/delivery/report.ts";
import type { Log } from "../../src/log.ts";
import { newId } from "../../src/model/ksuid.ts";
import { createReplays } from "../../src/replays/replays.ts";
import type { ReplaysPort } from "../../src/replays/replays-port.ts";
import { createReplayRequests } from "../../src/replays/requests.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";
import type { ReplayedDelivery } from "../../src/store/owed.ts";
import type { AlertBody } from "../../src/alerts/body.ts";
import { joinListeners } from "../../src/model/engine-events.ts";
import type { Change, ChangeResult, Registry } from "../../src/store/registry.ts";
import type { HostedStore, Life } from "./host.ts";
import { createTelling } from "./telling.ts";

export interface Process {
  readonly life: Life;
  readonly dispatcher: Dispatcher;
  readonly deriver: LogProcessor;
  readonly acceptor: Ingest;
  /** Butlr's mutations and ButterflyMX's operations. */
  readonly webhooks: ReturnType<typeof webhookResolvers>["Mutation"];
  readonly integrations: Integrations;
  /** As the doors see it. */
  readonly registry: Registry;
  start(): Promise<void>;
  /** As SIGTERM does it. */
  /** As SIGTERM does it; `onLast` is called when the dispatcher is told. */
  stop(onLast: () => void): Promise<void>;
  /** Whatever state its subscription is in. */
  resend(delivery: number): Promise<void>;
  /** Retries, resends and tests. */
  readonly acts: OwnerActsPort;
  /** Replay jobs. */
  readonly replays: ReplaysPort;
  /** A slice of a bulk replay to one lane. */
  replay(deliveries: readonly [ReplayedDelivery, ...ReplayedDelivery[]]): Promise<void>;
}

export interface ProcessDeps {
  readonly life: Life;
  readonly store: HostedStore;
  readonly random: SeededRandom;
  readonly send: Send;
  readonly settings: DeliverySettings;
  readonly janitor: Partial<RetentionSettings>;
  readonly log: Log;
  readonly onFailed: (error: unknown) => void;
  /** Somebody has alerts, and is told this; null: nobody has. */
  readonly onAlert: ((body: AlertBody) => void) | null;
  /** An owner has ended the back-off of a lane. */
  readonly onOpened: (lane: number) => void;
  /** Around every change of subscriptions, as its caller sees it. */
  readonly onChange: (change: Change, write: () => Promise<ChangeResult>) => Promise<ChangeResult>;
}

/** Timers of a process end with it. */
export function clockOf(life: Pick<Life, "gate">): Clock {
  return { ...systemClock, after: (ms, then) => systemClock.after(ms, life.gate(then)) };
}

const allowed: DestinationGuard = {
  url: () => Promise.resolve({ allowed: true }),
  header: () => ({ allowed: true }),
  headers: () => ({ allowed: true }),
};

export function createProcess(deps: ProcessDeps): Process {
  const { life, store, send, settings, log } = deps;
  const { clock } = life;
  const random: Random = { bytes: deps.random.bytes, fraction: systemRandom.fraction };
  const organizations = createOrganizations(store.registry, compileAtOnce);
  const watched = createLiveRegistry(store.registry, organizations, clock);
  const registry: Registry = { ...watched, change: (change) => deps.onChange(change, () => watched.change(change)) };
  const newEventId = () => newId("event", clock.now(), random.bytes(16));
  const dialects = dialectsOf();

  const composer: Composer = {
    version: "0.0.0",
    compose: (name, body, variant) => (name === "butterflymx" ? compose(body, variant) : body),
    authentication: (subscription) => (subscription.dialect === "butlr" ? authentication(subscription) : []),
  };

  const { subscription, subscriptions } = organizations;
  const telling =
    deps.onAlert === null
      ? null
      : createTelling({
          clock,
          log,
          subscription,
          subscriptions,
          newEventId,
          dispatcher: () => dispatcher,
          told: deps.onAlert,
        });
  const unexpected = (error: unknown): void => log.error("listener.failed", { err: error }, "A listener failed.");

  const dispatcher: Dispatcher = createDispatcher({
    ...composer,
    ledger: store.ledger,
    clock,
    random,
    send,
    drop: () => {},
    subscriptions: { get: organizations.subscription, values: organizations.subscriptions },
    withdrawals: organizations.withdrawals,
    statesOf: (name) => dialects.find((each) => each.name === name)!.states,
    disable: createDisableSubscription(registry, clock),
    log,
    events: joinListeners([reportDelivery(log), telling?.events ?? {}], unexpected),
    settings,
    onFailed: deps.onFailed,
  });
  organizations.listen((organization, change) => {
    const { removed, withdrawals } = change;
    telling?.organizationChanged(organization, change);
    dispatcher.withdraw(withdrawals);
    dispatcher.subscriptionsChanged(organization);
    for (const lane of removed) dispatcher.laneRemoved(lane);
  });
  const janitor = createRetention({
    ledger: store.ledger,
    clock,
    log,
    epoch: dispatcher.epoch,
    idle: dispatcher.idle,
    settings: deps.janitor,
    onExpired: (_, lanes) => dispatcher.expired(lanes),
  });
  const finder = createPlaceLookup(registry, organizations);
  const deriver = createLogProcessor({
    ledger: store.ledger,
    organizations,
    dialects,
    enqueuer: dispatcher,
    clock,
    log,
    newEventId,
    epoch: dispatcher.epoch,
  });
  const acceptor = createIngest(
    dialects,
    {
      ledger: store.ledger,
      placeLookup: finder,
      now: clock.now,
      newGuid: newEventId,
      logged: deriver.wake,
    },
    {
      ledger: store.ledger,
      organizations,
      createOrganization: (id) => Promise.reject(new Error(`there is no organization ${id}`)),
      enqueuer: dispatcher,
      place: finder,
      now: clock.now,
      newEventId,
    },
  );
  const replaying = {
    history: store.history,
    organizations,
    dialect: (name: string) => dialects.find((each) => each.name === name)!,
    clock,
  };
  const jobs = createReplays({
    ...replaying,
    store: store.replays,
    log,
    epoch: dispatcher.epoch,
    readLater: dispatcher.readLater,
    bar: dispatcher.bar,
  });
  const replays = createReplayRequests({
    ...replaying,
    ledger: store.ledger,
    store: store.replays,
    jobs,
    settings: { perSecond: 10, mostPerSecond: 1_000 },
    newId: () => newId("replay", clock.now(), random.bytes(16)),
  });
  const resend = async (delivery: number) => {
    const now = clock.now();
    const again = await store.ledger.resend(delivery, now);
    if (again !== null) dispatcher.readLater(again.lane, "retry", now);
    return again;
  };
  const acts = createOwnerActs({
    registry,
    place: finder,
    dialect: replaying.dialect,
    clock,
    newEventId,
    newGuid: newEventId,
    openLane(lane) {
      const opened = dispatcher.openLane(lane);
      if (opened) deps.onOpened(lane);
      return opened;
    },
    hasten: dispatcher.hasten,
    resend,
    sendTest: createTestDeliveries({ ...composer, clock, send, settings }),
  });
  const door = { registry, place: finder, guard: allowed, clock, random, newSecret };
  return {
    life,
    dispatcher,
    deriver,
    acceptor,
    registry,
    replays,
    acts,
    webhooks: webhookResolvers({
      ...door,
      acts,
      history: { deliveries: () => Promise.reject(new Error("nobody reads here")) },
      newSigningKey: () => ({ privateKey: "whsk_", publicKey: "whpk_" }),
      eventsKeptMs: async () => 30 * 24 * 3_600_000,
    }).Mutation,
    integrations: createIntegrations({
      ...door,
      newSigningKey: () => ({ privateKey: "whsk_", publicKey: "whpk_" }),
    }),
    async start() {
      await organizations.loadAll();
      await dispatcher.start();
      await deriver.start();
      await janitor.start();
      await jobs.start();
      await telling?.start();
    },
    async stop(onLast) {
      await telling?.stop();
      await jobs.stop();
      await janitor.stop();
      await deriver.stop();
      onLast();
      await dispatcher.stop();
    },
    async resend(delivery) {
      await resend(delivery);
    },
    async replay(deliveries) {
      const now = clock.now();
      const numbers = await store.ledger.replay(deliveries, now);
      if (numbers.some((number) => number > 0)) dispatcher.readLater(deliveries[0].lane, "replay", now);
    },
  };
}

/** The dialects without their doors. */
function dialectsOf(): readonly Dialect[] {
  const routes = () => Promise.resolve();
  return [
    {
      name: "butlr",
      types: eventTypeNames,
      states,
      typeOf,
      express,
      read: (text, value, reading) => Promise.resolve(read(text, value, reading)),
      variant: (_, binding) => binding.variant,
      sampleTypes: eventTypeNames,
      sample,
      subscribing: butlrSubscribing(() => "webhook_1"),
      valueOf,
      compose: (body) => body,
      heartbeat: () => "",
      authentication,
      routes,
    },
    {
      name: "butterflymx",
      types: entryTypes,
      states: {},
      typeOf: typeOfEntry,
      express: (fact, building, newId) => expressEntry(fact, building, newId, grantsOf),
      read: createRead(grantsOf),
      variant,
      sampleTypes: pairNames,
      sample: (type, subscription, context) => sampleEntry(type, subscription, context, grantsOf),
      subscribing: entrySubscribing({ building: 1_000, tenant: 1_000 }),
      valueOf: () => null,
      compose,
      heartbeat: () => "",
      authentication: () => [],
      routes,
    },
  ];
}
