// This process as one of several over a database: its lease, its slices with their owners, what it follows of the others, and what
// they ask of each other.

import type { Clock } from "../clock.ts";
import { type Arrivals, createArrivals, type ArrivalsOwner } from "../nodes/arrivals.ts";
import { createCalls, type Calls } from "../nodes/calls.ts";
import type { Feed } from "../nodes/feed.ts";
import { createHints, type Hints } from "../nodes/hints.ts";
import { createMembership, liveNodes, type Membership, owning } from "../nodes/membership.ts";
import { createOwnedSlices, createSliceLookup, type OwnedSlices } from "../nodes/owned.ts";
import { createSlices, type Slices } from "../nodes/slices.ts";
import type { Service } from "../service.ts";
import type { NodeStore } from "../store/nodes.ts";
import { shardsOfSlice, sliceCount } from "../store/shards.ts";
import type { Elsewhere } from "./engine.ts";
import { followChanges } from "./following.ts";
import { createOwner, type Owner, type OwnerParts } from "./owner.ts";
import { createOwnersElsewhere } from "./owners-elsewhere.ts";

export interface Nodes {
  readonly owned: OwnedSlices<Owner>;
  /** The lease, all that is followed, and the owners. */
  readonly owners: Service;
  readonly elsewhere: Elsewhere;
  readonly calls: Calls;
  readonly feed: Feed;
  readonly membership: Membership;
  readonly sliceOf: (organization: string) => number;
  /** Tells the owner of a sensor with a wrong clock; null: it is this node. */
  tellWrongClock(organization: string, sensor: string, fault: "ahead" | "wrong"): Promise<void> | null;
  isCertain(): boolean;
  /** Resolves once all is known that others had changed before; or in a moment, where that cannot be known [Others.isHearing]. */
  catchUp(this: void): Promise<void>;
  /** Since when other nodes' deliveries are read, ms. */
  arrivalsAgeMs(): number;
  /** What is owned here has changed. */
  onChanged(listener: () => void): void;
}

export interface NodesDeps {
  readonly store: NodeStore;
  /** The host's cap is divided among the nodes that may use it. */
  readonly setHostCap: (cap: number) => void;
  readonly wakeAll: () => void;
  readonly onDeliveries: () => void;
  readonly onCall: (calls: Calls, owned: OwnedSlices<Owner>) => void;
}

/** Others may have accepted something before they went: so long they are looked for, ms. */
const aloneAfterMs = 30_000;
/** What others change is looked for more often than that, unless the database is away. */
const hearingMs = 600;
/** So long a request waits for that at most, ms. */
const catchUpMs = 2_000;

export function createNodes(parts: OwnerParts, deps: NodesDeps): Nodes {
  const { clock, log, node } = parts.ground;
  const sliceOf = createSliceLookup();
  const owned = createOwnedSlices<Owner>(sliceOf);
  const listeners: (() => void)[] = [];
  const hints: Hints = createHints(deps.store, clock, node.id, (given) => onHints(given, running));
  const slicesHere = () => slicesWithOwner(owned);
  const calls = createCalls({ store: deps.store, node: node.id, slices: slicesHere, hint: hints.send, clock, log });
  const feed = followChanges(parts, owned);
  const others = lookForOthers(clock);
  const arrivals = followArrivals(parts, deps, { owned, calls, feed, isAlone: others.isAlone });
  const slices = takeSlices(parts, deps.store, { owned, sliceOf, feed }, () => {
    // A slice may have been asked something while nobody had it.
    calls.look();
    for (const listener of listeners) listener();
  });
  const membership = holdLease(parts, deps, slices, others.seen);
  const running: Running = { hints, calls, feed, arrivals, membership, slices };
  fillIn(parts, running);
  deps.onCall(calls, owned);

  return {
    owned,
    elsewhere: createOwnersElsewhere({ calls, sliceOf, hint: hints.send, log }),
    calls,
    feed,
    membership,
    sliceOf,
    tellWrongClock: (organization, sensor, fault) =>
      owned.of(organization) === undefined
        ? calls.tell({ slice: sliceOf(organization) }, "wrong_clock", { organization, sensor, fault })
        : null,
    isCertain: membership.isCertain,
    catchUp: () => feed.caughtUpWithin(catchUpMs),
    arrivalsAgeMs: arrivals.ageMs,
    onChanged: (listener) => void listeners.push(listener),
    owners: runAll(parts, deps.store, running),
  };
}

/** Those whose owner runs: one that starts answers a moment later. */
const slicesWithOwner = (owned: OwnedSlices<Owner>): readonly number[] =>
  Array.from({ length: sliceCount }, (_, slice) => slice).filter(
    (slice) => (owned.get(slice)?.dispatcher.owns() ?? null) !== null,
  );

/** Whether there were other nodes lately. */
function lookForOthers(clock: Pick<Clock, "monotonic">) {
  let seenAt = clock.monotonic();
  return {
    isAlone: () => clock.monotonic() - seenAt > aloneAfterMs,
    seen: () => void (seenAt = clock.monotonic()),
  };
}

interface ArrivalsOf {
  readonly owned: OwnedSlices<Owner>;
  readonly calls: Calls;
  readonly feed: Feed;
  readonly isAlone: () => boolean;
}

function followArrivals({ ground, known }: OwnerParts, deps: NodesDeps, of: ArrivalsOf): Arrivals {
  const { clock, random, log, store } = ground;
  const { organizations } = known;
  const asArrivals = ({ dispatcher, logProcessor }: Owner): ArrivalsOwner => ({
    owns: dispatcher.owns,
    readLater: dispatcher.readLater,
    isUnknown: (lane) => organizations.subscription(lane) === undefined,
    removed: dispatcher.laneRemoved,
    wake: logProcessor.wake,
  });
  return createArrivals({
    clock,
    random,
    log,
    ledger: store.ledger,
    store: deps.store,
    owners: () => [...of.owned.all()].map(asArrivals),
    isAlone: of.isAlone,
    caughtUp: of.feed.caughtUp,
    onCalls: of.calls.look,
    onDeliveries: deps.onDeliveries,
    everyMs: 200,
  });
}

interface SlicesOf {
  readonly owned: OwnedSlices<Owner>;
  readonly sliceOf: (organization: string) => number;
  readonly feed: Feed;
}

function takeSlices(parts: OwnerParts, store: NodeStore, of: SlicesOf, onChanged: () => void): Slices {
  const { clock, random, log, node, nodeTimes: times } = parts.ground;
  return createSlices<Owner>({
    clock,
    random,
    log,
    store,
    node: node.id,
    times,
    owned: of.owned,
    make: (slice, onFailed) =>
      createOwner(parts, {
        shards: shardsOfSlice(slice),
        has: (organization) => of.sliceOf(organization) === slice,
        caughtUp: of.feed.caughtUp,
        onFailed,
      }),
    onChanged,
  });
}

function holdLease({ ground }: OwnerParts, deps: NodesDeps, slices: Slices, onOthers: () => void): Membership {
  const { clock, random, log, config, node, nodeTimes: times } = ground;
  return createMembership({
    clock,
    random,
    log,
    store: deps.store,
    node,
    times,
    onLook(cluster, begun) {
      if (cluster.nodes.some(({ id }) => id !== node.id)) onOthers();
      // Also those that may still have attempts under way.
      const users = owning(liveNodes(cluster, times.goneMs)).length;
      deps.setHostCap(Math.floor(config.capHost / Math.max(users, 1)));
      if (node.role !== "api") slices.follow(cluster, begun);
    },
    onCertain: deps.wakeAll,
  });
}

interface Running {
  readonly hints: Hints;
  readonly calls: Calls;
  readonly feed: Feed;
  readonly arrivals: Arrivals;
  readonly membership: Membership;
  readonly slices: Slices;
}

function onHints(given: readonly string[], { feed, calls, arrivals, membership }: Running): void {
  const all = new Set(given);
  if (all.has("changes")) feed.hurry();
  if (all.has("calls") || all.has("answers")) calls.look();
  if (all.has("arrivals")) arrivals.hurry();
  if (all.has("nodes")) void membership.look();
}

/** What parts that were made before need of the other nodes. */
function fillIn({ ground, known }: OwnerParts, { hints, calls, feed }: Running): void {
  const { sessions } = known.authenticator;
  ground.others.announce = () => hints.send("changes");
  ground.others.takeLink = (home, name) => calls.ask({ node: `node_${home}` }, "link", { name });
  calls.handle("link", async ({ name }: { readonly name: string }) => sessions.takeLink(name));
  ground.others.isHearing = () => feed.ageMs() < hearingMs;
}

function runAll({ ground, known }: OwnerParts, store: NodeStore, running: Running): Service {
  const { hints, feed, calls, membership, arrivals, slices } = running;
  return {
    async start() {
      feed.beginAt(known.changesFrom);
      await hints.start();
      await feed.start();
      await calls.start();
      await membership.start();
      await arrivals.start();
      hints.send("nodes");
    },
    async stop() {
      await store.leave(ground.node.id).catch(() => {});
      hints.send("nodes");
      await feed.stop();
      await slices.stop();
      await arrivals.stop();
      await membership.stop();
      hints.send("nodes");
      await calls.stop();
      await hints.stop();
    },
  };
}
