// Operations of a change of owner, and of marks. Everything that the owner before left behind is spilled afterwards and has a due
// time, whoever remembered it and however that owner ended.

import { deliveryClasses } from "../../../model/delivery.ts";
import type { Ledger } from "../../ledger.ts";
import type { DueDelivery } from "../../owed.ts";
import type { LongestWaits, OpenLane, Ownership } from "../../ownership.ts";
import type { Epoch, Shards } from "../../shards.ts";
import type { Context } from "../context.ts";
import type { Transaction } from "../database.ts";
import { shardsOf } from "../held-epochs.ts";
import { createWorkQueue } from "../work-queue.ts";
import { dueColumns, dueDelivery, type DueRow, withEvent } from "./due-rows.ts";
import { readHealths } from "./lane-health.ts";
import type { Lines } from "./lines.ts";
import { settleTimes, unlimited } from "./settle-times.ts";
import type { StartedDeliveries } from "./started.ts";
import { takeShards } from "./take-shards.ts";

export type OwnershipOperations = Pick<Ledger, "acquire" | "release" | "markStarted" | "clearMark">;

/** Attempts that one lane can have in flight: so many of its retries can have been interrupted. More of them may have ended
 * with their outcome not written; those are spread like others. */
const widestLane = 64;

/** Owners that begin at once: each walks along all that is owed. */
const mostAtOnce = 2;

/** Here it is better to read a whole table, and to look at it before that is decided. */
const planForWalks =
  "select set_config('enable_seqscan', 'on', true), set_config('plan_cache_mode', 'force_custom_plan', true)";
const lastDelivery = "select case when is_called then last_value else 0 end as number from delivery_number";
const markedRows = `select ${dueColumns} from delivery d ${withEvent} where d.location = 1 and d.number = any($1) order by d.number`;

export function createOwnership(context: Context, started: StartedDeliveries, lines: Lines): OwnershipOperations {
  const { database, ordered, owners, held } = context;

  const queue = createWorkQueue(mostAtOnce);

  /** All deliveries up to it are there: it is asked while nobody writes any. */
  const readLast = (): Promise<number> =>
    ordered.run(async (write) => (await write.row<{ number: number }>(lastDelivery))!.number);

  async function takeOver(
    transaction: Transaction,
    shards: readonly number[],
    upTo: number,
    { at, spreadMs, longest }: { readonly at: number; readonly spreadMs: number; readonly longest: LongestWaits },
  ): Promise<Omit<Ownership, "epoch"> & { readonly number: number }> {
    await transaction.rows(planForWalks);
    const taken = await takeShards(transaction, shards, upTo);
    const afterCrash = taken.crashed.length > 0;
    const crashed = new Set(taken.crashed);
    await started.clearShards(
      transaction,
      shards.filter((shard) => !crashed.has(shard)),
    );
    const quarantined = afterCrash ? await started.quarantine(transaction, taken.crashed, at) : [];
    const open = await settleTimes(transaction, shards, at, spreadMs, longest, afterCrash ? widestLane : 0);
    const healths = await readHealths(transaction, shards);
    const marked = await readMarked(transaction, await started.all(transaction, shards));
    return { number: taken.epoch, lanes: open, healths, upTo, afterCrash, marked, quarantined };
  }

  return {
    async acquire(now, spreadMs, longest = unlimited, shards: Shards = "all") {
      const at = Math.floor(now);
      const numbers = shardsOf(shards);
      const upTo = await readLast();
      // Beside the writes of the owners that this process has already: it may take a while.
      const { number, lanes, ...taken } = await queue(() =>
        database.write((transaction) => takeOver(transaction, numbers, upTo, { at, spreadMs, longest })),
      );
      const epoch: Epoch = { number, shards };
      held.began(epoch);
      const waiting = await owners.run(epoch, (transaction) => lines.acquired(transaction, numbers));
      return { epoch, lanes: withLines(lanes, waiting, at), ...taken };
    },
    release: (epoch) =>
      owners.run(epoch, async (transaction) => {
        held.ended(epoch.number);
        await transaction.run("update shard set released = true where epoch = $1", [epoch.number]);
      }),
    markStarted: (epoch, deliveries) => owners.run(epoch, (transaction) => started.mark(transaction, deliveries)),
    clearMark: (epoch, deliveries) => owners.run(epoch, (transaction) => started.clear(transaction, deliveries)),
  };
}

async function readMarked(transaction: Transaction, deliveries: readonly number[]): Promise<readonly DueDelivery[]> {
  if (deliveries.length === 0) return [];
  return (await transaction.rows<DueRow>(markedRows, [deliveries])).map(dueDelivery);
}

/** Lanes in which somebody waits in a line are read at once: they may keep no order any more. */
function withLines(open: readonly OpenLane[], lanes: readonly number[], now: number): readonly OpenLane[] {
  const inLine = new Set(lanes);
  return [
    ...open.filter(({ lane }) => !inLine.has(lane)),
    ...lanes.flatMap((lane) => deliveryClasses.map((each) => ({ lane, class: each, nextDue: now }))),
  ];
}
