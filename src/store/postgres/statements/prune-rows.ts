// Removes rows of one partition that are past their retention while others of it are not: those of organizations with a time of
// their own, and those at the end of the retention. It goes through the partition block by block, as the rows lie on the disk, so
// no index is needed, and remembers where it is.

import type { RetentionClass } from "../../../model/retention.ts";
import type { RetentionGroup } from "../../retention-plan.ts";
import type { Epoch } from "../../shards.ts";
import { shardsOf } from "../context.ts";
import type { Session } from "../database.ts";
import type { Partition } from "../partition-list.ts";

/** What is past its time in this partition. */
export interface Pass {
  readonly class: Exclude<RetentionClass, "entries">;
  readonly partition: Partition;
  readonly groups: readonly RetentionGroup[];
  /** What others own is still owed until they end it. */
  readonly epoch: Epoch;
}

export interface PassStep {
  readonly removed: number;
  readonly isDone: boolean;
}

export interface PassRunner {
  /** The next blocks of this partition, from its beginning unless the last step was of it. */
  step(session: Session, pass: Pass): Promise<PassStep>;
  /** Whether this partition was begun, and not ended. Another one would take its place. */
  isAt(partition: Partition): boolean;
}

/** 2 MiB: some ten thousand rows. */
const sliceBlocks = 256;
const blockBytes = 8_192;
const dayMs = 86_400_000;

interface At {
  readonly partition: string;
  /** Its blocks come first, then those of what belongs to it. */
  readonly of: "rows" | "attempts";
  readonly partitions: readonly { readonly name: string; readonly blocks: number }[];
  readonly block: number;
  readonly removed: number;
}

/** `attemptsOf`: partitions with attempts of the events of this one. */
export function createPassRunner(
  attemptsOf: (session: Session, events: Partition) => Promise<readonly Partition[]>,
): PassRunner {
  let at: At | null = null;

  const blocksOf = ({ name, bytes }: Partition) => ({ name, blocks: Math.ceil(bytes / blockBytes) });

  async function rowsOf(session: Session, pass: Pass, now: At): Promise<number> {
    const [{ name }] = now.partitions as [At["partitions"][number]];
    const values: unknown[] = [];
    const where = condition(pass, (value) => `$${values.push(value)}`);
    return await session.run(`delete from ${name} r where ${inBlocks(now.block)} and (${where})`, values);
  }

  async function attemptsOfGone(session: Session, { partition }: Pass, now: At): Promise<void> {
    const [{ name }] = now.partitions as [At["partitions"][number]];
    await session.run(
      `delete from ${name} r where ${inBlocks(now.block)} and r.event >= $1 and r.event < $2 and not exists` +
        " (select 1 from event e where e.number = r.event and e.number >= $1 and e.number < $2)",
      [partition.first, partition.end],
    );
  }

  return {
    async step(session, pass) {
      const { partition } = pass;
      if (at?.partition !== partition.name) {
        at = { partition: partition.name, of: "rows", partitions: [blocksOf(partition)], block: 0, removed: 0 };
      }
      let { removed } = at;
      let now = 0;
      if (at.of === "rows") removed += now = await rowsOf(session, pass, at);
      else await attemptsOfGone(session, pass, at);
      const next = at.block + sliceBlocks;
      let { of, partitions } = at;
      let block = next;
      if (next >= partitions[0]!.blocks) [partitions, block] = [partitions.slice(1), 0];
      if (partitions.length === 0 && of === "rows" && pass.class === "events" && removed > 0) {
        of = "attempts";
        partitions = (await attemptsOf(session, partition)).map(blocksOf);
      }
      const isDone = partitions.length === 0;
      at = isDone ? null : { partition: partition.name, of, partitions, block, removed };
      return { removed: now, isDone };
    },
    isAt: ({ name }) => at?.partition === name,
  };
}

const inBlocks = (block: number): string =>
  `r.ctid >= '(${block},0)'::tid and r.ctid < '(${block + sliceBlocks},0)'::tid`;

/** `value`: notes one, and returns its name in the statement. */
function condition({ class: kind, groups, partition, epoch }: Pass, value: (of: unknown) => string): string {
  const any = groups.map(({ before, organizations, isRest }) => {
    const theirs = `(r.organization = any(${value(organizations)}::integer[])) <> ${value(isRest)}`;
    const old =
      kind === "minutes"
        ? `r.day < ${value(Math.floor(before / dayMs))}`
        : `r.accepted_at < ${value(Math.ceil(before))}`;
    return `(${theirs} and ${old})`;
  });
  const old = `(${any.join(" or ")})`;
  if (kind === "observations") return `${old} and ${isFolded}`;
  if (kind === "minutes") return old;
  const others =
    epoch.shards === "all"
      ? ""
      : ` and not exists (select 1 from delivery d where d.event = r.number and d.event >= ${value(partition.first)}` +
        ` and d.event < ${value(partition.end)} and d.shard <> all(${value(shardsOf(epoch.shards))}::smallint[]))`;
  return `${old} and not exists (select 1 from delivery d where d.event = r.number and d.again = 1)${others}`;
}

/** An observation that sensing has not folded, or will read again, was acknowledged, and not everything follows from it yet. */
const isFolded = "r.position <= (select least(s.folded, s.reread_from) from shard_fold s where s.shard = r.shard)";
