// Names to addresses, within limits: few look-ups at once and at most a quarter of them for one organization
// (lookup-slots.ts); answers are shared and kept for a moment. Never throws: no address is an answer too.

import { LRUCache } from "lru-cache";
import type { Cancel, Clock } from "../../clock.ts";
import { noFilesLeft } from "../shortage.ts";
import { askMachine, askServers, codeOf, type Lookup, machineAtOnce } from "./lookup.ts";
import { createLookupSlots } from "./lookup-slots.ts";

export type Resolution =
  | { readonly found: true; readonly addresses: readonly string[] }
  | { readonly found: false; readonly code: "dns_not_found" | "dns_failed" | "dns_timeout" | "no_socket" };

export interface Resolver {
  /** All addresses of a name, in the order to try them; answers within 5 s. `organization`: for whom it is looked up. */
  resolve(name: string, organization: string): Promise<Resolution>;
}

export interface ResolverSettings {
  readonly clock: Clock;
  /** `ip` or `ip:port`; without any, the machine's own way, hosts file included. */
  readonly servers?: readonly string[];
  /** UV_THREADPOOL_SIZE, which says how many look-ups of the machine's own can be under way. */
  readonly poolSize?: string | undefined;
  /** Look-ups at once, in place of 64 with servers and what the pool allows without. */
  readonly atOnce?: number;
  /** Replaces the network, for tests. */
  readonly look?: Lookup;
}

const longestMs = 5_000;
const keepFoundMs = 30_000;
const keepFailureMs = 2_000;
const mostKept = 10_000;
/** Of all names that are kept: an answer can have thousands, and every one of them is judged. */
const mostAddresses = 100_000;

/** A name that is looked up or waits for that. */
interface Search {
  readonly answer: Promise<Resolution>;
  /** When the look-up began, monotonic ms; null while it waits. */
  since: number | null;
  /** For each who waits while it has not begun: the way out of the line. */
  readonly lines: Set<Cancel>;
  begin(giveBack: () => void): void;
}

const late: Resolution = { found: false, code: "dns_timeout" };

export function createResolver(settings: ResolverSettings): Resolver {
  const { clock, servers = [], poolSize } = settings;
  const look = settings.look ?? (servers.length > 0 ? askServers(servers) : askMachine);
  const kept = new LRUCache<string, { readonly resolution: Resolution; readonly until: number }>({
    max: mostKept,
    maxSize: mostAddresses,
    sizeCalculation: ({ resolution }) => (resolution.found ? resolution.addresses.length : 1),
  });
  const searches = new Map<string, Search>();
  const slots = createLookupSlots(settings.atOnce ?? (servers.length > 0 ? 64 : machineAtOnce(poolSize)));

  async function run(name: string): Promise<Resolution> {
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
    const now = clock.monotonic();
    if (keepMs > 0) kept.set(name, { resolution, until: now + keepMs });
    // Only now, so that a name that hangs is never asked twice at once.
    searches.delete(name);
    return resolution;
  }

  function search(name: string): Search {
    const { promise: answer, resolve } = Promise.withResolvers<Resolution>();
    const opened: Search = {
      answer,
      since: null,
      lines: new Set(),
      begin(giveBack) {
        opened.since = clock.monotonic();
        for (const leave of opened.lines) leave();
        void run(name).then((resolution) => {
          giveBack();
          resolve(resolution);
        });
      },
    };
    searches.set(name, opened);
    return opened;
  }

  return {
    resolve(name, organization) {
      const known = kept.get(name);
      if (known !== undefined && known.until > clock.monotonic()) return Promise.resolve(known.resolution);
      const asked = searches.get(name) ?? search(name);
      // Who shares a name stands in line for it on their own: it begins at the turn of whoever comes first.
      const leave = asked.since === null ? slots.wait(organization, asked.begin) : () => {};
      if (asked.since === null) asked.lines.add(leave);
      const now = clock.monotonic();
      const leftMs = (asked.since ?? now) + longestMs - now;
      if (leftMs <= 0) return Promise.resolve(late);
      return new Promise((resolve) => {
        const cancel = clock.after(leftMs, () => {
          leave();
          asked.lines.delete(leave);
          // Nobody waits for it any more.
          if (asked.since === null && asked.lines.size === 0) searches.delete(name);
          resolve(late);
        });
        void asked.answer.then((resolution) => {
          cancel();
          resolve(resolution);
        });
      });
    },
  };
}
