// What the operator API works with [http/operator/deps.ts], out of all parts behind it.

import { usualRetention } from "../config/parts.ts";
import { retryWindowMs } from "../delivery/attempt/retry-policy.ts";
import { readClientCertificate, readOwnAuthorities } from "../delivery/guard/certificates.ts";
import { shownRequest } from "../delivery/attempt/shown-request.ts";
import type { OwnerActsPort } from "../dialects/owner-acts-port.ts";
import type { OperatorDeps } from "../http/operator/deps.ts";
import type { NumbersPort } from "../numbers/numbers-port.ts";
import type { Streams } from "../http/operator/streams.ts";
import { createErasePerson } from "../organizations/erase-person.ts";
import { pauseWhenLong } from "../turns.ts";
import { askAboutAlerts } from "./alerts-elsewhere.ts";
import type { Delivery } from "./delivery.ts";
import type { Ground } from "./ground.ts";
import type { Listeners } from "./listeners.ts";
import type { Later } from "./later.ts";
import type { Known } from "./organizations.ts";
import type { Replaying } from "./replays.ts";
import type { Sending } from "./sending.ts";
import type { Upkeep } from "./upkeep.ts";

/** What stands behind the operator API. */
export interface Behind {
  readonly ground: Ground;
  readonly known: Known;
  readonly listeners: Listeners;
  readonly sending: Sending;
  readonly delivery: Delivery;
  readonly acts: OwnerActsPort;
  readonly replaying: Replaying;
  readonly numbers: NumbersPort;
  readonly upkeep: Upkeep;
  readonly streams: Streams;
  readonly dialect: Later["dialect"];
}

export function operatorDeps(behind: Behind): OperatorDeps {
  const { ground, known, sending, delivery, upkeep } = behind;
  const { config, store, clock, log, settings, newId, newSecret, newSigningKey } = ground;
  const { registry, models, place, authenticator, keys, turns } = known;
  const { engine, arrivals } = delivery;
  return {
    registry,
    models,
    place,
    numbers: behind.numbers,
    history: store.history,
    clock,
    pauseFor: (organization) => pauseWhenLong(turns, clock, organization),
    backups: upkeep.backups,
    newBackupId: () => newId("backup"),
    authenticator,
    sessions: authenticator.sessions,
    portals: authenticator.portals,
    publicUrl: config.publicUrl ?? null,
    keys,
    retention: {
      usual: usualRetention(config),
      retryWindowMs: (delays) =>
        retryWindowMs(delays ?? settings.retryDelays, settings.jitter, settings.longestTimeoutMs),
    },
    newSecret,
    headers: sending.guard.headers,
    judgeUrl: sending.guard.url,
    clientCertificate: readClientCertificate,
    authorities: readOwnAuthorities,
    erasePerson: createErasePerson({
      ledger: store.ledger,
      registry,
      models,
      model: place.model,
      readAgain: engine.readAgain,
      clock,
      log,
    }),
    removeOrganization: upkeep.removal.remove,
    newSigningKey,
    lane: engine.status,
    acts: behind.acts,
    streams: behind.streams,
    autoDisableMs: settings.autoDisableMs,
    replays: behind.replaying,
    inboxes: sending.inboxes,
    compose: sending.composer.compose,
    waitForNews: arrivals.wait,
    alerts:
      delivery.nodes === null
        ? behind.listeners.alerts
        : askAboutAlerts(behind.listeners.alerts, engine, delivery.nodes),
    newAlertId: () => newId("alert"),
    subscribing: (name) => behind.dialect(name).subscribing,
    valueOf: (name, type, body) => behind.dialect(name).valueOf(type, body),
    showRequest: (subscription, delivery, at) => shownRequest(subscription, delivery, sending.composer, settings, at),
  };
}
