// What the dispatchers of one process share: slots in all and of each host, and the memory. Each dispatcher counts its own part and
// tells it on, so that a sum costs the same however many there are, and one that ends takes its counts along. A dispatcher that is
// alone tells nobody.

import type { Host } from "./lane.ts";

/** What one dispatcher has of all that is shared. It fills this in as its stations are made. */
export interface Part {
  /** Attempts in flight, and outcomes that are not written. */
  held: () => number;
  /** Attempts in flight that count as slow; those of retries and replays. */
  slow: () => number;
  lower: () => number;
  /** Rows in memory, or promised a place there; and the length of their bodies. */
  rows: () => number;
  bytes: () => number;
  /** Something has become free: looks what may start. */
  endTurnSoon: () => void;
  /** Something of it has changed that the others count. */
  readonly tell: () => void;
}

type Counted = "held" | "slow" | "lower" | "rows" | "bytes";

export interface SharedSlots {
  join(): Part;
  /** It has ended: nothing of it counts any more. */
  leave(part: Part): void;
  /** Attempts at one host at a time, over all dispatchers here. */
  readonly hostCap: number;
  /** Other nodes came or went, which have their part of it. */
  setHostCap(cap: number): void;
  /** Whether this process may still start attempts: it knows that no other one owns what it owns. */
  mayStart(): boolean;
  /** Whether the dispatcher may start one more, of `cap` in all. Where several want to, none takes more than its equal part. */
  hasRoom(part: Part, cap: number): boolean;
  /** It would start more but for the others, until it says otherwise: it wants room in all, or waits for slow attempts to end. */
  waits(part: Part, room: boolean, slow: boolean): void;
  /** A slot is free: those that wait for one look before the event loop goes on, once for all that became free meanwhile. */
  freed(part: Part): void;
  /** Attempts may be started again, or the slots have changed. */
  wakeAll(): void;
  /** What all others have told. */
  others(part: Part, of: Exclude<Counted, "held">): number;
  /** Adds the host to those of its name, one of each dispatcher that has lanes there. Returns them; null: there is only one
   * dispatcher, ever. */
  enter(host: Host): ReadonlySet<Host> | null;
  exit(host: Host): void;
  /** Lanes of other dispatchers may use a slot of the host that nobody takes here. They look as those who wait for one in all do. */
  offer(host: Host): void;
}

export interface SharedSlotsOptions {
  readonly hostCap: number;
  /** There may be several dispatchers. Default: one. */
  readonly several?: boolean;
  /** Default: always. */
  readonly mayStart?: () => boolean;
}

export function createSharedSlots({
  hostCap,
  several = false,
  mayStart = () => true,
}: SharedSlotsOptions): SharedSlots {
  const parts = new Map<Part, Counts>();
  const totals = newCounts();
  const waiting = new Set<Part>();
  const waitingForSlow = new Set<Part>();
  const hosts = new Map<string, Set<Host>>();
  const offered = new Set<string>();
  let isWaking = false;
  let cap = hostCap;

  function tell(part: Part): void {
    const told = parts.get(part);
    if (told === undefined) return;
    for (const of of counted) {
      const now = part[of]();
      totals[of] += now - told[of];
      told[of] = now;
    }
  }

  const others = (own: Part, of: Counted): number => (several ? totals[of] - (parts.get(own)?.[of] ?? 0) : 0);

  /** One attempt after the other ends, and each of many dispatchers that wait would look after each. */
  function wakeSoon(): void {
    if (isWaking) return;
    isWaking = true;
    setImmediate(() => {
      isWaking = false;
      const names = [...offered];
      offered.clear();
      for (const name of names) wakeAt(hosts.get(name) ?? []);
      for (const part of waiting) part.endTurnSoon();
      for (const part of waitingForSlow) part.endTurnSoon();
    });
  }

  function exit(host: Host): void {
    const peers = hosts.get(host.name);
    peers?.delete(host);
    if (peers?.size === 0) hosts.delete(host.name);
  }

  function wakeAll(): void {
    for (const peers of hosts.values()) wakeAt(peers);
    for (const part of parts.keys()) part.endTurnSoon();
  }

  return {
    join() {
      const part = newPart(several ? () => tell(part) : () => {});
      parts.set(part, newCounts());
      return part;
    },
    leave(part) {
      const told = parts.get(part) ?? newCounts();
      for (const of of counted) totals[of] -= told[of];
      parts.delete(part);
      waiting.delete(part);
      waitingForSlow.delete(part);
      if (parts.size > 0) wakeAll();
    },
    get hostCap() {
      return cap;
    },
    setHostCap(now) {
      const before = cap;
      cap = Math.max(now, 1);
      if (cap > before) wakeAll();
    },
    mayStart,
    hasRoom(part, most) {
      const held = part.held();
      if (!several) return held < most;
      if (!mayStart()) return false;
      if (held + others(part, "held") >= most) return false;
      const contenders = waiting.size + (waiting.has(part) ? 0 : 1);
      return contenders === 1 || held < Math.ceil(most / contenders);
    },
    waits(part, room, slow) {
      if (!several) return;
      if (room) waiting.add(part);
      else waiting.delete(part);
      if (slow) waitingForSlow.add(part);
      else waitingForSlow.delete(part);
    },
    freed(part) {
      part.tell();
      if (waiting.size > 0 || waitingForSlow.size > 0) wakeSoon();
    },
    wakeAll,
    others,
    enter(host) {
      if (!several) return null;
      let peers = hosts.get(host.name);
      if (peers === undefined) hosts.set(host.name, (peers = new Set()));
      return peers.add(host);
    },
    exit,
    offer({ name, peers }) {
      if (peers === null || offered.has(name)) return;
      for (const peer of peers) {
        if (peer.waiting.head === null) continue;
        offered.add(name);
        wakeSoon();
        return;
      }
    },
  };
}

function wakeAt(peers: Iterable<Host>): void {
  for (const peer of peers) if (peer.waiting.head !== null) peer.onFree();
}

type Counts = Record<Counted, number>;

const counted: readonly Counted[] = ["held", "slow", "lower", "rows", "bytes"];

const newCounts = (): Counts => ({ held: 0, slow: 0, lower: 0, rows: 0, bytes: 0 });

const newPart = (tell: () => void): Part => ({
  held: () => 0,
  slow: () => 0,
  lower: () => 0,
  rows: () => 0,
  bytes: () => 0,
  endTurnSoon: () => {},
  tell,
});
