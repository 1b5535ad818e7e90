// Settings: flags win over BELFRY_… variables, those over defaults. Read once, checked whole, passed on as a value.

import { z } from "zod";
import { StartError } from "./errors.ts";
import { logLevels } from "./log.ts";

const oneOf = <const Choices extends readonly string[]>(choices: Choices) =>
  z.enum(choices, `must be one of ${choices.join(", ")}`);
const truth = oneOf(["true", "false", "1", "0"]).transform((text) => text === "true" || text === "1");
function whole(least: number, most: number) {
  const must = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, must)
    .transform(Number)
    .refine((number) => number >= least && number <= most, must);
}
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== ""),
);

/** Every setting, as text. docs/settings.md lists the same names; a test compares. */
export const settings = {
  BELFRY_HOST: z.string().default("127.0.0.1"),
  BELFRY_PORT: whole(0, 65_535).default(8080),
  BELFRY_DATA: z.string().default("./belfry-data"),
  BELFRY_DATABASE_URL: z.string().optional(),
  BELFRY_ROLE: oneOf(["all", "api", "delivery"]).default("all"),
  BELFRY_MASTER_KEY: z.string().optional(),
  BELFRY_ALLOW_NETWORKS: list.default([]),
  BELFRY_ALLOW_LOOPBACK: truth.default(false),
  BELFRY_ALLOW_METADATA: truth.default(false),
  BELFRY_ALLOW_HTTP: truth.default(false),
  BELFRY_ALLOW_PORTS: z.string().optional(),
  BELFRY_CA_FILE: z.string().optional(),
  BELFRY_DNS_SERVERS: list.default([]),
  BELFRY_CAP_SUBSCRIPTION: whole(1, 64).default(4),
  BELFRY_CAP_ORGANIZATION: whole(1, 65_536).default(64),
  BELFRY_CAP_HOST: whole(1, 65_536).default(64),
  BELFRY_CAP_ALL: whole(1, 65_536).default(2048),
  BELFRY_LOG_LEVEL: oneOf(logLevels).default("info"),
} as const;

const schema = z.object(settings);

export interface Config {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** Directory of the embedded store and the keys. */
  readonly data: string;
  readonly masterKey: string | undefined;
  readonly allowNetworks: readonly string[];
  readonly allowLoopback: boolean;
  readonly allowMetadata: boolean;
  readonly allowHttp: boolean;
  /** `80,9-12`; undefined: only the default ports. */
  readonly allowPorts: string | undefined;
  readonly caFile: string | undefined;
  /** `ip:port`; empty: those of the machine. */
  readonly dnsServers: readonly string[];
  /** Attempts in flight at most. */
  readonly caps: {
    readonly subscription: number;
    readonly organization: number;
    readonly host: number;
    readonly overall: number;
  };
  readonly logLevel: (typeof logLevels)[number];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `BELFRY_DATABASE_URL` gives `--database-url`. */
const flagOf = (name: string): string => name.replace("BELFRY_", "--").replaceAll("_", "-").toLowerCase();

/** `flags` are keyed like the variables. Throws a StartError that names every bad setting. An empty text means unset. */
export function readConfig(environment: Environment, flags: Environment = {}): Config {
  if (environment["NODE_TLS_REJECT_UNAUTHORIZED"] === "0") {
    throw new StartError(
      "NODE_TLS_REJECT_UNAUTHORIZED=0 asks for TLS without a check: unset it, and name your authority in BELFRY_CA_FILE.",
    );
  }
  const given: Record<string, string> = {};
  for (const name of Object.keys(settings)) {
    const text = flags[name] ?? environment[name];
    if (text !== undefined && text !== "") given[name] = text;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => {
      const name = String(path[0]);
      return `${flags[name] === undefined ? name : flagOf(name)} ${message}, not ${JSON.stringify(given[name])}`;
    });
    throw new StartError(`${faults.join("; ")}.`);
  }
  const value = parsed.data;
  if (value.BELFRY_DATABASE_URL !== undefined) {
    throw new StartError("PostgreSQL is not built in yet: leave --database-url out, and the embedded store is used.");
  }
  if (value.BELFRY_ROLE !== "all") {
    throw new StartError("Roles need PostgreSQL, which is not built in yet: leave --role out.");
  }
  return {
    host: value.BELFRY_HOST,
    port: value.BELFRY_PORT,
    data: value.BELFRY_DATA,
    masterKey: value.BELFRY_MASTER_KEY,
    allowNetworks: value.BELFRY_ALLOW_NETWORKS,
    allowLoopback: value.BELFRY_ALLOW_LOOPBACK,
    allowMetadata: value.BELFRY_ALLOW_METADATA,
    allowHttp: value.BELFRY_ALLOW_HTTP,
    allowPorts: value.BELFRY_ALLOW_PORTS,
    caFile: value.BELFRY_CA_FILE,
    dnsServers: value.BELFRY_DNS_SERVERS,
    caps: {
      subscription: value.BELFRY_CAP_SUBSCRIPTION,
      organization: value.BELFRY_CAP_ORGANIZATION,
      host: value.BELFRY_CAP_HOST,
      overall: value.BELFRY_CAP_ALL,
    },
    logLevel: value.BELFRY_LOG_LEVEL,
  };
}
