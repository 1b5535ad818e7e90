// Names to addresses, within limits: few lookups at once, slow names only half of those, answers shared and kept for a
// moment, so that names which hang never take the threads that others need. Never throws: no address is an answer too.

import { lookup, Resolver as DnsClient } from "node:dns/promises";
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { StartError } from "../../errors.ts";
import { noFilesLeft } from "../shortage.ts";

export type Resolution =
  | { readonly found: true; readonly addresses: readonly string[] }
  | { readonly found: false; readonly code: "dns_not_found" | "dns_failed" | "dns_timeout" | "no_socket" };

export interface Resolver {
  /** All addresses of a name, in the order to try them; answers within 5 s. */
  resolve(name: string): Promise<Resolution>;
}

export interface ResolverSettings {
  readonly clock: Clock;
  /** `ip` or `ip:port`; without any, the machine's own way, hosts file included. */
  readonly servers?: readonly string[];
  /** Lookups at once. Default 64 with servers, else 2: what Node's thread pool of 4 spares for them. */
  readonly atOnce?: number;
  /** Replaces the network, for tests. */
  readonly look?: Look;
}

/** One lookup. `keepMs`: for how long the addresses hold. Rejects with an error of node:dns. */
export type Look = (name: string) => Promise<{ readonly addresses: readonly string[]; readonly keepMs: number }>;

const longestMs = 5_000;
const slowMs = 1_000;
const keepFoundMs = 30_000;
const keepFailureMs = 2_000;
const mostKept = 10_000;
/** Of all names that are kept: an answer can have thousands, and every one of them is judged. */
const mostAddresses = 100_000;

export function createResolver(settings: ResolverSettings): Resolver {
  const { clock, servers = [] } = settings;
  const look = settings.look ?? (servers.length > 0 ? askServers(servers) : askMachine);
  const kept = new LRUCache<string, { readonly resolution: Resolution; readonly until: number }>({
    max: mostKept,
    maxSize: mostAddresses,
    sizeCalculation: ({ resolution }) => (resolution.found ? resolution.addresses.length : 1),
  });
  const running = new Map<string, Promise<Resolution>>();
  const slots = createSlots(settings.atOnce ?? (servers.length > 0 ? 64 : 2));
  const slow = new LRUCache<string, true>({ max: mostKept });

  async function run(name: string): Promise<Resolution> {
    const giveBack = await slots.take(slow.has(name));
    const since = clock.monotonic();
    let resolution: Resolution;
    let keepMs = keepFailureMs;
    try {
      const answer = await look(name);
      if (answer.addresses.length === 0) resolution = { found: false, code: "dns_not_found" };
      else {
        resolution = { found: true, addresses: answer.addresses };
        keepMs = Math.min(answer.keepMs, keepFoundMs);
      }
    } catch (error) {
      const code = codeOf(error);
      // Then it was not the name's fault, and says nothing about the next look-up.
      if (code === "dns_failed" && noFilesLeft()) keepMs = 0;
      resolution = { found: false, code: keepMs === 0 ? "no_socket" : code };
    }
    giveBack();
    const now = clock.monotonic();
    if (now - since > slowMs) slow.set(name, true);
    else slow.delete(name);
    if (keepMs > 0) kept.set(name, { resolution, until: now + keepMs });
    running.delete(name);
    return resolution;
  }

  return {
    resolve(name) {
      const known = kept.get(name);
      if (known !== undefined && known.until > clock.monotonic()) return Promise.resolve(known.resolution);
      let answer = running.get(name);
      if (answer === undefined) {
        const lookup = run(name);
        // Stays in `running` until the lookup itself has ended, so that a name that hangs is never asked twice at once.
        answer = new Promise((resolve) => {
          const cancel = clock.after(longestMs, () => resolve({ found: false, code: "dns_timeout" }));
          void lookup.then((resolution) => {
            cancel();
            resolve(resolution);
          });
        });
        running.set(name, answer);
      }
      return answer;
    },
  };
}

/** `count` places, of which those known to be slow get half. Taking resolves with the way to give back. */
function createSlots(count: number): { take(slow: boolean): Promise<() => void> } {
  const waiting = { quick: [] as (() => void)[], slow: [] as (() => void)[] };
  const mostSlow = Math.max(1, Math.floor(count / 2));
  const taken = { quick: 0, slow: 0 };

  function admit(): void {
    while (taken.quick + taken.slow < count) {
      const kind = waiting.quick.length > 0 ? "quick" : taken.slow < mostSlow ? "slow" : null;
      const next = kind && waiting[kind].shift();
      if (!kind || next === undefined || next === null) return;
      taken[kind]++;
      next();
    }
  }

  return {
    take: (slow) =>
      new Promise((resolve) => {
        const kind = slow ? "slow" : "quick";
        waiting[kind].push(() =>
          resolve(() => {
            taken[kind]--;
            admit();
          }),
        );
        admit();
      }),
  };
}

const askMachine: Look = async (name) => {
  const found = await lookup(name, { all: true, order: "ipv4first" });
  return { addresses: found.map(({ address }) => address), keepMs: keepFoundMs };
};

/** Names are absolute here: no search domains, no hosts file. */
function askServers(servers: readonly string[]): Look {
  const client = new DnsClient({ timeout: 1_500, tries: 2 });
  try {
    client.setServers(servers);
  } catch (cause) {
    throw new StartError(`"${servers.join(",")}" is not a list of name servers. Write ip or ip:port.`, { cause });
  }
  return async (name) => {
    const [v4, v6] = await Promise.allSettled([
      client.resolve4(name, { ttl: true }),
      client.resolve6(name, { ttl: true }),
    ]);
    if (v4.status === "rejected" && v6.status === "rejected") {
      // "There is none" of one family must not hide that the other could not be asked.
      throw codeOf(v4.reason) === "dns_not_found" ? v6.reason : v4.reason;
    }
    const records = [v4, v6].flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    const ttl = Math.min(...records.map((record) => record.ttl));
    return { addresses: records.map(({ address }) => address), keepMs: ttl * 1_000 };
  };
}

function codeOf(error: unknown): "dns_not_found" | "dns_failed" | "dns_timeout" {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOTFOUND" || code === "ENODATA") return "dns_not_found";
  return code === "ETIMEOUT" ? "dns_timeout" : "dns_failed";
}
