// Writes that give out numbers, or that those must not overtake: events with what is owed of them, observations, changes of an
// organization. Over all nodes one is at work at a time, for some milliseconds, so that numbers rise in the order of commits and a
// reader that has seen one number has seen all below it. Within a process, those that wait go into one transaction.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import type { Database, Transaction } from "./database.ts";
import { failureKind } from "./failure.ts";
import { createGroup, type Ended } from "./group.ts";
import { leastNumber } from "./numbers.ts";
import type { Partitions } from "./partitions.ts";

export interface OrderedWrite extends Transaction {
  /** Nobody has written since this process did: what it keeps in memory of the rows that it wrote is true. */
  readonly isContinued: boolean;
  /** The first of `count` numbers that follow each other. */
  numbers(of: Numbered, count: number): Promise<number>;
}

export type Numbered = "observation" | "event" | "delivery";

/** One call: refuses before its first write, so that a refusal leaves the transaction, which it shares, as it was. It keeps nothing
 * in memory that a rollback would make untrue, but what `onRollback` throws away. */
export type OrderedWork<Result> = (write: OrderedWrite) => Promise<Result>;

export interface OrderedWrites {
  run<Result>(work: OrderedWork<Result>): Promise<Result>;
  /** What is in memory of written rows may be untrue: another node has written, or a transaction failed. */
  onRollback(forget: () => void): void;
  idle(): Promise<void>;
}

/** Names the lock among those of the database. */
const lock = 0x62656c66;

export function createOrderedWrites(
  database: Database,
  clock: Clock,
  partitions: Partitions,
  writer: number,
): OrderedWrites {
  const forgets: (() => void)[] = [];
  const forgetAll = (): void => forgets.forEach((forget) => forget());

  async function together(works: readonly OrderedWork<unknown>[]): Promise<readonly Ended<unknown>[]> {
    const at = clock.now();
    await partitions.prepare(at);
    try {
      return await database.write(async (transaction) => {
        const begun = await transaction.row<{ last_writer: number; transaction: string }>(
          "select * from begin_ordered_write($1, $2)",
          [lock, writer],
        );
        transaction.named(begun!.transaction);
        const isContinued = begun!.last_writer === writer;
        if (!isContinued) forgetAll();
        const write: OrderedWrite = {
          ...transaction,
          isContinued,
          async numbers(of, count) {
            const taken = await transaction.row<{ first: number }>("select take_numbers($1, $2, $3) as first", [
              `${of}_number`,
              leastNumber(at),
              count,
            ]);
            return taken!.first;
          },
        };
        const ended: Ended<unknown>[] = [];
        for (const work of works) ended.push(await answer(work, write));
        return ended;
      });
    } catch (error) {
      forgetAll();
      throw error;
    }
  }

  const group = createGroup<OrderedWork<unknown>, unknown>(together, 256);
  return {
    run: <Result>(work: OrderedWork<Result>) => group.run(work) as Promise<Result>,
    onRollback: (forget) => void forgets.push(forget),
    idle: group.idle,
  };
}

async function answer(work: OrderedWork<unknown>, write: OrderedWrite): Promise<Ended<unknown>> {
  try {
    return { value: await work(write) };
  } catch (error) {
    if (error instanceof BelfryError || failureKind(error) === "answer") return { error };
    throw error;
  }
}
