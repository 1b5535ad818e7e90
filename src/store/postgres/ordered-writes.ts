// Writes that give out numbers, or that those must not overtake: events with what is owed of them, observations, changes of an
// organization. Over all nodes one is at work at a time, for some milliseconds, so that numbers rise in the order of commits and a
// reader that has seen one number has seen all below it. Within a process, those that wait go into one transaction.

import type { Clock } from "../../clock.ts";
import type { Database, Transaction } from "./database.ts";
import { failureKind, MayBeWritten } from "./failure.ts";
import { createGroup, type Ended } from "./group.ts";
import type { HeldEpochs } from "./held-epochs.ts";
import { leastNumber } from "./numbers.ts";
import { ownerLock } from "./owner-writes.ts";
import type { Partitions } from "./partitions.ts";

export interface OrderedWrite extends Transaction {
  /** Nobody has written since this process did: what it keeps in memory of the rows that it wrote is true. */
  readonly isContinued: boolean;
  /** An owner in this process has this shard, and keeps it until the transaction has ended. */
  owns(shard: number): boolean;
  /** The first of `count` numbers that follow each other. */
  numbers(of: Numbered, count: number): Promise<number>;
  /** Called with the transaction's name where nobody can tell for long whether it was written. */
  ifUnknown(then: (name: string) => void): void;
}

const numbered = ["observation", "event", "delivery"] as const;
export type Numbered = (typeof numbered)[number];
export type Numbers = Readonly<Record<Numbered, number>>;

/** One call: refuses before its first write, so that a refusal leaves the transaction, which it shares, as it was. It keeps nothing
 * in memory that a rollback would make untrue, but what `onRollback` throws away. */
export type OrderedWork<Result> = (write: OrderedWrite) => Promise<Result>;

/** Calls of one kind that go together as one work: a call that is refused has written nothing. */
export interface KindOfWork<Call, Result> {
  /** Rows that come with it, about [weightOf]: a transaction takes 4,096, or one call. */
  weigh(call: Call): number;
  /** Before the transaction, since it needs none. */
  prepare(calls: readonly Call[]): Promise<PreparedWork<Result>>;
}

export interface PreparedWork<Result> {
  /** How many numbers it needs at most; those that it does not use are lost. */
  readonly needs: Partial<Numbers>;
  /** `first`: of the numbers that it needs. Answers every call, in order. It may run more than once. */
  run(write: OrderedWrite, first: Numbers): Promise<readonly Ended<Result>[]>;
}

export interface OrderedWrites {
  run<Result>(work: OrderedWork<Result>): Promise<Result>;
  /** Makes calls of a kind go together. */
  kind<Call, Result>(kind: KindOfWork<Call, Result>): (call: Call) => Promise<Result>;
  /** What is in memory of written rows may be untrue: another node has written, or a transaction failed. */
  onRollback(forget: () => void): void;
  idle(): Promise<void>;
}

/** Names the lock among those of the database. */
const lock = 0x62656c66;
const most = { calls: 256, rows: 4_096 };

interface AnyCall {
  readonly kind: KindOfWork<unknown, unknown>;
  readonly call: unknown;
}

export function createOrderedWrites(
  database: Database,
  clock: Clock,
  partitions: Partitions,
  writer: number,
  held: Pick<HeldEpochs, "of" | "all">,
): OrderedWrites {
  const forgets: (() => void)[] = [];
  const forgetAll = (): void => forgets.forEach((forget) => forget());

  async function together(calls: readonly AnyCall[]): Promise<readonly Ended<unknown>[]> {
    const at = clock.now();
    await partitions.prepare(at);
    const ofKinds = [...Map.groupBy(calls.keys(), (index) => calls[index]!.kind)];
    const works = await Promise.all(
      ofKinds.map(([kind, indexes]) => kind.prepare(indexes.map((index) => calls[index]!.call))),
    );
    const unknown: ((name: string) => void)[] = [];
    let tries = 0;
    try {
      return await database.write(async (transaction) => {
        unknown.length = 0;
        if (tries++ > 0) forgetAll();
        const { begun, write } = await beginWrite(transaction, at, sumOf(works), (then) => void unknown.push(then));
        const first = { observation: begun.observation ?? 0, event: begun.event ?? 0, delivery: begun.delivery ?? 0 };
        if (!write.isContinued) forgetAll();
        const ended: Ended<unknown>[] = [];
        for (const [index, work] of works.entries()) {
          const answers = await work.run(write, { ...first });
          for (const name of numbered) first[name] += work.needs[name] ?? 0;
          ofKinds[index]![1].forEach((place, at) => (ended[place] = answers[at]!));
        }
        return ended;
      });
    } catch (error) {
      forgetAll();
      if (error instanceof MayBeWritten) for (const then of unknown) then(error.transaction);
      throw error;
    }
  }

  async function beginWrite(
    transaction: Transaction,
    at: number,
    needs: Numbers,
    ifUnknown: OrderedWrite["ifUnknown"],
  ): Promise<{ begun: Begun; write: OrderedWrite }> {
    const least = leastNumber(at);
    const { numbers: epochs, sizes } = needs.delivery > 0 ? held.all() : { numbers: [], sizes: [] };
    const begun = (await transaction.row<Begun>(
      "select * from begin_ordered_write($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      [lock, writer, least, needs.observation, needs.event, needs.delivery, ownerLock, epochs, sizes],
    ))!;
    transaction.named(begun.transaction);
    const kept = new Set(epochs);
    for (const lost of begun.lost ?? []) kept.delete(Number(lost));
    const write: OrderedWrite = {
      ...transaction,
      isContinued: begun.last_writer === writer,
      ifUnknown,
      owns(shard) {
        const epoch = held.of(shard);
        return epoch !== undefined && kept.has(epoch);
      },
      async numbers(of, count) {
        const values = [`${of}_number`, least, count];
        return (await transaction.row<{ first: number }>("select take_numbers($1, $2, $3) as first", values))!.first;
      },
    };
    return { begun, write };
  }

  const group = createGroup<AnyCall, unknown>(together, most.calls, {
    most: most.rows,
    of: ({ kind, call }) => kind.weigh(call),
  });
  return {
    run: <Result>(work: OrderedWork<Result>) => group.run({ kind: single, call: work }) as Promise<Result>,
    kind:
      <Call, Result>(kind: KindOfWork<Call, Result>) =>
      (call: Call) =>
        group.run({ kind, call }) as Promise<Result>,
    onRollback: (forget) => void forgets.push(forget),
    idle: group.idle,
  };
}

interface Begun extends Record<Numbered, number | null> {
  readonly last_writer: number;
  readonly transaction: string;
  readonly lost: readonly unknown[] | null;
}

function sumOf(works: readonly PreparedWork<unknown>[]): Numbers {
  const sum = (of: Numbered): number => works.reduce((total, { needs }) => total + (needs[of] ?? 0), 0);
  return { observation: sum("observation"), event: sum("event"), delivery: sum("delivery") };
}

/** Works that are run one after the other. */
const single: KindOfWork<OrderedWork<unknown>, unknown> = {
  weigh: () => 1,
  prepare: async (works) => ({
    needs: {},
    async run(write) {
      const ended: Ended<unknown>[] = [];
      for (const work of works) ended.push(await answer(work, write));
      return ended;
    },
  }),
};

async function answer(work: OrderedWork<unknown>, write: OrderedWrite): Promise<Ended<unknown>> {
  try {
    return { value: await work(write) };
  } catch (error) {
    if (isAnswer(error)) return { error };
    throw error;
  }
}

/** Characters of a body that weigh as much as a row. */
const charactersOfRow = 4_096;

/** What rows with bodies weigh: neither many of them nor large ones make a transaction long. */
export const weightOf = (rows: readonly { readonly body: string }[]): number =>
  rows.reduce((sum, { body }) => sum + 1 + body.length / charactersOfRow, 0);

/** It refuses one call, which has written nothing. */
const isAnswer = (error: unknown): boolean => failureKind(error) === "answer";
