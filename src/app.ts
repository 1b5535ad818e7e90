// The composition root: the only place where the parts of the server are made and joined.

import { hkdfSync, randomUUID } from "node:crypto";
import { newSecret, newSigningKey as newPrivateKey, publicKeyOf } from "../receiver/src/index.ts";
import { createAlerts } from "./alerts/alerts.ts";
import { composeAlert } from "./alerts/body.ts";
import { grantsOf } from "./building/entitled.ts";
import { systemClock as clock, systemRandom as random } from "./clock.ts";
import { readAuthorities } from "./config/authorities.ts";
import type { Config } from "./config/config.ts";
import {
  deliverySettings,
  guardSettings,
  httpLimits,
  replaySettings,
  retentionSettings,
  usualRetention,
} from "./config/parts.ts";
import { createDisableSubscription } from "./delivery/settle/disable-subscription.ts";
import { createTestDeliveries } from "./delivery/test-deliveries.ts";
import type { Composer } from "./delivery/attempt/attempt.ts";
import { createDoorBridge } from "./delivery/door-bridge.ts";
import { createArrivals } from "./delivery/arrivals.ts";
import { identityOf } from "./delivery/attempt/tls-identity.ts";
import { createInboxSend, withInboxes } from "./delivery/inbox-send.ts";
import { createHeartbeats } from "./delivery/heartbeats.ts";
import { createDispatcher } from "./delivery/dispatcher.ts";
import { reportDelivery } from "./delivery/report.ts";
import { readClientCertificate, readOwnAuthorities } from "./delivery/guard/certificates.ts";
import { createDestinationGuard } from "./delivery/guard/guard.ts";
import { createPolicy } from "./delivery/guard/policy.ts";
import { createResolver } from "./delivery/guard/resolver.ts";
import { createHeldExpiring } from "./delivery/settle/held-expiring.ts";
import { retryWindowMs } from "./delivery/attempt/retry-policy.ts";
import { checkRetention, createRetention } from "./delivery/settle/retention.ts";
import { createClient } from "./delivery/client/client.ts";
import { deliveryDefaults } from "./delivery/settings.ts";
import { createButlr } from "./dialects/butlr/index.ts";
import { createButterflymx } from "./dialects/butterflymx/index.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { SettingError, StartError } from "./errors.ts";
import { createAuthenticator } from "./auth/authenticator.ts";
import { countRequests, createHealthApi } from "./http/health.ts";
import { createKeyMaker, ensureOperatorKey } from "./auth/api-keys.ts";
import { createConsole } from "./http/console/console.ts";
import { countEngine } from "./http/engine-metrics.ts";
import { countLines } from "./http/log-metrics.ts";
import { createMetrics } from "./http/metrics.ts";
import { createOpenApiRoute, createOperatorApi } from "./http/operator/api.ts";
import { createOpenInbox, createOpenInboxApi } from "./http/operator/open-inbox.ts";
import { createSignInRoute } from "./http/operator/sessions.ts";
import { createServerIdentityRoute } from "./http/operator/server-identity.ts";
import { createHttpServer } from "./http/server.ts";
import { publishGauges } from "./http/server-gauges.ts";
import { createInboxes } from "./inboxes/inboxes.ts";
import { createIngest } from "./ingest/ingest.ts";
import { createLogProcessor } from "./ingest/derive/log-processor.ts";
import { reportSensing } from "./ingest/derive/report-sensing.ts";
import { createWrongClocks } from "./ingest/derive/wrong-clocks.ts";
import { createErasePerson } from "./organizations/erase-person.ts";
import { createOwnerActs } from "./organizations/owner-acts.ts";
import { createInactiveTenants } from "./organizations/inactive-tenants.ts";
import { createOrganizationRemoval } from "./organizations/remove-organization.ts";
import { createPlaceLookup } from "./organizations/place-lookup.ts";
import { createIngestApi } from "./ingest/http/routes.ts";
import { sensorStates, spaceStates, watching } from "./numbers/census.ts";
import { createNumbers } from "./numbers/numbers.ts";
import { createSensorStatus } from "./numbers/sensor-status.ts";
import { compileModelWith } from "./organizations/compile-model.ts";
import { createOrganizations, modelUnreadable } from "./organizations/organizations.ts";
import { createLiveRegistry } from "./organizations/live-registry.ts";
import { createModelChanges } from "./organizations/replace-model.ts";
import type { Log } from "./log.ts";
import { isAlertTarget } from "./model/alert.ts";
import { unreadableReason } from "./model/subscription.ts";
import { joinListeners } from "./model/engine-events.ts";
import { newId } from "./model/ksuid.ts";
import { leaveTraces, readOperatorKey, removeTraces, writeOperatorKey } from "./operator-files.ts";
import { type Service, startAll, stopAll } from "./service.ts";
import { createBackups } from "./store/backups.ts";
import { diskSpace } from "./store/disk-space.ts";
import { closeToOthers } from "./store/permissions.ts";
import { loadMasterKey } from "./store/master-key.ts";
import { warnOfBrokenAudit } from "./store/warn-of-broken-audit.ts";
import { openSqlite } from "./store/sqlite/open.ts";
import { createTurns, pauseOf, pauseWhenLong } from "./turns.ts";
import { createReplayRequests } from "./replays/requests.ts";
import { createReplays } from "./replays/replays.ts";
import { createTracing } from "./tracing/tracing.ts";
import { version } from "./version.ts";

export interface Belfry {
  readonly url: string;
  /** The key of `<data>/operator.key`. */
  readonly operatorKey: string;
  /** Whether that key was made just now: at the first start, or because it was asked for. */
  readonly newOperatorKey: boolean;
  /** Resolves when the server can no longer be trusted to keep what it accepts: the process must end. */
  readonly broken: Promise<Error>;
  /** Takes nothing new, lets attempts under way finish, and closes the store. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Make an operator key though there is one. */
  readonly newOperatorKey?: boolean | undefined;
  /** Start with the files of the data directory though something is missing in them, or may be. */
  readonly asIs?: boolean | undefined;
}

/** Throws a StartError that says what to do where it must not start. */
export async function startBelfry(
  config: Config,
  written: Log,
  { newOperatorKey = false, asIs = false }: StartOptions = {},
): Promise<Belfry> {
  const metrics = createMetrics({ processFigures: true });
  const log = countLines(written, metrics);
  const delivery = { ...deliveryDefaults, ...deliverySettings(config) };
  const objection = checkRetention(delivery, config.retentionEvents);
  if (objection !== null) throw new SettingError(objection);
  const policy = createPolicy(guardSettings(config));
  const resolver = createResolver({ clock, servers: config.dnsServers, poolSize: process.env["UV_THREADPOOL_SIZE"] });
  const ca = config.caFile === undefined ? undefined : readAuthorities(config.caFile);
  for (const said of closeToOthers(config.data)) log.warn("data.permissions", { data: config.data }, said);
  const masterKey = loadMasterKey(config.masterKey, config.data);
  const store = await openSqlite({ directory: config.data, masterKey, clock, asIs });
  if (store.isRenumbered) {
    log.warn(
      "store.renumbered",
      {},
      "The database is a copy, or was opened as it is: its numbers go on far above the last.",
    );
  }
  try {
    return await assemble();
  } catch (error) {
    const broken = await Promise.race([store.broken, Promise.resolve(null)]);
    await store.close();
    if (broken === null) throw error;
    throw new StartError(`The database in ${config.data} has failed (${broken.message}): restore a backup.`, {
      cause: error,
    });
  }

  async function assemble(): Promise<Belfry> {
    const failure = Promise.withResolvers<Error>();
    void store.broken.then(failure.resolve);
    let draining = false;

    // Traces go on to receivers, and are recorded where somebody brings an SDK for them.
    const tracing = createTracing({
      random,
      version,
      onFault: (error) => log.error("listener.failed", { err: error }, "Something that happened could not be traced."),
    });

    // What is known of organizations, and who asks.
    const turns = createTurns(clock);
    const pauseFor = (organization: string) => pauseOf(turns, organization);
    const organizations = createOrganizations(store.registry, compileModelWith(turns), {
      pauseFor,
      onUnreadable: ({ id, organization }) =>
        log.error("subscription.unreadable", { organization, subscription: id }, unreadableReason),
      onUnreadableModel: (organization, err) =>
        log.error("model.unreadable", { organization, err }, modelUnreadable(organization).message),
    });
    const registry = createLiveRegistry(store.registry, organizations, clock);
    const keys = createKeyMaker({ registry, pepper: derive(masterKey, "keys"), clock, random });
    const authenticator = createAuthenticator({
      registry,
      signIns: store.signIns,
      keys,
      tokenKey: derive(masterKey, "tokens"),
      clock,
      random,
      signInMs: config.retentionSignIns,
    });
    const { signIns, sessions, portals } = authenticator;
    await organizations.loadAll();
    const placeLookup = createPlaceLookup(registry, organizations);
    const newEventId = () => newId("event", clock.now(), random.bytes(16));

    // Who hears what happens in the engine. Alerts deliver through the dispatcher below, which is asked only once all is joined.
    const alerts = createAlerts({
      ledger: store.ledger,
      history: store.history,
      organizations,
      enqueuer: { readLater: (...row) => dispatcher.readLater(...row) },
      lane: (number) => dispatcher.lane(number),
      openLane: (number) => dispatcher.openLane(number),
      watching: () => watching(census),
      disk: () => diskSpace(config.data),
      waiting: async () => (await store.history.pending()) + logProcessor.backlog(),
      newEventId,
      clock,
      log,
    });
    const events = joinListeners(
      [countEngine(metrics), reportDelivery(log), reportSensing(log), alerts.events],
      (error) =>
        log.error("listener.failed", { err: error }, "Something that happened could not be counted or reported."),
    );
    const eventsKeptMs = async (organization: string) =>
      (await registry.retention(organization)).events ?? config.retentionEvents;

    // What owners have done. The engine and the dialects are asked only once all is joined.
    const dialect = (name: string): Dialect => dialects.find((each) => each.name === name)!;
    const composer: Composer = {
      version,
      compose: (name, body, variant) =>
        name === "belfry" ? composeAlert(body, variant) : dialect(name).compose(body, variant),
      authentication: (subscription) =>
        isAlertTarget(subscription) ? [] : dialect(subscription.dialect).authentication(subscription),
    };
    const tls = ca === undefined ? {} : { ca };
    const client = createClient({ policy, resolver, clock, tls, onCertificate: alerts.certificateSeen });
    const inboxes = createInboxes({
      isOn: config.inbox,
      clock,
      random,
      deliveringTo: async (organization, url) =>
        (await organizations.get(organization))?.subscriptions.filter(({ endpoint }) => endpoint.url === url) ?? [],
    });
    const inboxSend = config.inbox ? createInboxSend(inboxes, client.send, clock) : null;
    const send = inboxSend?.send ?? client.send;
    const acts = createOwnerActs({
      registry,
      place: placeLookup,
      dialect,
      clock,
      newEventId,
      newGuid: randomUUID,
      openLane: (lane) => dispatcher.openLane(lane),
      hasten: {
        lane: (lane) => dispatcher.hasten.lane(lane),
        one: (lane, delivery) => dispatcher.hasten.one(lane, delivery),
      },
      resend: async (delivery) => {
        const now = clock.now();
        const again = await store.ledger.resend(delivery, now);
        if (again !== null) dispatcher.readLater(again.lane, "retry", now);
        return again;
      },
      sendTest: createTestDeliveries({ ...composer, clock, send, settings: delivery }),
    });

    // The vendors' APIs.
    const guard = withInboxes(createDestinationGuard(policy, resolver), inboxes);
    const newSigningKey = () => {
      const privateKey = newPrivateKey(random);
      return { privateKey, publicKey: publicKeyOf(privateKey) };
    };
    const models = createModelChanges({
      registry,
      clock,
      turns,
      isUnreadable: async (id) => (await organizations.get(id))?.isModelUnreadable === true,
    });
    const shared = { registry, authenticator, guard, clock, random, newSecret: () => newSecret(random), log };
    const dialects: readonly Dialect[] = [
      createButlr({
        ...shared,
        acts,
        status: createSensorStatus((organization) => logProcessor.sensing(organization)),
        place: placeLookup,
        models,
        keys,
        history: store.history,
        turns,
        newSigningKey,
        eventsKeptMs,
      }),
      createButterflymx({
        ...shared,
        place: placeLookup,
        models,
        newSigningKey,
        history: store.history,
        entitled: (fact, model) => grantsOf(fact, model, clock.now()),
        qrKey: derive(masterKey, "qr"),
        publicUrl: config.publicUrl ?? null,
        newGuid: randomUUID,
        doorBridge:
          config.doorBridgeSecret === undefined
            ? null
            : createDoorBridge({ send, clock, random, secret: config.doorBridgeSecret, version }),
        doorBridgeUrl: config.doorBridgeUrl ?? null,
        mostIntegrations: { building: config.integrationsBuilding, tenant: config.integrationsTenant },
        signIns,
        redirects: config.oauthRedirects,
        formKey: derive(masterKey, "forms"),
      }),
    ];

    // Delivery.
    const dispatcher = createDispatcher({
      ledger: store.ledger,
      clock,
      random,
      send,
      drop: (endpoint) => client.drop(endpoint.url, identityOf(endpoint)),
      subscriptions: { get: organizations.subscription, values: organizations.subscriptions },
      withdrawals: organizations.withdrawals,
      statesOf: (name) => dialect(name).states,
      disable: createDisableSubscription(registry, clock),
      ...composer,
      log,
      events,
      tracing,
      settings: delivery,
      onFailed: (error) => failure.resolve(error instanceof Error ? error : new Error(String(error))),
    });
    const arrivals = createArrivals(dispatcher, clock);
    const heartbeats = createHeartbeats({
      ...composer,
      clock,
      random,
      send,
      settings: delivery,
      ledger: store.ledger,
      subscription: organizations.subscription,
      lastStartedAt: dispatcher.lastStartedAt,
      newId: () => newId("heartbeat", clock.now(), random.bytes(16)),
      bodyOf: (name, id, sequence, at) => dialect(name).heartbeat(id, sequence, at),
    });
    heartbeats.note(organizations.subscriptions());
    organizations.listen((organization, change) => {
      const { subscriptions, removed, withdrawals, isGone } = change;
      heartbeats.note(subscriptions);
      if (isGone) {
        logProcessor.forget(organization);
        inboxes.organizationRemoved(organization);
      }
      dispatcher.withdraw(withdrawals);
      dispatcher.subscriptionsChanged(organization);
      for (const lane of removed) dispatcher.laneRemoved(lane);
      alerts.organizationChanged(organization, change);
    });
    const inactiveTenants = createInactiveTenants({
      organizations,
      registry,
      owes(lane) {
        const status = dispatcher.lane(lane);
        return status !== null && (status.onDisk || status.waiting > 0 || status.inFlight > 0);
      },
      clock,
      log,
    });
    const retention = createRetention({
      ledger: store.ledger,
      clock,
      log,
      epoch: dispatcher.epoch,
      idle: dispatcher.idle,
      settings: retentionSettings(config),
      onExpired(count, lanes) {
        expired(count);
        dispatcher.expired(lanes);
      },
    });

    const heldExpiring = createHeldExpiring({
      history: store.history,
      subscriptions: { values: organizations.subscriptions },
      clock,
      log,
      eventsMs: eventsKeptMs,
      events,
    });

    const replaying = { history: store.history, organizations, dialect, clock };
    const replayJobs = createReplays({
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
      jobs: replayJobs,
      settings: replaySettings(config),
      newId: () => newId("replay", clock.now(), random.bytes(16)),
    });

    // The way in.
    const logProcessor = createLogProcessor({
      ledger: store.ledger,
      organizations,
      dialects,
      enqueuer: arrivals.enqueuer,
      clock,
      log,
      newEventId,
      events,
      tracing,
      epoch: dispatcher.epoch,
    });
    const ingest = createIngest(
      dialects,
      {
        ledger: store.ledger,
        placeLookup,
        now: () => clock.now(),
        newGuid: randomUUID,
        logged: logProcessor.wake,
        wrongClock: createWrongClocks(logProcessor),
      },
      {
        ledger: store.ledger,
        organizations,
        createOrganization: async (id, who) => {
          const entry = { at: clock.now(), actor: who.key, action: "organization.create", object: id, detail: null };
          await registry.ensureOrganization(id, id, entry);
        },
        enqueuer: arrivals.enqueuer,
        place: placeLookup,
        now: () => clock.now(),
        newEventId,
      },
      { events, tracing },
    );

    const removal = createOrganizationRemoval({ registry, forgetKey: authenticator.forget, clock, log });

    // What is known of counts and sensors.
    const numbers = createNumbers({
      ledger: store.ledger,
      history: store.history,
      model: placeLookup.model,
      sensing: logProcessor.sensing,
      act: logProcessor.act,
      minuteTypes: (level) => {
        const minute = { kind: "occupancy", level, window: "minute" } as const;
        return dialects.flatMap((each) => each.typeOf(minute) ?? []);
      },
      clock,
    });

    const census = {
      organizations: organizations.ids,
      model: async (id: string) => (await organizations.get(id))?.model ?? null,
      sensing: logProcessor.sensing,
      breathe: () => new Promise<void>((resolve) => void clock.after(0, resolve)),
    };
    publishGauges(metrics, {
      delivery: dispatcher.snapshot,
      pending: store.history.pending,
      unfolded: logProcessor.backlog,
      unstored: logProcessor.unstored,
      disk: () => diskSpace(config.data),
      spaces: () => spaceStates(census),
      sensors: () => sensorStates(census),
    });
    const expired = metrics.counter(
      "belfry_deliveries_expired_total",
      "Deliveries that reached the end of their retention.",
    );

    const backups = createBackups({ copyTo: store.copyTo, directory: config.data, clock, log });

    // HTTP.
    const { host, port, drainTime } = config;
    const server = createHttpServer({ host, port, log, clock, limits: httpLimits(config), drainMs: drainTime / 2 });
    countRequests(server.scope, metrics);
    server.mount(createIngestApi({ ingest, authenticator, dialects, largestBody: config.bodyMax, events }));
    server.mount(
      createOperatorApi({
        registry,
        models,
        place: placeLookup,
        numbers,
        history: store.history,
        clock,
        pauseFor: (organization) => pauseWhenLong(turns, clock, organization),
        backups,
        newBackupId: () => newId("backup", clock.now(), random.bytes(16)),
        authenticator,
        sessions,
        portals,
        publicUrl: config.publicUrl ?? null,
        keys,
        retention: {
          usual: usualRetention(config),
          retryWindowMs: (delays) =>
            retryWindowMs(delays ?? delivery.retryDelays, delivery.jitter, delivery.longestTimeoutMs),
        },
        newSecret: shared.newSecret,
        headers: guard.headers,
        judgeUrl: guard.url,
        clientCertificate: readClientCertificate,
        authorities: readOwnAuthorities,
        erasePerson: createErasePerson({
          ledger: store.ledger,
          registry,
          models,
          model: placeLookup.model,
          readAgain: dispatcher.readAgain,
          clock,
          log,
        }),
        removeOrganization: removal.remove,
        newSigningKey,
        lane: async (number) => dispatcher.lane(number),
        acts,
        autoDisableMs: delivery.autoDisableMs,
        replays,
        inboxes,
        compose: composer.compose,
        waitForNews: arrivals.wait,
        alerts,
        newAlertId: () => newId("alert", clock.now(), random.bytes(16)),
      }),
    );
    server.mount(createSignInRoute({ sessions, inboxes }));
    const consolePages = createConsole({ framers: portals.origins });
    server.mount(consolePages.routes);
    if (config.inbox) {
      server.mount(createOpenInbox({ inboxes, clock, page: consolePages.page }));
      server.mount(createOpenInboxApi({ inboxes }));
    }
    server.mount(createOpenApiRoute(server.routes, version));
    const nonce = Buffer.from(random.bytes(24)).toString("base64url");
    server.mount(createServerIdentityRoute({ version, nonce }));
    server.mount(
      createHealthApi({
        clock,
        metrics,
        // Asked of the thread that accepts, where no reader stands in line.
        checks: { store: () => store.registry.key("") },
        draining: () => draining,
      }),
    );
    for (const each of dialects) server.mount((scope) => each.routes(scope));

    // The operator finds the server last, when all of it works.
    let newKey: string | null = null;
    const findable: Service = {
      async start() {
        inboxes.servedAt(config.publicUrl ?? server.url);
        newKey = await ensureOperatorKey(registry, keys, (key) => writeOperatorKey(config.data, key), newOperatorKey);
        leaveTraces(config.data, server.url, nonce);
      },
      stop: async () => removeTraces(config.data),
    };
    const connections: Service = { start: async () => undefined, stop: () => (inboxSend?.stop(), client.close()) };
    const services = [
      connections,
      dispatcher,
      heartbeats,
      inactiveTenants,
      logProcessor,
      alerts,
      retention,
      heldExpiring,
      replayJobs,
      removal,
      backups,
      server,
      arrivals,
      findable,
    ];
    await startAll(services);
    void warnOfBrokenAudit(store.history, log, () => !draining);
    return {
      url: server.url,
      operatorKey: newKey ?? readOperatorKey(config.data),
      newOperatorKey: newKey !== null,
      broken: failure.promise,
      async stop() {
        draining = true;
        // In reverse: first the traces by which it is found, then the server, so that nothing is accepted that the dispatcher
        // no longer takes.
        await stopAll(services);
        await store.close();
      },
    };
  }
}

/** One key for each purpose, so that none can be used for another. */
function derive(masterKey: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", masterKey, new Uint8Array(), `belfry ${purpose}`, 32));
}
