// Alerts over a real store, real organizations and a real dispatcher, with a steered clock and a network that answers as the test
// says. What arrives at the URLs of alerts is read as the JSON form.

import { type Alerts, type AlertsDeps, createAlerts } from "../../src/alerts/alerts.ts";
import { type AlertBody, composeAlert } from "../../src/alerts/body.ts";
import type { Dispatcher } from "../../src/delivery/dispatcher-port.ts";
import { createDispatcher } from "../../src/delivery/dispatcher.ts";
import { createDisableSubscription } from "../../src/delivery/settle/disable-subscription.ts";
import type { Send } from "../../src/delivery/attempt/request.ts";
import { alertRetryDelays, type AlertTarget } from "../../src/model/alert.ts";
import { type EngineEvents, joinListeners } from "../../src/model/engine-events.ts";
import { installation } from "../../src/model/organization.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import type { Store } from "../../src/store/store.ts";
import { type LiveOrganizations, liveOrganizations } from "../fixtures/live-organizations.ts";
import { type Line, notingLog } from "../fixtures/noted-log.ts";
import { calm, createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";
import { createNetwork, failed, type Network } from "../delivery/network.ts";

export interface Belfry {
  readonly clock: SteeredClock;
  readonly network: Network;
  readonly store: Store;
  readonly live: LiveOrganizations;
  readonly alerts: Alerts;
  readonly dispatcher: Dispatcher;
  readonly lines: Line[];
  /** What the engine tells, to be called by tests as sensing or the engine would. */
  readonly events: EngineEvents;
  /** How much is free and waits, as the watch of the installation finds it. */
  disk: { free: number; size: number };
  waiting: number;
  watching: AlertsDeps["watching"];
  /** A subscription of a vendor's API. */
  subscribe(id: string, parts?: Partial<Subscription>): Promise<Subscription>;
  change(subscription: Subscription, parts: Partial<Subscription>): Promise<void>;
  remove(subscription: Subscription): Promise<void>;
  /** A target of alerts; `organization` null: an operator's. */
  target(
    organization: string | null,
    target?: Partial<AlertTarget>,
    parts?: Partial<Subscription>,
  ): Promise<Subscription>;
  /** Owes an event to each of the subscriptions. */
  ring(...to: readonly Subscription[]): Promise<void>;
  /** Its receiver answers so from now on. */
  answer(subscription: Subscription, status: number | null): void;
  /** Bodies that arrived at the target, the oldest first. */
  heard(target: Subscription): readonly AlertBody[];
  /** Lets time pass in steps, so that what follows from it happens in its order. */
  pass(ms: number): Promise<void>;
  /** Leaves everything as a kill would, and starts anew on the same store. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const entry = { at: 0, actor: "test", action: "test", object: "test", detail: null };
const capacity = 1024 ** 4;

export interface BelfryOptions {
  /** Default: the network of the harness. */
  readonly send?: Send;
  /** When it is, epoch ms. */
  readonly at?: number;
}

export async function startBelfry(options: BelfryOptions = {}): Promise<Belfry> {
  const clock = createSteeredClock(options.at);
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32).fill(7), clock });
  const network = createNetwork(clock);
  const lines: Line[] = [];
  let events = 0;
  let alertIds = 0;

  const log = notingLog((line) => void lines.push(line));
  const belfry = {
    clock,
    network,
    store,
    lines,
    disk: { free: capacity, size: capacity },
    waiting: 0,
    watching: async function* () {},
  } as unknown as { -readonly [Name in keyof Belfry]: Belfry[Name] };

  async function start(): Promise<void> {
    const live = liveOrganizations(store.registry, clock);
    const { organizations, registry } = live;
    await organizations.loadAll();
    const alerts = createAlerts({
      clock,
      log,
      ledger: store.ledger,
      history: store.history,
      organizations,
      enqueuer: { readLater: (...row) => dispatcher.readLater(...row) },
      lane: (number) => dispatcher.lane(number),
      openLane: (number) => dispatcher.openLane(number),
      watching: (of) => belfry.watching(of),
      disk: async () => belfry.disk,
      waiting: async () => belfry.waiting,
      newEventId: () => `event_of_alert_${++alertIds}`,
    });
    belfry.events = joinListeners([alerts.events], (error) => {
      throw error;
    });
    const dispatcher = createDispatcher({
      ledger: store.ledger,
      clock,
      random: { fraction: () => 0.5 },
      send: options.send ?? ((request) => network.send(request)),
      drop: () => {},
      subscriptions: { get: organizations.subscription, values: organizations.subscriptions },
      withdrawals: organizations.withdrawals,
      statesOf: () => ({}),
      disable: createDisableSubscription(registry, clock),
      version: "0.0.0",
      compose: (dialect, body, variant) => (dialect === "belfry" ? composeAlert(body, variant) : body),
      authentication: () => [],
      log,
      events: belfry.events,
      settings: { settleEveryMs: 0 },
    });
    organizations.listen((organization, change) => {
      dispatcher.subscriptionsChanged(organization);
      for (const lane of change.removed) dispatcher.laneRemoved(lane);
      alerts.organizationChanged(organization, change);
    });
    await dispatcher.start();
    await alerts.start();
    Object.assign(belfry, { live, alerts, dispatcher });
    await calm();
  }

  async function put(subscription: Subscription): Promise<Subscription> {
    const { organization } = subscription;
    await belfry.live.registry.ensureOrganization(organization, `The ${organization}`, entry);
    const written = await belfry.live.registry.change({
      organization,
      revision: null,
      put: [subscription],
      audit: [entry],
    });
    if (written.status !== "done") throw new Error(written.status);
    await calm();
    return subscription;
  }

  const made: Omit<
    Belfry,
    | "clock"
    | "network"
    | "store"
    | "lines"
    | "disk"
    | "waiting"
    | "watching"
    | "live"
    | "alerts"
    | "dispatcher"
    | "events"
  > = {
    async subscribe(id, parts = {}) {
      const number = await store.registry.allocate(1);
      const endpoint = { ...makeSubscription().endpoint, url: `https://receiver-${number}.example/hook` };
      return put(makeSubscription({ number, id, endpoint, name: `Name of ${id}`, createdAt: clock.now(), ...parts }));
    },
    async change(subscription, parts) {
      const current = belfry.live.organizations.subscription(subscription.number)!;
      await put({ ...current, ...parts, updatedAt: clock.now() });
    },
    async remove({ organization, number }) {
      await belfry.live.registry.change({ organization, revision: null, remove: [number], audit: [entry] });
      await calm();
    },
    target: (organization, target = {}, parts = {}) =>
      made.subscribe(`alert_${++alertIds}`, {
        organization: organization ?? installation,
        dialect: "belfry",
        bindings: [],
        lane: { maxInFlight: 1, retryDelays: alertRetryDelays },
        document: JSON.stringify({ form: "json", kinds: null, ...target }),
        ...parts,
      }),
    async ring(...to) {
      for (const [organization, subscriptions] of Map.groupBy(to, (each) => each.organization)) {
        const { revision } = (await belfry.live.organizations.get(organization))!;
        const at = clock.now();
        const event = {
          id: `event_${++events}`,
          dialect: "butlr" as const,
          type: "TRAFFIC",
          subject: "sensor_1",
          at,
          acceptedAt: at,
          body: "{}",
          revision: 0,
          previous: null,
          value: null,
          isLate: false,
          scopes: null,
          key: null,
          idempotencyKey: null,
          deliveries: subscriptions.map(({ number }) => ({ lane: number, variant: 0, onChange: false, spilled: true })),
          repeats: [],
        };
        const result = await store.ledger.accept([{ organization, revision, events: [event] }], null);
        if (result.status !== "done") throw new Error(result.status);
        for (const { number } of subscriptions) belfry.dispatcher.readLater(number, "live", at);
      }
      await calm();
    },
    answer({ endpoint }, status) {
      network.answer(endpoint.url, () =>
        status === null ? { ...failed(), code: "delivered", status: 200 } : failed(status),
      );
    },
    heard: ({ endpoint }) =>
      network.calls
        .filter(({ url, attempt }) => url === endpoint.url && attempt === 1)
        .map(({ request }) => JSON.parse(request.body) as AlertBody),
    async pass(ms) {
      const step = Math.max(ms / 120, 1_000);
      for (let left = ms; left > 0; left -= step) await clock.pass(Math.min(left, step));
    },
    async restart() {
      await start();
    },
    async stop() {
      await belfry.alerts.stop();
      await belfry.dispatcher.stop();
      await store.close();
    },
  };
  Object.assign(belfry, made);
  await start();
  return belfry;
}
