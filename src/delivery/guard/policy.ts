// What the operator allows, read once at start. Customers can change none of it.

import { SettingError } from "../../errors.ts";
import { parseNetwork, type Network } from "./network.ts";

export interface GuardSettings {
  /** Networks to open, as CIDRs. One in 0/8, 127/8 or ::1, or a link-local or metadata address, also needs its switch. */
  readonly allowNetworks?: readonly string[];
  readonly allowLoopback?: boolean;
  readonly allowMetadata?: boolean;
  /** Also `http://`. */
  readonly allowHttp?: boolean;
  /** Ports besides 443 and those from 1024 up: `80,9-12`. */
  readonly allowPorts?: string;
  /** Exact host names that are open though their form is reserved (`bms.internal`); their addresses are judged anyway. */
  readonly allowNames?: readonly string[];
  /** Networks that are closed though they look public: a provider's insides, the platform's own addresses. */
  readonly denyNetworks?: readonly string[];
}

export interface Policy {
  readonly networks: readonly Network[];
  readonly denied: readonly Network[];
  readonly loopback: boolean;
  readonly metadata: boolean;
  readonly http: boolean;
  readonly names: ReadonlySet<string>;
  port(port: number): boolean;
}

/** Services that speak something else than HTTP, or that nobody may reach through a webhook; closed always. */
const deniedPorts = new Set([
  0, 22, 25, 53, 110, 143, 465, 587, 2049, 2375, 2379, 3306, 5432, 5672, 6379, 8500, 9200, 10250, 11211, 27017,
]);
const highestPort = 65_535;

/** Throws SettingError, naming the part that cannot be read. */
export function createPolicy(settings: GuardSettings = {}): Policy {
  const ports = readPorts(settings.allowPorts ?? "");
  return {
    networks: readNetworks("BELFRY_ALLOW_NETWORKS", settings.allowNetworks),
    denied: readNetworks("denyNetworks", settings.denyNetworks),
    loopback: settings.allowLoopback ?? false,
    metadata: settings.allowMetadata ?? false,
    http: settings.allowHttp ?? false,
    names: new Set((settings.allowNames ?? []).map((name) => name.toLowerCase().replace(/\.$/, ""))),
    port(port) {
      if (deniedPorts.has(port) || port < 1 || port > highestPort) return false;
      return port === 443 || port >= 1024 || ports.some(([first, last]) => port >= first && port <= last);
    },
  };
}

function readNetworks(setting: string, texts: readonly string[] = []): Network[] {
  return texts.map((text) => {
    const network = parseNetwork(text);
    if (network === null) {
      throw new SettingError(
        `${setting}: "${text}" is not a network. Write address/bits with no bits set behind, as 10.1.0.0/16.`,
      );
    }
    return network;
  });
}

function readPorts(text: string): (readonly [first: number, last: number])[] {
  if (text.trim() === "") return [];
  return text.split(",").map((part) => {
    const match = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first < 1 || last > highestPort || last < first) {
      throw new SettingError(`BELFRY_ALLOW_PORTS: "${part}" is not a port or a range of ports. Write them as 80,9-12.`);
    }
    return [first, last] as const;
  });
}
