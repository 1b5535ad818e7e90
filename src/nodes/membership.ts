// This process among those that share the database: renews its lease, and looks who else lives and who has which slice. When it
// could not renew for long, nothing may be started any more that an owner alone may do: another one may own it by now.

import type { Cancel, Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { Cluster, NewNode, NodeRecord, NodeStore } from "../store/nodes.ts";

export interface NodeTimes {
  /** How often the lease is renewed, and how long it lasts, ms. */
  readonly renewMs: number;
  readonly leaseMs: number;
  /** Without a renewal for so long nothing is started, ms. */
  readonly certainMs: number;
  /** A node that was silent for so long has ended all that it had begun, ms. */
  readonly goneMs: number;
  /** How often all nodes are looked at, ms. */
  readonly lookMs: number;
}

/** `longestAttemptMs`: the deadline of an attempt at most. */
export const nodeTimes = (longestAttemptMs: number): NodeTimes => ({
  renewMs: 5_000,
  leaseMs: 15_000,
  certainMs: 10_000,
  goneMs: Math.max(15_000, 10_000 + longestAttemptMs) + 1_000,
  lookMs: 1_000,
});

export interface Membership extends Service {
  readonly node: NewNode;
  /** As last looked at. */
  cluster(): Cluster;
  /** Those that hold their lease. */
  live(): readonly NodeRecord[];
  /** Whether the lease was renewed lately enough. */
  isCertain(): boolean;
  /** Looks now. Resolves when it has, or could not. */
  look(): Promise<void>;
}

export interface MembershipDeps {
  readonly store: NodeStore;
  readonly node: NewNode;
  readonly times: NodeTimes;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  /** Hears of every look, before anything may be started on its ground. `begun`: monotonic ms. */
  readonly onLook: (cluster: Cluster, begun: number) => void;
  /** The lease counts again after a time in which it did not. */
  readonly onCertain: () => void;
}

export function createMembership(deps: MembershipDeps): Membership {
  const { store, node, times, clock, log } = deps;
  let cluster: Cluster = { nodes: [], slices: [] };
  let renewedAt = -Infinity;
  let running = false;
  let cancel: Cancel | null = null;
  let looking: Promise<void> | null = null;
  let failed = 0;

  const isCertain = (): boolean => clock.monotonic() - renewedAt < times.certainMs;

  async function step(): Promise<void> {
    const at = clock.monotonic();
    const wasCertain = isCertain();
    const isDue = at - renewedAt >= times.renewMs - times.lookMs / 2;
    try {
      if (isDue) await store.renew(node);
      const begun = clock.monotonic();
      cluster = await store.cluster();
      if (!running) return;
      deps.onLook(cluster, begun);
      if (isDue) renewedAt = at;
      if (failed > 0) log.info("node.back", {}, "The database answers again.");
      failed = 0;
      if (!wasCertain && isCertain()) deps.onCertain();
    } catch (err) {
      if (failed++ === 0) log.warn("node.cut_off", { err }, "The database does not answer: trying again.");
    }
  }

  function look(): Promise<void> {
    cancel?.();
    looking ??= step().finally(() => {
      looking = null;
      if (!running) return;
      cancel = clock.after(times.lookMs * (0.75 + deps.random.fraction() / 2), () => void look());
    });
    return looking;
  }

  return {
    node,
    cluster: () => cluster,
    live: () => liveNodes(cluster, times.leaseMs),
    isCertain,
    look,
    async start() {
      running = true;
      await store.renew(node);
      await look();
    },
    async stop() {
      running = false;
      cancel?.();
      await looking;
      await store
        .forget(node.id)
        .catch((err: unknown) =>
          log.warn("node.not_left", { err }, "The other nodes could not be told that this one has stopped."),
        );
    },
  };
}

export const liveNodes = ({ nodes }: Cluster, leaseMs: number): readonly NodeRecord[] =>
  nodes.filter(({ silentMs, leaving }) => silentMs < leaseMs && !leaving);

/** Nodes that may own slices. */
export const owning = (nodes: readonly NodeRecord[]): readonly NodeRecord[] =>
  nodes.filter(({ role }) => role !== "api");
