// The server with its operator API over a real store in memory: two organizations, each with a building, a tenant, an
// organization-wide and a building-wide subscription and a key for every role.

import { createSubscribing as butlrSubscribing } from "../../src/dialects/butlr/subscribing.ts";
import { createSubscribing as entrySubscribing } from "../../src/dialects/butterflymx/subscribing.ts";
import { createOrganizationRemoval } from "../../src/organizations/remove-organization.ts";
import { quietActs, type QuietParts } from "../fixtures/owner-acts.ts";
import { createErasePerson } from "../../src/organizations/erase-person.ts";
import { homeOf } from "../../src/building/home-of.ts";
import { createAuthenticator } from "../../src/auth/authenticator.ts";
import { createKeyMaker, type KeyMaker } from "../../src/auth/api-keys.ts";
import { readClientCertificate, readOwnAuthorities } from "../../src/delivery/guard/certificates.ts";
import { judgeHeaders } from "../../src/delivery/guard/header.ts";
import { createOpenApiRoute, createOperatorApi } from "../../src/http/operator/api.ts";
import type { OperatorDeps } from "../../src/http/operator/deps.ts";
import type { HttpScope } from "../../src/http/scope.ts";
import { createStreams, type StreamLimits, type Streams } from "../../src/http/operator/streams.ts";
import { createSignInRoute } from "../../src/http/operator/sessions.ts";
import { createServerIdentityRoute } from "../../src/http/operator/server-identity.ts";
import { type Arrivals, createArrivals } from "../../src/delivery/arrivals.ts";
import type { Enqueuer } from "../../src/delivery/enqueue-port.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";
import { systemRandom } from "../../src/clock.ts";
import { createChanges } from "../../src/live/changes.ts";
import { silentLog } from "../../src/log.ts";
import { type EngineEvents, openToListeners } from "../../src/model/engine-events.ts";
import type { Role } from "../../src/model/principal.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import { createIngestApi } from "../../src/ingest/http/routes.ts";
import type { Ingest } from "../../src/ingest/ingest-port.ts";
import type { LogProcessor } from "../../src/ingest/derive/log-processor.ts";
import { createNumbers } from "../../src/numbers/numbers.ts";
import { createModelChanges } from "../../src/organizations/replace-model.ts";
import { newId } from "../../src/model/ksuid.ts";
import { createReplayRequests } from "../../src/replays/requests.ts";
import { butlrRules } from "../replays/harness.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import type { Store } from "../../src/store/store.ts";
import { createInboxes, type Inboxes } from "../../src/inboxes/inboxes.ts";
import { createOpenInbox, createOpenInboxApi } from "../../src/http/operator/open-inbox.ts";
import { type LiveOrganizations, liveOrganizations } from "../fixtures/live-organizations.ts";
import { type SteeredClock, createSteeredClock } from "../fixtures/steered-clock.ts";
import { notingLog } from "../fixtures/noted-log.ts";

export const start = Date.UTC(2026, 5, 17, 10, 0, 0);

export interface House {
  readonly store: Store;
  readonly clock: SteeredClock;
  readonly keys: KeyMaker;
  readonly authenticator: ReturnType<typeof createAuthenticator>;
  readonly server: HttpServer;
  /** What was logged. */
  readonly logged: object[];
  readonly arrivals: Arrivals;
  readonly inboxes: Inboxes;
  /** Tells whoever watches what happens in the engine. */
  readonly events: EngineEvents;
  readonly streams: Streams;
  /** What the server knows of them: whoever writes to the store behind its back reloads them. */
  readonly organizations: LiveOrganizations["organizations"];
  close(): Promise<void>;
}

export interface HouseOptions {
  readonly acceptor?: Ingest;
  readonly largestBody?: number;
  /** A store that is there already, with its clock; `close` closes it, too. */
  readonly over?: { readonly store: Store; readonly clock: SteeredClock };
  /** A further door. */
  readonly more?: (scope: HttpScope) => void;
  /** How lanes stand; default: nobody knows. */
  readonly lane?: OperatorDeps["lane"];
  /** Default: nothing is wrong, and nothing was told. */
  readonly alerts?: Partial<OperatorDeps["alerts"]>;
  /** Default: none can be made. */
  readonly backups?: OperatorDeps["backups"];
  /** What acts of owners rest on; default: there is no engine, so nothing is opened and nothing waits, and a test is
   * delivered. */
  readonly acts?: Partial<QuietParts>;
  /** What sensing knows; default: nothing was ever sensed. */
  readonly logProcessor?: Pick<LogProcessor, "sensing" | "act">;
  readonly limits?: StreamLimits;
}

const nothingSensed = { sensing: () => undefined, act: async () => null };

const noBackups: OperatorDeps["backups"] = {
  create: () => Promise.reject(new Error("not here")),
  get: () => null,
  read: async () => null,
  remove: () => false,
};

const noLanes: Enqueuer = { reserve: () => false, release() {}, enqueue() {}, readLater() {} };

const nobody: Ingest = {
  observations: async () => ({ accepted: 0, duplicates: 0, rejected: [] }),
  events: async () => ({ accepted: 0, duplicates: 0, rejected: [] }),
};

/** By which commands know the server of a house. */
export const houseNonce = "nonce-of-the-house";

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const { over, lane = async () => null, acceptor = nobody, more = () => {}, backups = noBackups, ...others } = options;
  const { logProcessor = nothingSensed, limits, ...rest } = others;
  const clock = over?.clock ?? createSteeredClock(start);
  const store = over?.store ?? (await openTestStore({ directory: null, masterKey: new Uint8Array(32).fill(7), clock }));
  const { history } = store;
  const { registry, place, organizations } = liveOrganizations(store.registry, clock);
  const models = createModelChanges({ registry, clock });
  const random = systemRandom;
  const keys = createKeyMaker({ registry, pepper: new Uint8Array(32).fill(1), clock, random });
  const tokenKey = new Uint8Array(32).fill(2);
  const { signIns } = store;
  const home = async (organization: string, tenant: string) => homeOf(await place.model(organization), tenant);
  const authenticator = createAuthenticator({ registry, signIns, keys, tokenKey, home, clock, random });
  const logged: object[] = [];
  const log = notingLog(({ facts }) => logged.push(facts));
  const server = createHttpServer({ host: "127.0.0.1", port: 0, log, clock });
  const resend = (delivery: number) => store.ledger.resend(delivery, clock.now());
  const acts = quietActs({ registry, place, clock, resend, ...options.acts });
  let secrets = 0;
  const newSigningKey = () => ({ privateKey: `whsk_${++secrets}`, publicKey: `whpk_${secrets}` });
  const newSecret = () => `whsec_${Buffer.alloc(32, ++secrets).toString("base64")}`;
  const erasePerson = createErasePerson({
    ledger: store.ledger,
    registry,
    models,
    model: place.model,
    readAgain: () => {},
    clock,
    log: silentLog,
  });
  const numbers = createNumbers({
    ...logProcessor,
    ledger: store.ledger,
    history,
    model: place.model,
    minuteTypes: (level) => [`${level.toUpperCase()}_OCCUPANCY_1MIN`],
    clock,
  });
  const removal = createOrganizationRemoval({ registry, forgetKey: authenticator.forget, clock, log: silentLog });
  const replays = createReplayRequests({
    history,
    organizations,
    dialect: () => butlrRules,
    clock,
    ledger: store.ledger,
    store: store.replays,
    jobs: { note: () => {} },
    settings: { perSecond: 100, mostPerSecond: 2_000 },
    newId: () => newId("replay", clock.now(), random.bytes(16)),
  });
  const { events, listen } = openToListeners([], (error) => {
    throw error;
  });
  const arrivals = createArrivals(noLanes, clock, events);
  const changes = createChanges({ listen, organizations, model: place.model });
  const streams = createStreams({ changes, clock, place, ...(limits && { limits }) });
  const backing = { backups, newBackupId: () => "backup_1" };
  const alerts: OperatorDeps["alerts"] = {
    open: async () => [],
    told: async () => [],
    ...options.alerts,
    test: async ({ id }) => ({ event: `event_of_${id}`, delivery: "delivery_1" }),
  };
  const judgeUrl: OperatorDeps["judgeUrl"] = async (url) =>
    url.startsWith("https://") ? { allowed: true } : { allowed: false, code: "url_forbidden", message: "No https." };
  const webhooks = butlrSubscribing(() => newId("webhook", clock.now(), random.bytes(16)));
  const integrations = entrySubscribing({ building: 3, tenant: 3 });
  const inboxes = createInboxes({
    isOn: true,
    clock,
    random,
    deliveringTo: async (organization, url) =>
      (await organizations.get(organization))!.subscriptions.filter(({ endpoint }) => endpoint.url === url),
  });
  inboxes.servedAt("https://belfry.test");
  const made = {
    ...backing,
    inboxes,
    alerts,
    newAlertId: () => newId("alert", clock.now(), random.bytes(16)),
    judgeUrl,
    replays,
    erasePerson,
    removeOrganization: removal.remove,
    newSecret,
    newSigningKey,
    retention: {
      usual: { events: 7 * 86_400_000, observations: 86_400_000, minutes: 400 * 86_400_000, entries: 30 * 86_400_000 },
      retryWindowMs: (delays: readonly number[] | null) =>
        (delays ?? [3 * 86_400_000]).reduce((sum, each) => sum + each, 0),
    },
    headers: judgeHeaders,
    clientCertificate: readClientCertificate,
    authorities: readOwnAuthorities,
    acts,
    lane,
    autoDisableMs: 5 * 24 * 3_600_000,
    numbers,
    compose: (_dialect: string, body: string, variant: number) => (variant === 0 ? body : `${variant}${body}`),
    waitForNews: arrivals.wait,
    valueOf: (_dialect: string, _type: string, body: string) => body,
    showRequest: (...[{ endpoint }, { number, text }]: Parameters<OperatorDeps["showRequest"]>) => ({
      url: endpoint.url,
      headers: [
        { name: "belfry-delivery", value: `delivery_${number}` },
        { name: "webhook-signature", value: null },
      ],
      body: text.body,
    }),
    subscribing: (name: string) => (name === "butlr" ? webhooks : integrations),
    streams,
  };
  server.mount(createServerIdentityRoute({ version: "0.0.0", nonce: houseNonce }));
  const { sessions, portals } = authenticator;
  const who = { authenticator, sessions, portals, publicUrl: null, keys };
  server.mount(
    createOperatorApi({ registry, models, place, history, clock, pauseFor: () => () => undefined, ...who, ...made }),
  );
  server.mount(createSignInRoute({ sessions, inboxes }));
  server.mount(
    createIngestApi({
      ingest: acceptor,
      authenticator,
      dialects: [{ name: "butlr" }, { name: "butterflymx" }],
      ...rest,
    }),
  );
  server.mount(createOpenInbox({ inboxes, clock, page: (_, reply) => reply.type("text/html").send("the page") }));
  server.mount(createOpenInboxApi({ inboxes }));
  server.mount(createOpenApiRoute(server.routes, "1.2.3"));
  server.mount(more);
  await server.scope.ready();
  return {
    store,
    clock,
    keys,
    authenticator,
    server,
    logged,
    arrivals,
    inboxes,
    events,
    streams,
    organizations,
    async close() {
      await streams.stop();
      await server.stop();
      await store.close();
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely by tests
  readonly body: any;
}

export interface Ask {
  readonly key?: string;
  readonly body?: unknown;
  readonly text?: string | Buffer;
  readonly headers?: Record<string, string>;
}

/** `ask(house, "GET /v1/keys", { key })` */
export async function ask(
  house: Pick<House, "server">,
  what: string,
  { key, body, text, headers }: Ask = {},
): Promise<Answer> {
  const [method, url] = what.split(" ") as ["GET", string];
  const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const answer = await house.server.scope.inject({
    method,
    url,
    headers: {
      ...(payload === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  const isJson = /json/.test(String(answer.headers["content-type"]));
  const parsed: unknown = isJson && answer.body !== "" ? JSON.parse(answer.body) : null;
  return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: parsed };
}

export async function keyFor(
  house: House,
  role: Role,
  organization: string | null = null,
  target: string | null = null,
): Promise<string> {
  return (await house.keys.issue({ role, organization, targets: target === null ? [] : [target] }, "test")).key;
}

/** One building `building_<name>` with a door, a unit and a tenant. */
export function modelOf(name: string) {
  return {
    organization: { id: `org_${name}`, name: `Organization ${name}` },
    sites: [
      {
        id: `site_${name}`,
        name: "Site",
        timezone: "Europe/Berlin",
        buildings: [
          {
            id: `building_${name}`,
            name: "Building",
            floors: [{ id: `floor_${name}`, name: "1", rooms: [{ id: `room_${name}`, name: "Room" }] }],
            access_points: [{ id: `door_${name}`, name: "Front door" }],
            units: [{ id: `unit_${name}`, label: "101" }],
            tenants: [{ id: `tenant_${name}`, unit_id: `unit_${name}` }],
          },
        ],
      },
    ],
  };
}

/** A subscription as an API would have made it, with every kind of secret in it. */
export async function addSubscription(
  house: House,
  organization: string,
  more: Partial<Subscription> = {},
): Promise<Subscription> {
  const { registry } = house.store;
  const number = await registry.allocate(1);
  const subscription: Subscription = {
    number,
    id: `webhook_${number}`,
    organization,
    dialect: "butlr",
    name: "hook",
    scope: { kind: "organization" },
    bindings: [{ type: "TRAFFIC", variant: 0, resource: null }],
    filters: null,
    sendOnValueChange: false,
    repeatMinutes: 0,
    endpoint: {
      url: "https://hooks.example.test/in?token=canary-query",
      timeoutMs: 5_000,
      apiKey: { name: "x-api-key", value: "canary-value" },
      basicAuth: { username: "bell", password: "canary-password" },
    },
    signingSecrets: [{ secret: "whsec_Y2FuYXJ5LXNpZ25pbmctc2VjcmV0LTAwMDA=", until: null }],
    extraSignatures: [],
    lane: { maxInFlight: null, retryDelays: null },
    state: "active",
    disabledReason: null,
    createdAt: house.clock.now(),
    updatedAt: house.clock.now(),
    document: "{}",
    ...more,
  };
  const entry = {
    at: house.clock.now(),
    actor: "test",
    action: "subscription.create",
    object: subscription.id,
    detail: null,
  };
  await registry.ensureOrganization(organization, organization, {
    ...entry,
    action: "organization.create",
    object: organization,
  });
  const written = await registry.change({ organization, revision: null, put: [subscription], audit: [entry] });
  if (written.status !== "done") throw new Error(written.status);
  return subscription;
}

/** An event of the organization, owed to one subscription, tried once and failed with a body that is no text. */
export async function addDelivery(house: House, subscription: Subscription, id: string): Promise<number> {
  const { ledger, registry } = house.store;
  const { epoch } = await ledger.acquire(house.clock.now(), 0);
  const snapshot = await registry.snapshot(subscription.organization);
  const now = house.clock.now();
  const accepted = await ledger.accept(
    [
      {
        organization: subscription.organization,
        revision: snapshot!.organization.revision,
        events: [
          {
            id,
            dialect: "butlr",
            type: "TRAFFIC",
            subject: "sensor_1",
            at: now,
            acceptedAt: now,
            body: `{"id":"${id}","n":1.0}`,
            revision: 0,
            previous: null,
            value: null,
            isLate: false,
            scopes: null,
            key: null,
            idempotencyKey: null,
            deliveries: [{ lane: subscription.number, variant: 0, onChange: false, spilled: false }],
            repeats: [],
          },
        ],
      },
    ],
    null,
  );
  const receipt = accepted.status === "done" ? accepted.receipts[0] : undefined;
  if (receipt?.status !== "accepted") throw new Error("the event was not accepted");
  const delivery = receipt.deliveries[0]!;
  await ledger.settle(epoch, [
    {
      delivery,
      lane: subscription.number,
      attempt: 1,
      startedAt: now,
      outcome: {
        code: "http_error",
        status: 500,
        detail: "the receiver answered 500",
        retryAfterMs: null,
        durationMs: 12,
        response: Uint8Array.of(0xff, 0x00),
        responseBytes: 2,
      },
      next: { due: now + 5_000 },
    },
  ]);
  return delivery;
}
