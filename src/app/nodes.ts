// This process as one of several over a database: its lease, its slices with their owners, what it follows of the others, and what
// they ask of each other.

import { createArrivals, type ArrivalsOwner } from "../nodes/arrivals.ts";
import { createCalls, type Calls } from "../nodes/calls.ts";
import { createFeed, type Feed } from "../nodes/feed.ts";
import { createHints, type Hints } from "../nodes/hints.ts";
import { createMembership, liveNodes, type Membership, owning } from "../nodes/membership.ts";
import { createOwnedSlices, createSliceLookup, type OwnedSlices } from "../nodes/owned.ts";
import { createSlices } from "../nodes/slices.ts";
import type { Service } from "../service.ts";
import type { Cluster, NodeStore } from "../store/nodes.ts";
import { shardsOfSlice, sliceCount } from "../store/shards.ts";
import type { Elsewhere } from "./engine.ts";
import { createOwner, type Owner, type OwnerParts } from "./owner.ts";

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

export function createNodes(parts: OwnerParts, deps: NodesDeps): Nodes {
  const { ground, known } = parts;
  const { clock, random, log, config, node, nodeTimes: times } = ground;
  const { organizations, authenticator } = known;
  const sliceOf = createSliceLookup();
  const owned = createOwnedSlices<Owner>(sliceOf);
  const listeners: (() => void)[] = [];
  const shared = { clock, random, log };
  let othersAt = clock.monotonic();

  /** Whose owner runs: one that starts answers a moment later. */
  const slicesHere = (): readonly number[] =>
    Array.from({ length: sliceCount }, (_, slice) => slice).filter(
      (slice) => (owned.get(slice)?.dispatcher.owns() ?? null) !== null,
    );
  const hints: Hints = createHints(deps.store, clock, node.id, onHints);
  const calls = createCalls({ store: deps.store, node: node.id, slices: slicesHere, hint: hints.send, clock, log });
  const feed = createFeed({
    ...shared,
    changes: ground.store.changes,
    everyMs: 250,
    on: {
      organization: async (id) => void (await organizations.reload(id)),
      key: authenticator.forget,
      sign_in: authenticator.forget,
      token: authenticator.forget,
      replay: noteReplay,
      lane: noteLane,
    },
    async onGap() {
      authenticator.forgetAll();
      await organizations.loadAll();
    },
  });
  const arrivals = createArrivals({
    ...shared,
    ledger: ground.store.ledger,
    store: deps.store,
    owners: () => [...owned.all()].map(asArrivals),
    isAlone: () => clock.monotonic() - othersAt > aloneAfterMs,
    caughtUp: feed.caughtUp,
    onCalls: calls.look,
    onDeliveries: deps.onDeliveries,
    everyMs: 200,
  });
  const slices = createSlices<Owner>({
    ...shared,
    store: deps.store,
    node: node.id,
    times,
    owned,
    make: (slice, onFailed) =>
      createOwner(parts, {
        shards: shardsOfSlice(slice),
        has: (organization) => sliceOf(organization) === slice,
        caughtUp: feed.caughtUp,
        onFailed,
      }),
    onChanged() {
      // A slice may have been asked something while nobody had it.
      calls.look();
      for (const listener of listeners) listener();
    },
  });
  const membership = createMembership({ ...shared, store: deps.store, node, times, onLook, onCertain: deps.wakeAll });

  ground.others.announce = () => hints.send("changes");
  ground.others.takeLink = (home, name) => calls.ask({ node: `node_${home}` }, "link", { name });
  calls.handle("link", async ({ name }: { readonly name: string }) => authenticator.sessions.takeLink(name));
  ground.others.isHearing = () => feed.ageMs() < hearingMs;

  function onLook(cluster: Cluster, begun: number): void {
    if (cluster.nodes.some(({ id }) => id !== node.id)) othersAt = clock.monotonic();
    // Also those that may still have attempts under way.
    const users = owning(liveNodes(cluster, times.goneMs)).length;
    deps.setHostCap(Math.floor(config.capHost / Math.max(users, 1)));
    if (node.role !== "api") slices.follow(cluster, begun);
  }

  function onHints(given: readonly string[]): void {
    const all = new Set(given);
    if (all.has("changes")) feed.hurry();
    if (all.has("calls") || all.has("answers")) calls.look();
    if (all.has("arrivals")) arrivals.hurry();
    if (all.has("nodes")) void membership.look();
  }

  const asArrivals = ({ dispatcher, logProcessor }: Owner): ArrivalsOwner => ({
    owns: dispatcher.owns,
    readLater: dispatcher.readLater,
    isUnknown: (lane) => organizations.subscription(lane) === undefined,
    removed: dispatcher.laneRemoved,
    wake: logProcessor.wake,
  });

  async function noteReplay(id: string): Promise<void> {
    const replay = await ground.store.replays.replayJob(id, null);
    if (replay !== null) owned.of(replay.organization)?.jobs.note(replay);
  }

  function noteLane(id: string): void {
    const lane = Number(id);
    const organization = organizations.subscription(lane)?.organization;
    if (organization !== undefined) owned.of(organization)?.dispatcher.readLater(lane, "live", clock.now());
  }

  const to = (organization: string) => ({ slice: sliceOf(organization) });
  const tell = (organization: string, name: string, argument: object): void =>
    void calls
      .tell(to(organization), name, { organization, ...argument })
      .catch((err: unknown) => log.warn("call.not_sent", { err, call: name }, "Another node could not be told."));
  const elsewhere: Elsewhere = {
    arrived: () => hints.send("arrivals"),
    openLane: (organization, lane) => calls.ask(to(organization), "open_lane", { organization, lane }),
    hastenLane: (organization, lane) => calls.ask(to(organization), "hasten_lane", { organization, lane }, longMs),
    hastenOne: (organization, lane, delivery) =>
      calls.ask(to(organization), "hasten_one", { organization, lane, delivery }),
    status: statusOf(calls, to),
    readAgain: (organization) => tell(organization, "read_again", {}),
    expired: (organization, lanes) => tell(organization, "expired", { lanes }),
  };
  deps.onCall(calls, owned);

  return {
    owned,
    elsewhere,
    calls,
    feed,
    membership,
    sliceOf,
    tellWrongClock: (organization, sensor, fault) =>
      owned.of(organization) === undefined
        ? calls.tell(to(organization), "wrong_clock", { organization, sensor, fault })
        : null,
    isCertain: membership.isCertain,
    arrivalsAgeMs: arrivals.ageMs,
    onChanged: (listener) => void listeners.push(listener),
    owners: {
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
        await deps.store.leave(node.id).catch(() => {});
        hints.send("nodes");
        await feed.stop();
        await slices.stop();
        await arrivals.stop();
        await membership.stop();
        hints.send("nodes");
        await calls.stop();
        await hints.stop();
      },
    },
  };
}

/** A whole lane may have a million rows. */
const longMs = 30_000;
const statusMs = 2_000;

/** Lists ask for many at a time: those of one slice go together. A status that nobody tells in time is not known. */
function statusOf(calls: Calls, to: (organization: string) => { readonly slice: number }): Elsewhere["status"] {
  type Statuses = Awaited<ReturnType<Elsewhere["status"]>>[];
  const gathered = new Map<number, { readonly lanes: number[]; readonly answer: Promise<Statuses> }>();
  return async (organization, lane) => {
    const { slice } = to(organization);
    let group = gathered.get(slice);
    if (group === undefined) {
      const lanes: number[] = [];
      const answer = Promise.resolve().then(() => {
        gathered.delete(slice);
        return calls.ask<Statuses>({ slice }, "status", { lanes }, statusMs).catch(() => []);
      });
      gathered.set(slice, (group = { lanes, answer }));
    }
    const index = group.lanes.push(lane) - 1;
    return (await group.answer)[index] ?? null;
  };
}
