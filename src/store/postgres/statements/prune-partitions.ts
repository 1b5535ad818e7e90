// Pruning of tables in partitions: a partition that is past its retention goes with all its rows. Rows go one by one only where
// retention asks for them earlier: those of organizations with a shorter time, once the partition is past that; and those of the
// partition in which a retention ends, if it is small. What is large waits for its end.

import type { RetentionPlan } from "../../retention-plan.ts";
import type { Epoch } from "../../shards.ts";
import type { Session } from "../database.ts";
import { listPartitions, type Partition } from "../partition-list.ts";
import { type Edges, edgesOf, isNeeded, isPast, type PartitionedClass, tableOf } from "./past-partitions.ts";
import { createPassRunner } from "./prune-rows.ts";
import { removePartition } from "./remove-partition.ts";
import type { Swept } from "./swept.ts";

export interface Round {
  readonly session: Session;
  readonly epoch: Epoch;
  readonly plan: RetentionPlan;
  readonly swept: Swept;
  readonly now: number;
}

export interface PrunePartitions {
  /** The next partition, or the next rows of one. null: nothing is left to do in this round. */
  step(round: Round, kind: PartitionedClass): Promise<number | null>;
  /** Removes the next partition of those that are behind this number or day. null: there are no more. */
  dropBelow(session: Session, table: Partition["table"], end: number): Promise<number | null>;
  /** The next call begins a new round. */
  reset(): void;
}

/** Of the rows of a partition, without what is stored beside them. */
const smallBytes = 16 * 1024 * 1024;

export function createPrunePartitions(): PrunePartitions {
  const passes = createPassRunner(async (session, events) =>
    (await listPartitions(session, "attempt")).filter(({ first, end }) => first < events.end && end > events.first),
  );
  /** Partitions that this round is done with, or cannot remove now. */
  const done = new Set<string>();

  async function remove(session: Session, partition: Partition): Promise<number | null> {
    const removed = await removePartition(session, partition);
    if (removed === null) done.add(partition.name);
    return removed;
  }

  async function pass(
    round: Round,
    kind: PartitionedClass,
    partition: Partition,
    edges: Edges,
  ): Promise<number | null> {
    const { session, epoch, swept, now } = round;
    const { groups } = round.plan[kind];
    const past = groups.filter(({ before }) => isPast(partition, edges, before, now));
    const due = Math.max(0, ...past.map(({ ms }) => ms));
    const isDue = due > swept.of(partition.name);
    const ends = groups.some((each) => !past.includes(each) && edges.first !== null && edges.first < each.before);
    if (!isDue && !(ends && partition.bytes <= smallBytes) && !passes.isAt(partition)) return null;
    const { removed, isDone } = await passes.step(session, { class: kind, partition, groups, epoch });
    if (!isDone) return removed;
    done.add(partition.name);
    if (isDue && !(await isNeeded(session, partition))) await swept.note(session, partition.name, due);
    return removed === 0 ? null : removed;
  }

  return {
    async step(round, kind) {
      const { session, plan, now } = round;
      const all = await listPartitions(session, tableOf[kind]);
      // One that was begun comes first: another would take its place.
      for (const partition of all.toSorted((one, other) => Number(passes.isAt(other)) - Number(passes.isAt(one)))) {
        if (done.has(partition.name)) continue;
        const edges = partition.isDetaching ? { first: null, last: null } : await edgesOf(session, partition);
        const goes = partition.isDetaching || isPast(partition, edges, plan[kind].all, now);
        // It goes whole, once nothing of it is needed.
        if (goes && !partition.isDetaching && (await isNeeded(session, partition))) continue;
        const removed = goes ? await remove(session, partition) : await pass(round, kind, partition, edges);
        if (removed !== null) return removed;
      }
      return null;
    },
    async dropBelow(session, table, end) {
      for (const partition of await listPartitions(session, table)) {
        if (done.has(partition.name) || (partition.end > end && !partition.isDetaching)) continue;
        const removed = await remove(session, partition);
        if (removed !== null) return removed;
      }
      return null;
    },
    reset: () => done.clear(),
  };
}
