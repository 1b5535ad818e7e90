// Rows for the contract of the store: plain values with sensible defaults, so that a test names only what it is about.

import type { Outcome } from "../../src/model/attempt.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { deliveryClasses } from "../../src/model/delivery.ts";
import type { MinuteOf } from "../../src/model/minute.ts";
import type { FoldProgress, NewDelivery, NewEvent, NewObservation } from "../../src/store/acceptance.ts";
import type { Ledger } from "../../src/store/ledger.ts";
import type { LaneRead, Settlement } from "../../src/store/owed.ts";
import type { PruneBefore } from "../../src/store/removal.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { AuditEntry, Registry } from "../../src/store/registry.ts";
import type { Store } from "../../src/store/store.ts";

/** The moment at which every sample happens. */
export const noon = Date.UTC(2025, 4, 20, 12);

export const audit = (action = "test.act", object = "thing"): AuditEntry => ({
  at: noon,
  actor: "key_test",
  action,
  object,
  detail: null,
});

/** An organization with revision 1. */
export async function addOrganization(registry: Registry, id = "org_one"): Promise<string> {
  await registry.ensureOrganization(id, `The ${id}`, audit("organization.create", id));
  return id;
}

export function subscription(number: number, change: Partial<Subscription> = {}): Subscription {
  return {
    number,
    id: `webhook_${number}`,
    organization: "org_one",
    dialect: "butlr",
    name: "Front desk",
    scope: { kind: "organization" },
    bindings: [{ type: "ROOM_OCCUPANCY", variant: 0, resource: null }],
    filters: { room_ids: ["room_1"] },
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: {
      url: "https://example.test/hook",
      timeoutMs: 5_000,
      apiKey: { name: "x-api-key", value: "canary-api-key" },
      basicAuth: { username: "belfry", password: "canary-password" },
    },
    signingSecrets: [{ secret: "whsec_canary", until: null }],
    extraSignatures: [],
    lane: { maxInFlight: null, retryDelays: null },
    state: "active",
    disabledReason: null,
    createdAt: noon,
    updatedAt: noon,
    document: "{}",
    ...change,
  };
}

/** Puts subscriptions and returns the organization's new revision. */
export async function put(registry: Registry, organization: string, ...subscriptions: Subscription[]): Promise<number> {
  const result = await registry.change({ organization, revision: null, put: subscriptions, audit: [audit()] });
  if (result.status !== "done") throw new Error(`the change was ${result.status}`);
  return result.revision;
}

/** Nothing is older than this. */
export const keepAll: PruneBefore = {
  events: 0,
  observations: 0,
  idempotencyKeys: 0,
  minutes: 0,
  entries: 0,
  signIns: 0,
};

/** Sensing has read the log up to `position`, and needs nothing of it again. */
export const progress = (epoch: Epoch, position: number, change: Partial<FoldProgress> = {}): FoldProgress => ({
  epoch,
  position,
  rereadFrom: position,
  subjects: [],
  minutes: [],
  entries: [],
  ...change,
});

export const minute = (at: number, change: Partial<MinuteOf> = {}): MinuteOf => ({
  organization: "org_one",
  series: "presence",
  subject: "room_1",
  at,
  value: 3,
  out: 0,
  min: 2,
  max: 4,
  mean: 2.75,
  observedS: 60,
  revision: 0,
  ...change,
});

export const owed = (lane: number, change: Partial<NewDelivery> = {}): NewDelivery => ({
  lane,
  variant: 0,
  onChange: false,
  spilled: true,
  ...change,
});

export function event(id: string, change: Partial<NewEvent> = {}): NewEvent {
  return {
    id,
    dialect: "butlr",
    type: "ROOM_OCCUPANCY",
    subject: "room_1",
    at: noon,
    acceptedAt: noon,
    body: `{"id":"${id}","value":1.0}`,
    revision: 0,
    previous: null,
    value: "1",
    isLate: false,
    scopes: null,
    key: null,
    idempotencyKey: null,
    deliveries: [],
    repeats: [],
    ...change,
  };
}

export function observation(change: Partial<NewObservation> = {}): NewObservation {
  return {
    organization: "org_one",
    kind: "traffic",
    floor: "floor_1",
    at: noon,
    acceptedAt: noon,
    idempotencyKey: null,
    body: `{"kind":"traffic","id":null,"at":${noon},"sensor":"s","in":1,"out":0}`,
    ...change,
  };
}

/** Accepts events of one organization as of its present revision and returns their receipts. */
export async function accept(store: Store, events: readonly NewEvent[], organization = "org_one") {
  const snapshot = await store.registry.snapshot(organization);
  const revision = snapshot?.organization.revision ?? 0;
  const result = await store.ledger.accept([{ organization, revision, events }], null);
  if (result.status !== "done") throw new Error("the acceptance was stale");
  return result.receipts;
}

/** One read of every class of the lane. */
export const readsOf = (lane: number, limit: number): readonly LaneRead[] =>
  deliveryClasses.map((each) => ({ lane, class: each, limit }));

/** The rows of a lane on the disk that are due, all live ones before all retries before all replays. */
export async function readLane(ledger: Ledger, epoch: Epoch, now: number, lane: number, limit: number) {
  const classes = await ledger.readDue(epoch, now, readsOf(lane, limit));
  const dues = classes.flatMap(({ nextDue }) => nextDue ?? []);
  return { rows: classes.flatMap(({ rows }) => rows), nextDue: dues.length === 0 ? null : Math.min(...dues) };
}

/** Accepts one event owed to the given lanes and returns the numbers of its deliveries. */
export async function owe(
  store: Store,
  id: string,
  deliveries: readonly NewDelivery[],
  change: Partial<NewEvent> = {},
) {
  const [receipt] = await accept(store, [event(id, { ...change, deliveries })]);
  if (receipt?.status !== "accepted") throw new Error(`the event was ${receipt?.status}`);
  return receipt.deliveries;
}

export function outcome(change: Partial<Outcome> = {}): Outcome {
  return {
    code: "delivered",
    status: 200,
    detail: null,
    retryAfterMs: null,
    durationMs: 12,
    response: null,
    responseBytes: 2,
    ...change,
  };
}

export const refusal = outcome({
  code: "http_error",
  status: 500,
  detail: "The receiver answered 500.",
  response: Buffer.from("oops"),
  responseBytes: 4,
});

export function settlement(delivery: number, lane: number, change: Partial<Settlement> = {}): Settlement {
  return {
    delivery,
    lane,
    attempt: 1,
    startedAt: noon + 50,
    outcome: outcome(),
    next: { state: "delivered" },
    ...change,
  };
}
