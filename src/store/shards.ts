// Shards: every organization belongs to one of 256, for good, and a shard has one owner at a time. An owner writes under its
// epoch, which names its shards.

import { hash } from "node:crypto";

export const shardCount = 256;

/** The shard of an organization, 0 to 255: the first byte of the SHA-256 of its id in UTF-8. It must never change, or
 * two owners would deliver for one organization. A database can compute it, too. */
export function shardOf(organization: string): number {
  return hash("sha256", organization, "buffer")[0]!;
}

/** The time of one owner over its shards. It ends when another one acquires any of them. */
export interface Epoch {
  /** Rises with each owner. */
  readonly number: number;
  readonly shards: Shards;
}

export type Shards = "all" | readonly number[];

/** Neighbouring shards that have one owner together. */
export const shardsPerSlice = 8;
export const sliceCount = shardCount / shardsPerSlice;

/** The slice of an organization, 0 to 31. */
export const sliceOf = (organization: string): number => Math.floor(shardOf(organization) / shardsPerSlice);

export const shardsOfSlice = (slice: number): readonly number[] =>
  Array.from({ length: shardsPerSlice }, (_, index) => slice * shardsPerSlice + index);
