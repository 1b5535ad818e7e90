// Every setting of the server, by topic. The key gives both names: `capAll` is the variable BELFRY_CAP_ALL and the flag
// --cap-all. Config, `serve --help` and the check of docs/settings.md are made from this table.

import {
  duration,
  durations,
  type Kind,
  list,
  oneOf,
  patience,
  sharedSecret,
  size,
  text,
  truth,
  webAddress,
  webBase,
  whole,
} from "./kinds.ts";
import { redirects } from "./redirects.ts";

export interface Setting<Value = unknown> {
  readonly kind: Kind<Value>;
  /** As an operator would write it; null: there is none. */
  readonly fallback: string | null;
  /** One sentence. */
  readonly tells: string;
  /** Not a flag: other users of the machine can read the command line of a process. */
  readonly secret: boolean;
}

/** `Value` becomes optional where there is no default. */
function setting<Value, Fallback extends string | null>(kind: Kind<Value>, fallback: Fallback, tells: string) {
  return { kind, fallback, tells, secret: false } as Setting<Fallback extends null ? Value | undefined : Value>;
}

const network = {
  host: setting(text("address"), "127.0.0.1", "Address to listen on."),
  port: setting(whole(0, 65_535), "8080", "Port to listen on; 0 picks a free one."),
  connections: setting(
    whole(1, 1_000_000),
    "8192",
    "How many connections clients may have open. Beyond it, the address with most that showed no key gives way.",
  ),
  connectionsPerAddress: setting(
    whole(1, 1_000_000),
    "2048",
    "How many of them one address may have. Behind a proxy all clients share its address.",
  ),
  publicUrl: setting(
    webBase,
    null,
    "Where people reach this server, such as https://belfry.example. Without it, addresses in answers begin as the request did.",
  ),
  doorBridgeUrl: setting(
    webAddress,
    null,
    "Where requests to open a door are posted. Without it they are refused. A building of the model may name its own.",
  ),
  doorBridgeSecret: {
    ...setting(
      sharedSecret,
      null,
      "Signs these requests: whsec_ and 24 to 64 bytes in base64. Without it they are refused.",
    ),
    secret: true,
  },
};

const data = {
  data: setting(
    text("directory"),
    "./belfry-data",
    "Directory of master.key, operator.key, server.json and the embedded store. Each process has its own.",
  ),
  databaseUrl: setting(
    text("url"),
    null,
    "PostgreSQL instead of the embedded store: postgres://user:password@host:port/database. Any number of processes share one.",
  ),
  databaseConnections: setting(
    whole(4, 1_000),
    "16",
    "Connections of this process to PostgreSQL at most, without one for hints and those of upkeep.",
  ),
  role: setting(
    oneOf("role", ["all", "api", "delivery"]),
    "all",
    "With PostgreSQL: api takes requests, delivery makes attempts, all does both. The embedded store needs all.",
  ),
  masterKey: {
    ...setting(
      text("base64"),
      null,
      "Key that seals all secrets: 32 bytes in base64. Without it, master.key in the data directory, made at the first start.",
    ),
    secret: true,
  },
};

const delivery = {
  retryDelays: setting(
    durations("1s", "30d", 50),
    "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    "Delay before each retry of a delivery, give or take a fifth. After the last one it is exhausted. none: no retries.",
  ),
  timeoutButterflymx: setting(
    duration("1s", "2m"),
    "5s",
    "Deadline of one attempt for a ButterflyMX integration. A Butlr webhook names its own.",
  ),
  timeoutMax: setting(duration("1s", "2m"), "30s", "Longest deadline of one attempt, whatever its subscription says."),
  breakerFailures: setting(
    whole(1, 1000),
    "5",
    "After so many failures in a row a subscription is only probed, one attempt at a time, until one succeeds.",
  ),
  probeInterval: setting(
    duration("1s", "1d"),
    "30m",
    "Longest pause between two probes, give or take a fifth. The first pauses are the retry delays.",
  ),
  autoDisableAfter: setting(
    patience("1m", "3650d"),
    "5d",
    "A subscription is disabled when nothing has succeeded for so long and 20 attempts have failed since. 0: never.",
  ),
  replayRate: setting(whole(1, 10_000), "100", "Deliveries a second that a replay adds, unless it names its own pace."),
  replayRateMax: setting(whole(1, 10_000), "2000", "The most deliveries a second that a replay may add."),
  drainTime: setting(
    duration("0s", "10m"),
    "20s",
    "How long a stop waits for attempts in progress. Requests in progress come first and get half of it.",
  ),
};

const retention = {
  retentionEvents: setting(
    duration("1h", "3650d"),
    "7d",
    "How long events are kept, with their deliveries and attempts. Must be longer than the retries take.",
  ),
  retentionObservations: setting(
    duration("1h", "3650d"),
    "1d",
    "How long observations are kept, once events were made from them.",
  ),
  retentionIdempotencyKeys: setting(
    duration("1d", "3650d"),
    "7d",
    "How long the ids of observations and events are remembered. An id sent again within that time is a duplicate.",
  ),
  retentionMinutes: setting(
    duration("1d", "3650d"),
    "400d",
    "How long the counts of every minute are kept. Whole UTC days are deleted.",
  ),
  retentionEntries: setting(
    duration("1h", "3650d"),
    "30d",
    "How long access log entries and calls are kept for reading.",
  ),
  retentionSignIns: setting(
    duration("1d", "3650d"),
    "400d",
    "How long the sign-in of a person lasts after an app last refreshed it.",
  ),
  databasePartition: setting(
    duration("1m", "30d"),
    "1d",
    "How much time a partition of PostgreSQL spans. What is past its retention is deleted a partition at a time.",
  ),
};

const limits = {
  capSubscription: setting(whole(1, 64), "4", "How many attempts one subscription may have in progress."),
  capOrganization: setting(whole(1, 65_536), "64", "How many attempts one organization may have in progress."),
  capHost: setting(
    whole(1, 65_536),
    "64",
    "How many attempts may go to one host and port at a time, over all organizations.",
  ),
  capAll: setting(
    whole(1, 65_536),
    "2048",
    "How many attempts may be in progress in all. After a crash as many may be sent twice.",
  ),
  integrationsBuilding: setting(
    whole(1, 10_000),
    "1000",
    "How many ButterflyMX integrations a building may have, those of its tenants not counted.",
  ),
  integrationsTenant: setting(whole(1, 10_000), "1000", "How many ButterflyMX integrations a tenant may have."),
  memoryRows: setting(
    whole(1000, 1_000_000),
    "65536",
    "How many deliveries are kept in memory. The rest wait on the disk.",
  ),
  memoryBytes: setting(size("1MiB", "1GiB"), "64MiB", "How large their bodies may be together."),
  bodyMax: setting(size("1KiB", "64MiB"), "5MiB", "Largest body of POST /v1/observations and POST /v1/events."),
  bodyTotal: setting(
    size("64KiB", "256MiB"),
    "8MiB",
    "How much of large request bodies is read at a time. Reading one takes about ten times its size in memory.",
  ),
};

const guard = {
  allowNetworks: setting(
    list("cidr,…"),
    "",
    "Networks that webhooks may go to although they are not public, such as 10.1.0.0/16,fd00:5::/32.",
  ),
  allowLoopback: setting(truth, "false", "Also allows loopback addresses in those networks; opens nothing by itself."),
  allowMetadata: setting(
    truth,
    "false",
    "Also allows link-local and cloud metadata addresses in those networks; opens nothing by itself.",
  ),
  denyNetworks: setting(
    list("cidr,…"),
    "",
    "Networks that webhooks may not go to although they are public or allowed above, such as 203.0.113.0/24.",
  ),
  allowNames: setting(
    list("name,…"),
    "",
    "Names inside your network that webhooks may go to, such as bms.internal,*.svc.cluster.local; opens no address by itself.",
  ),
  allowHttp: setting(truth, "false", "Allows webhooks without TLS."),
  allowPorts: setting(
    text("ports"),
    null,
    "Ports that webhooks may go to besides 443 and those from 1024 up, such as 80,9-12.",
  ),
  caFile: setting(text("file"), null, "PEM file of certificate authorities to trust besides those of the system."),
  dnsServers: setting(
    list("ip:port,…"),
    "",
    "Name servers for the host names of receivers. Without any, the system looks names up, hosts file included.",
  ),
};

const inboxes = {
  inbox: setting(
    truth,
    "false",
    "Lets people make inboxes: addresses of this server that show what arrives. Webhooks to them never leave the process.",
  ),
};

const signIn = {
  oauthRedirects: setting(
    redirects,
    "",
    "Where apps may get sign-in codes, such as com.example.app://oauth. Compared whole; a loopback address allows every port.",
  ),
};

const log = {
  logLevel: setting(
    oneOf("level", ["silent", "error", "warn", "info", "debug"]),
    "info",
    "What is logged, as JSON lines on stderr: silent, error, warn, info or debug.",
  ),
};

/** In the order of help and documents. */
export const topics: Readonly<Record<string, Readonly<Record<string, Setting>>>> = {
  Network: network,
  Data: data,
  Delivery: delivery,
  Retention: retention,
  Limits: limits,
  "Where webhooks may go": guard,
  Inboxes: inboxes,
  "Sign-in": signIn,
  Log: log,
};

export const settings = {
  ...network,
  ...data,
  ...delivery,
  ...retention,
  ...limits,
  ...guard,
  ...inboxes,
  ...signIn,
  ...log,
};

export type SettingName = keyof typeof settings;

/** All of them, read. Times in ms, sizes in bytes. */
export type Config = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends Setting<infer Value> ? Value : never;
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

/** `BELFRY_CAP_ALL` of `capAll`. */
export const variableOf = (name: string): string => `BELFRY_${name.replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;

/** `--cap-all` of `capAll`. */
export const flagOf = (name: string): string => `--${name.replaceAll(/[A-Z]/g, "-$&").toLowerCase()}`;
