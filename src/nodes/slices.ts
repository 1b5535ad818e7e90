// Brings about what should be owned here: takes slices over that nobody has, gives those back that another node should have, and
// ends owners whose slice was taken away. One slice never waits for another, and what fails is tried again.

import type { Cancel, Clock, Random } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Service } from "../service.ts";
import type { Cluster, NodeStore } from "../store/nodes.ts";
import { sliceCount } from "../store/shards.ts";
import { liveNodes, type NodeTimes, owning } from "./membership.ts";
import type { OwnedSlices } from "./owned.ts";
import { assign } from "./rendezvous.ts";

export interface SlicesDeps<Owner extends Service> {
  readonly store: Pick<NodeStore, "claim" | "give">;
  /** Of this node. */
  readonly node: string;
  readonly times: Pick<NodeTimes, "leaseMs" | "goneMs">;
  readonly owned: OwnedSlices<Owner>;
  /** `onFailed`: it can go on no longer, or is no longer the owner. */
  readonly make: (slice: number, onFailed: (error: unknown) => void) => Owner;
  readonly clock: Clock;
  readonly random: Pick<Random, "fraction">;
  readonly log: Log;
  /** Slices were taken over, or are no longer owned here. */
  readonly onChanged: () => void;
}

export interface Slices {
  /** What the nodes looked like at `begun`, monotonic ms. Ends at once what is owned by others. */
  follow(cluster: Cluster, begun: number): void;
  /** Gives everything back, in order. */
  stop(): Promise<void>;
}

/** An owner that failed is made again after so long, ms. */
const againMs = 1_000;

export function createSlices<Owner extends Service>(deps: SlicesDeps<Owner>): Slices {
  const { store, node, times, owned, clock, log } = deps;
  /** What is under way with a slice; nothing else may be begun with it. */
  const busy = new Map<number, Promise<void>>();
  const pauses = new Map<number, Cancel>();
  /** Monotonic ms. */
  const claimedAt = new Map<number, number>();
  let stopping = false;

  function run(slice: number, work: () => Promise<void>): void {
    const running = work()
      .catch((err: unknown) =>
        log.error("slice.failed", { err, slice }, "A slice could not be taken over or given back."),
      )
      .finally(() => busy.delete(slice));
    busy.set(slice, running);
  }

  /** It is made again after a moment, if this node still has it. */
  function drop(slice: number, owner: Owner): void {
    if (owned.get(slice) !== owner) return;
    owned.drop(slice);
    pauses.get(slice)?.();
    pauses.set(
      slice,
      clock.after(againMs * (0.5 + deps.random.fraction()), () => void pauses.delete(slice)),
    );
    deps.onChanged();
  }

  async function takeOver(slice: number): Promise<void> {
    const owner = deps.make(slice, () => {
      drop(slice, owner);
      void owner.stop().catch(() => {});
    });
    owned.put(slice, owner);
    try {
      await owner.start();
      if (owned.get(slice) === owner) log.info("slice.taken", { slice }, "A slice of the organizations is owned here.");
      deps.onChanged();
    } catch (error) {
      drop(slice, owner);
      // Somebody may have asked it for something already.
      await owner.stop().catch(() => {});
      throw error;
    }
  }

  async function giveBack(slice: number, owner: Owner): Promise<void> {
    await owner.stop();
    if (owned.get(slice) === owner) owned.drop(slice);
    deps.onChanged();
    await store.give(node, [slice]);
    log.info("slice.given", { slice }, "A slice of the organizations goes to another node.");
  }

  /** Another node has it: nothing of it can be written any more. */
  async function lose(slice: number, owner: Owner): Promise<void> {
    owned.drop(slice);
    log.warn("slice.lost", { slice }, "Another node has taken a slice over.");
    deps.onChanged();
    await owner.stop();
  }

  async function claim(wanted: readonly number[]): Promise<void> {
    const taken = await store.claim(node, wanted, times.goneMs);
    for (const slice of taken) {
      claimedAt.set(slice, clock.monotonic());
      if (!stopping && owned.get(slice) === undefined && !busy.has(slice)) run(slice, () => takeOver(slice));
    }
  }

  let claiming = false;
  function claimSoon(wanted: readonly number[]): void {
    if (claiming || wanted.length === 0) return;
    claiming = true;
    claim(wanted)
      .catch((err: unknown) => log.warn("slice.not_claimed", { err }, "No slice could be taken over. Trying again."))
      .finally(() => (claiming = false));
  }

  return {
    follow(cluster, begun) {
      if (stopping) return;
      const nodes = owning(liveNodes(cluster, times.leaseMs)).map(({ id }) => id);
      const should = assign(nodes, sliceCount);
      const has = new Map(cluster.slices.map(({ slice, node: of }) => [slice, of]));
      const wanted: number[] = [];
      for (let slice = 0; slice < sliceCount; slice++) {
        const owner = owned.get(slice);
        const isMine = has.get(slice) === node || (claimedAt.get(slice) ?? -Infinity) >= begun;
        if (owner !== undefined && !isMine && !busy.has(slice)) run(slice, () => lose(slice, owner));
        else if (busy.has(slice)) continue;
        else if (should[slice] !== node) {
          if (owner !== undefined && should[slice] !== undefined) run(slice, () => giveBack(slice, owner));
          else if (isMine && owner === undefined && should[slice] !== undefined)
            run(slice, () => store.give(node, [slice]));
        } else if (owner === undefined && !pauses.has(slice)) wanted.push(slice);
      }
      claimSoon(wanted);
    },
    async stop() {
      stopping = true;
      for (const cancel of pauses.values()) cancel();
      await Promise.all(busy.values());
      const left = Array.from({ length: sliceCount }, (_, slice) => slice).flatMap((slice) => {
        const owner = owned.get(slice);
        return owner === undefined ? [] : [giveBack(slice, owner)];
      });
      const failed = (await Promise.allSettled(left)).find(({ status }) => status === "rejected");
      if (failed !== undefined) {
        log.warn(
          "slice.not_given",
          { err: (failed as PromiseRejectedResult).reason },
          "Slices could not be given back.",
        );
      }
    },
  };
}
