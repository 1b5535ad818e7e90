// A dispatcher over a real store with a steered clock and a network that does as it is told; accepts events as the
// acceptor does. Subscriptions live in a plain map, as the directory of organizations would keep them.

import { randomBytes } from "node:crypto";
import type { Dispatcher, DispatcherDeps } from "../../src/delivery/dispatcher-port.ts";
import { createDispatcher } from "../../src/delivery/dispatcher.ts";
import { states } from "../../src/dialects/butlr/types.ts";
import type { DeliverySettings } from "../../src/delivery/settings.ts";
import { silentLog } from "../../src/log.ts";
import type { EngineEvents } from "../../src/model/engine-events.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import type { PendingWithdrawal } from "../../src/model/withdrawal.ts";
import type { Ledger } from "../../src/store/ledger.ts";
import type { DueDelivery, Settlement } from "../../src/store/owed.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import type { Store } from "../../src/store/store.ts";
import { calm, createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";
import { createNetwork, type Network } from "./network.ts";

export const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

export interface Tower {
  readonly clock: SteeredClock;
  readonly network: Network;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly dispatcher: Dispatcher;
  readonly subscriptions: Map<number, Subscription>;
  /** Those that a dispatcher finds when it starts. */
  readonly withdrawals: PendingWithdrawal[];
  /** All that was settled, by all dispatchers of this tower. */
  readonly settled: Settlement[];
  readonly disabled: { readonly subscription: Subscription; readonly reason: string }[];
  readonly failures: unknown[];
  /** Where connections were given up. */
  readonly dropped: string[];
  /** Set to make store verbs fail once or for ever, or wait for a promise: called before each of them. */
  fault: (
    verb: "settle" | "readDue" | "spill" | "cancel" | "withdraw" | "hasten" | "markStarted" | "remember",
    deliveries?: readonly number[],
  ) => void | Promise<void>;
  /** Subscribes before or after the start; returns the lane. */
  subscribe(parts?: Partial<Subscription>): Promise<number>;
  /** Changes the subscription and tells the dispatcher. */
  change(lane: number, parts: Partial<Subscription>): void;
  remove(lane: number): void;
  /** Accepts one event owed to each of the lanes; returns its id. */
  ring(...lanes: number[]): Promise<string>;
  /** Accepts so many events owed to the lane in one batch. */
  ringMany(lane: number, count: number): Promise<readonly string[]>;
  /** Accepts one event owed to the lane about each of these subjects, in one batch; returns their ids. */
  ringAbout(lane: number, ...subjects: string[]): Promise<readonly string[]>;
  /** Resends the first delivery of the event with this id so many times. */
  resend(event: string, count: number): Promise<void>;
  /** Owes the event with this id to the lane so many times more, as a bulk replay does. */
  replay(lane: number, event: string, count: number): Promise<void>;
  /** Lets everything happen that needs no time, however many requests that are answered at once. */
  quiet(): Promise<void>;
  /** Leaves this dispatcher as a kill would and starts a new one on the same store. */
  restart(): Promise<void>;
  /** Deliveries that a new owner would find, as if this dispatcher ended now. */
  owed(): Promise<readonly DueDelivery[]>;
}

export interface TowerOptions {
  readonly settings?: Partial<DeliverySettings>;
  readonly fraction?: () => number;
  /** How long bodies are; default: as short as can be. */
  readonly bodyLength?: number;
  readonly events?: EngineEvents;
  /** Default: an empty one. */
  readonly store?: Store;
  readonly clock?: SteeredClock;
  /** Default: notes it, and disables the subscription at once. */
  readonly disable?: DispatcherDeps["disable"];
  readonly shared?: DispatcherDeps["shared"];
}

export const urlOf = (lane: number): string => `https://receiver-${lane}.example/hook`;

let lastSubscription = 0;

export async function createTower(options: TowerOptions = {}): Promise<Tower> {
  const { settings = {}, fraction = () => 0.5, bodyLength = 0 } = options;
  const { clock = createSteeredClock() } = options;
  const network = createNetwork(clock);
  const store = options.store ?? (await openTestStore({ directory: null, masterKey: randomBytes(32), clock }));
  const subscriptions = new Map<number, Subscription>();
  const organizations = new Set<string>();
  const settled: Settlement[] = [];
  const disabled: { subscription: Subscription; reason: string }[] = [];
  const failures: unknown[] = [];
  const dropped: string[] = [];
  let events = 0;

  // The real ledger; its owner verbs can be made to fail on their way there.
  const ledger: Ledger = {
    ...store.ledger,
    settle: async (epoch, settlements) => {
      await tower.fault("settle");
      await store.ledger.settle(epoch, settlements);
      settled.push(...settlements);
    },
    readDue: async (...given) => {
      await tower.fault("readDue");
      return store.ledger.readDue(...given);
    },
    spill: async (...given) => {
      await tower.fault("spill");
      return store.ledger.spill(...given);
    },
    cancel: async (...given) => {
      await tower.fault("cancel");
      return store.ledger.cancel(...given);
    },
    withdraw: async (...given) => {
      await tower.fault("withdraw");
      return store.ledger.withdraw(...given);
    },
    hasten: async (...given) => {
      await tower.fault("hasten");
      return store.ledger.hasten(...given);
    },
    markStarted: async (epoch, deliveries) => {
      await tower.fault("markStarted", deliveries);
      return store.ledger.markStarted(epoch, deliveries);
    },
    remember: async (...given) => {
      await tower.fault("remember");
      return store.ledger.remember(...given);
    },
  };

  const deps: DispatcherDeps = {
    version: "0.0.0",
    ledger,
    clock,
    random: { fraction },
    send: (request) => network.send(request),
    drop: ({ url }) => void dropped.push(url),
    compose: (_, body) => body,
    authentication: () => [],
    subscriptions,
    withdrawals: () => tower.withdrawals,
    statesOf: (dialect) => (dialect === "butlr" ? states : {}),
    ...(options.shared && { shared: options.shared }),
    disable:
      options.disable ??
      ((subscription, reason) => {
        disabled.push({ subscription, reason });
        tower.change(subscription.number, { state: "disabled", disabledReason: reason });
        return Promise.resolve();
      }),
    log: silentLog,
    events: options.events ?? {},
    // Groups of outcomes do not wait, so that what needs no time happens without the clock.
    settings: { settleEveryMs: 0, ...settings },
    onFailed: (error) => void failures.push(error),
  };

  const revisionOf = async (organization: string): Promise<number> =>
    (await store.registry.snapshot(organization))!.organization.revision;

  async function accept(
    batch: readonly (readonly number[])[],
    subjects: readonly string[] = [],
  ): Promise<readonly string[]> {
    const acceptedAt = clock.now();
    const organization = subscriptions.get(batch[0]![0]!)!.organization;
    const { dispatcher } = tower;
    const rows = batch.map((lanes, index) => ({
      id: `evt_${++events}`,
      dialect: "butlr" as const,
      type: "ROOM_OCCUPANCY",
      subject: subjects[index] ?? "room_1",
      at: acceptedAt,
      acceptedAt,
      body: `{"id":"evt_${events}"}`.padEnd(bodyLength),
      revision: 0,
      previous: null,
      value: null,
      isLate: false,
      scopes: null,
      key: null,
      idempotencyKey: null,
      deliveries: lanes.map((lane) => ({ lane, variant: 0, onChange: false, spilled: !dispatcher.reserve(lane) })),
      repeats: [],
    }));
    const result = await store.ledger.accept(
      [{ organization, revision: await revisionOf(organization), events: rows }],
      null,
    );
    if (result.status !== "done") throw new Error("stale");
    for (const [index, receipt] of result.receipts.entries()) {
      if (receipt.status !== "accepted") throw new Error(receipt.status);
      const row = rows[index]!;
      for (const [place, { lane, spilled }] of row.deliveries.entries()) {
        const number = receipt.deliveries[place]!;
        const event = { ...row, number: receipt.number };
        if (spilled) dispatcher.readLater(lane, "live", acceptedAt);
        else
          dispatcher.enqueue({
            number,
            lane,
            class: "live",
            variant: 0,
            attempts: 0,
            due: acceptedAt,
            createdAt: acceptedAt,
            event,
            sequence: receipt.sequences[place]!,
          });
      }
    }
    await calm();
    return rows.map(({ id }) => id);
  }

  const tower: Tower & { dispatcher: Dispatcher } = {
    clock,
    network,
    store,
    ledger,
    dispatcher: createDispatcher(deps),
    subscriptions,
    withdrawals: [],
    settled,
    disabled,
    failures,
    dropped,
    fault: () => {},
    async subscribe(parts = {}) {
      const number = parts.number ?? (await store.registry.allocate(1));
      const subscription = subscriptionOf(number, clock.now(), parts);
      const { organization } = subscription;
      if (!organizations.has(organization)) {
        organizations.add(organization);
        const audit = { at: 0, actor: "system", action: "organization.create", object: organization, detail: null };
        await store.registry.ensureOrganization(organization, organization, audit);
      }
      subscriptions.set(number, subscription);
      tower.dispatcher.subscriptionsChanged(organization);
      return number;
    },
    change(lane, parts) {
      const before = subscriptions.get(lane)!;
      const after = { ...before, ...parts, updatedAt: before.updatedAt + 1 };
      subscriptions.set(lane, after);
      tower.dispatcher.subscriptionsChanged(after.organization);
    },
    remove(lane) {
      const { organization } = subscriptions.get(lane)!;
      subscriptions.delete(lane);
      tower.dispatcher.subscriptionsChanged(organization);
      tower.dispatcher.laneRemoved(lane);
    },
    ring: async (...lanes) => (await accept([lanes]))[0]!,
    ringAbout: (lane, ...subjects) =>
      accept(
        subjects.map(() => [lane]),
        subjects,
      ),
    ringMany: (lane, count) => accept(Array.from({ length: count }, () => [lane])),
    async resend(event, count) {
      const query = { organization: null, subscription: null, state: null, since: null, limit: 100_000, before: null };
      const { items } = await store.history.deliveries(query);
      const delivery = items.filter((each) => each.event === event).at(-1)!.number;
      for (let each = 0; each < count; each++) {
        const { lane } = (await store.ledger.resend(delivery, clock.now()))!;
        tower.dispatcher.readLater(lane, "retry", clock.now());
      }
    },
    async replay(lane, event, count) {
      const { number } = (await store.history.event(null, event))!;
      const rows = Array.from({ length: count }, () => ({ event: number, lane, variant: 0 }));
      await store.ledger.replay(rows, clock.now());
      tower.dispatcher.readLater(lane, "replay", clock.now());
      await calm();
    },
    async quiet() {
      for (let [seen, still] = [-1, 0]; still < 3; await calm()) {
        const now = network.calls.length + settled.length;
        still = now === seen ? still + 1 : 0;
        seen = now;
      }
    },
    async restart() {
      tower.dispatcher = createDispatcher(deps);
      await tower.dispatcher.start();
      await calm();
    },
    async owed() {
      const { epoch, lanes } = await store.ledger.acquire(clock.now(), 0);
      const reads = lanes.map((open) => ({ ...open, limit: 1_000_000 }));
      const read = await store.ledger.readDue(epoch, Number.MAX_SAFE_INTEGER, reads);
      return read.flatMap(({ rows }) => rows);
    },
  };
  return tower;
}

export function subscriptionOf(number: number, now: number, parts: Partial<Subscription> = {}): Subscription {
  return {
    number,
    id: `webhook_${++lastSubscription}`,
    organization: "org_1",
    dialect: "butlr",
    name: `subscription ${number}`,
    scope: { kind: "organization" },
    bindings: [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }],
    filters: null,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: { url: urlOf(number), timeoutMs: 15_000, apiKey: null, basicAuth: null },
    signingSecrets: [{ secret, until: null }],
    extraSignatures: [],
    lane: { maxInFlight: null, retryDelays: null },
    state: "active",
    disabledReason: null,
    createdAt: now,
    updatedAt: now,
    document: "{}",
    ...parts,
  };
}
