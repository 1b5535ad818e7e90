// Transactions of owners. Each is fenced: it writes nothing once another owner has any of the shards, and nobody takes them over
// before it ends. Within a process one is at work at a time, so that what is in memory of owned lanes follows what is written.

import type { Epoch } from "../shards.ts";
import type { Context } from "./context.ts";
import type { Transaction } from "./database.ts";

export interface OwnerWrites {
  /** One transaction of an owner. Throws OwnershipLost before `work`, which may run more than once. */
  run<Result>(epoch: Epoch, work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** The same without an epoch: of an owner that is about to begin, or of several. */
  unfenced<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** What is in memory may be untrue: a transaction has failed. */
  onRollback(forget: () => void): void;
}

export function createOwnerWrites(context: Pick<Context, "database" | "checkEpoch">): OwnerWrites {
  const forgets: (() => void)[] = [];
  const forgetAll = (): void => forgets.forEach((forget) => forget());
  let last: Promise<unknown> = Promise.resolve();

  function oneByOne<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = last.then(work, work);
    last = result.catch(() => {});
    return result;
  }

  async function attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    let hasRun = false;
    try {
      return await context.database.write(async (transaction) => {
        if (hasRun) forgetAll();
        hasRun = true;
        return await work(transaction);
      });
    } catch (error) {
      // Where it lost its shards, too: the next owner changes what was known of them.
      forgetAll();
      throw error;
    }
  }

  return {
    run: (epoch, work) =>
      oneByOne(() =>
        attempt(async (transaction) => {
          await context.checkEpoch(transaction, epoch);
          return await work(transaction);
        }),
      ),
    unfenced: (work) => oneByOne(() => attempt(work)),
    onRollback: (forget) => void forgets.push(forget),
  };
}
