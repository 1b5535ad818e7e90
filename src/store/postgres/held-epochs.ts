// The epochs of the owners that this process has: what is accepted for the memory of one of them must not outlive it there.

import { type Epoch, shardCount, type Shards } from "../shards.ts";

export interface HeldEpochs {
  began(epoch: Epoch): void;
  ended(epoch: number): void;
  /** The epoch under which this process owns a shard, as far as it knows; undefined: it does not. */
  of(shard: number): number | undefined;
  /** The shards that this process owns, as far as it knows. */
  shards(): readonly number[];
  /** Numbers, and how many shards each has. */
  all(): { readonly numbers: readonly number[]; readonly sizes: readonly number[] };
}

export const shardsOf = (shards: Shards): readonly number[] =>
  shards === "all" ? Array.from({ length: shardCount }, (_, number) => number) : shards;

/** How many shards an epoch has. As many have its number for as long as it lasts. */
export const shardsIn = ({ shards }: Epoch): number => (shards === "all" ? shardCount : shards.length);

export function createHeldEpochs(): HeldEpochs {
  const byShard = new Map<number, number>();
  const sizes = new Map<number, number>();

  function ended(epoch: number): void {
    if (!sizes.delete(epoch)) return;
    for (const [shard, of] of byShard) if (of === epoch) byShard.delete(shard);
  }

  return {
    began(epoch) {
      const shards = shardsOf(epoch.shards);
      for (const before of new Set(shards.map((shard) => byShard.get(shard)))) if (before !== undefined) ended(before);
      for (const shard of shards) byShard.set(shard, epoch.number);
      sizes.set(epoch.number, shards.length);
    },
    ended,
    of: (shard) => byShard.get(shard),
    shards: () => [...byShard.keys()],
    all: () => ({ numbers: [...sizes.keys()], sizes: [...sizes.values()] }),
  };
}
