// The settings as each part of the server takes them, by the names it has for them.

import type { Config } from "./settings.ts";

/** What differs from the engine's own defaults only where an operator said so. */
export const deliverySettings = (config: Config) => ({
  caps: {
    subscription: config.capSubscription,
    organization: config.capOrganization,
    host: config.capHost,
    overall: config.capAll,
  },
  rowsInMemory: config.memoryRows,
  bytesInMemory: config.memoryBytes,
  timeoutMs: config.timeoutButterflymx,
  longestTimeoutMs: config.timeoutMax,
  retryDelays: config.retryDelays,
  breakAfter: config.breakerFailures,
  probeMostMs: config.probeInterval,
  autoDisableMs: config.autoDisableAfter,
  drainMs: drainMs(config),
});

export const retentionSettings = (config: Config) => ({
  eventsMs: config.retentionEvents,
  observationsMs: config.retentionObservations,
  idempotencyKeysMs: config.retentionIdempotencyKeys,
  minutesMs: config.retentionMinutes,
  entriesMs: config.retentionEntries,
});

/** Of the classes that an organization may have its own time for. */
export const usualRetention = (config: Config) => ({
  events: config.retentionEvents,
  observations: config.retentionObservations,
  minutes: config.retentionMinutes,
  entries: config.retentionEntries,
});

export const replaySettings = (config: Config) => ({
  perSecond: config.replayRate,
  mostPerSecond: config.replayRateMax,
});

export const guardSettings = (config: Config) => ({
  allowNetworks: config.allowNetworks,
  denyNetworks: config.denyNetworks,
  allowLoopback: config.allowLoopback,
  allowMetadata: config.allowMetadata,
  allowNames: config.allowNames,
  allowHttp: config.allowHttp,
  allowPorts: config.allowPorts ?? "",
});

export const httpLimits = (config: Config) => ({
  connections: config.connections,
  connectionsPerAddress: config.connectionsPerAddress,
  bodyBytes: config.bodyTotal,
});

/** A process whose slices others wait for stops sooner than one that owns everything: what it cuts off is made again. */
const mostDrainMs = 8_000;

/** How long a stop waits for attempts in progress, ms. */
export const drainMs = ({ databaseUrl, drainTime }: Config): number =>
  databaseUrl === undefined ? drainTime : Math.min(drainTime, mostDrainMs);
