// Asks the network for the addresses of one name: the machine's own way, or name servers of the operator's choice.

import { lookup, Resolver as DnsClient } from "node:dns/promises";
import { SettingError } from "../../errors.ts";

/** One look-up. `keepMs`: for how long the addresses hold. Rejects with an error of node:dns. */
export type Lookup = (name: string) => Promise<{ readonly addresses: readonly string[]; readonly keepMs: number }>;

export const askMachine: Lookup = async (name) => {
  const found = await lookup(name, { all: true, order: "ipv4first" });
  return { addresses: found.map(({ address }) => address), keepMs: Infinity };
};

/** How many of these can be under way: libuv gives half of the pool's threads, rounded up, to what may take long. The rest
 * would wait where nobody can tell whose they are. `poolSize`: UV_THREADPOOL_SIZE, read as libuv does. */
export function machineAtOnce(poolSize = "4"): number {
  const threads = Math.min(Math.max(Number.parseInt(poolSize, 10) || 1, 1), 1_024);
  return Math.ceil(threads / 2);
}

/** Names are absolute here: no search domains, no hosts file. */
export function askServers(servers: readonly string[]): Lookup {
  const client = new DnsClient({ timeout: 1_500, tries: 2 });
  try {
    client.setServers(servers);
  } catch (cause) {
    throw new SettingError(
      `BELFRY_DNS_SERVERS: "${servers.join(",")}" is not a list of name servers. Write ip or ip:port.`,
      { cause },
    );
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

export function codeOf(error: unknown): "dns_not_found" | "dns_failed" | "dns_timeout" {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOTFOUND" || code === "ENODATA") return "dns_not_found";
  return code === "ETIMEOUT" ? "dns_timeout" : "dns_failed";
}
