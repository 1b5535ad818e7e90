// What the operator allows, read once at start. Customers can change none of it.

import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { SettingError } from "../../errors.ts";
import { isHostName } from "./host-name.ts";
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
  /** Host names that are open though their form is reserved: whole (`bms.internal`), or all that end so
   * (`*.svc.cluster.local`). Their addresses are judged anyway. */
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
  /** Whether the operator has opened this name, in lower case and without a dot at its end. */
  name(name: string): boolean;
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
  const { names, suffixes } = readNames(settings.allowNames);
  return {
    networks: readNetworks("BELFRY_ALLOW_NETWORKS", settings.allowNetworks),
    denied: readNetworks("BELFRY_DENY_NETWORKS", settings.denyNetworks),
    loopback: settings.allowLoopback ?? false,
    metadata: settings.allowMetadata ?? false,
    http: settings.allowHttp ?? false,
    name: (name) => names.has(name) || suffixes.some((suffix) => name.length > suffix.length && name.endsWith(suffix)),
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

/** Suffixes come with the dot before them. */
function readNames(texts: readonly string[] = []): { names: ReadonlySet<string>; suffixes: readonly string[] } {
  const names = new Set<string>();
  const suffixes: string[] = [];
  for (const text of texts) {
    const [, star, written = ""] = /^(\*?\.)?([^*]+?)\.?$/.exec(text) ?? [];
    const name = domainToASCII(written);
    if (!isHostName(name) || isIP(name) !== 0) {
      throw new SettingError(
        `BELFRY_ALLOW_NAMES: "${text}" is not a host name. Write bms.internal, or *.svc.cluster.local for all names that` +
          " end so. Addresses belong in BELFRY_ALLOW_NETWORKS.",
      );
    }
    if (star === undefined) names.add(name);
    else suffixes.push(`.${name}`);
  }
  return { names, suffixes };
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
