// Transactions of owners. Each is fenced: it writes nothing once another owner has any of the shards, and nobody takes them over
// before it ends. Within a process one is at work at a time, so that what is in memory of owned lanes follows what is written.

import { OwnershipLost } from "../ownership.ts";
import type { Epoch } from "../shards.ts";
import type { Database, Transaction } from "./database.ts";
import { type HeldEpochs, shardsIn } from "./held-epochs.ts";
import { createWorkQueue } from "./work-queue.ts";

export interface OwnerWrites {
  /** One transaction of an owner. Throws OwnershipLost before `work`, which may run more than once. */
  run<Result>(epoch: Epoch, work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** One transaction of several owners. `lost`: who is none any more; `work` writes nothing for them. */
  runTogether<Result>(
    epochs: readonly Epoch[],
    work: (transaction: Transaction, lost: ReadonlySet<number>) => Promise<Result>,
  ): Promise<Result>;
  /** What is in memory may be untrue: a transaction has failed. */
  onRollback(forget: () => void): void;
  idle(): Promise<void>;
}

/** Half of an advisory lock's name; the other half is the epoch. Owners share it, and who takes shards over has it alone. */
export const ownerLock = 0x6f776e65;

/** Keeps these epochs from being ended before the transaction ends, and tells which have ended already. `waits`: for those who are
 * about to end them; else these have ended, too. */
async function holdEpochs(
  transaction: Transaction,
  epochs: readonly Epoch[],
  waits: boolean,
): Promise<ReadonlySet<number>> {
  const sizes = new Map(epochs.map((each) => [each.number, shardsIn(each)]));
  const held = await transaction.row<{ lost: readonly unknown[] | null; transaction: string }>(
    "select * from hold_epochs($1, $2, $3, $4)",
    [ownerLock, [...sizes.keys()], [...sizes.values()], waits],
  );
  transaction.named(held!.transaction);
  return new Set(held!.lost?.map(Number));
}

/** For ordered writes, in which nobody waits: a change of owner may take long. Tells which of these have ended, or are about to. */
export const lostEpochs = (transaction: Transaction, epochs: readonly Epoch[]): Promise<ReadonlySet<number>> =>
  holdEpochs(transaction, epochs, false);

/** The same for one of them. Throws OwnershipLost. */
export async function checkEpoch(transaction: Transaction, epoch: Epoch): Promise<void> {
  const lost = await lostEpochs(transaction, [epoch]);
  if (lost.size > 0) throw ownershipLost(epoch);
}

export const ownershipLost = ({ number }: Epoch): OwnershipLost =>
  new OwnershipLost(`epoch ${number} has ended: another owner has acquired shards of it`);

export function createOwnerWrites(database: Database, held: Pick<HeldEpochs, "ended">): OwnerWrites {
  const forgets: (() => void)[] = [];
  const forgetAll = (): void => forgets.forEach((forget) => forget());
  const oneByOne = createWorkQueue(1);

  async function attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    let hasRun = false;
    try {
      return await database.write(async (transaction) => {
        if (hasRun) forgetAll();
        hasRun = true;
        return await work(transaction);
      });
    } catch (error) {
      // Also where it is no owner any more: the next one changes what was known.
      forgetAll();
      throw error;
    }
  }

  return {
    run: (epoch, work) =>
      oneByOne(() =>
        attempt(async (transaction) => {
          const lost = await holdEpochs(transaction, [epoch], true);
          if (lost.size > 0) {
            held.ended(epoch.number);
            throw ownershipLost(epoch);
          }
          return await work(transaction);
        }),
      ),
    runTogether: (epochs, work) =>
      oneByOne(() =>
        attempt(async (transaction) => {
          const lost = await holdEpochs(transaction, epochs, true);
          if (lost.size > 0) forgetAll();
          lost.forEach(held.ended);
          return await work(transaction, lost);
        }),
      ),
    onRollback: (forget) => void forgets.push(forget),
    idle: () => oneByOne(async () => {}),
  };
}
