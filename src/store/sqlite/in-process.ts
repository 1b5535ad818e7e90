// Runs the engine and the history in the caller's thread, over one connection: for tests. The same operations, transactions and
// answers as on threads; `asMessages`: packed and copied as between threads, too.

import type { Clock } from "../../clock.ts";
import { createCheckpointer } from "./file/checkpoint.ts";
import { type CopyTo, copyDatabase } from "./file/copy-database.ts";
import type { Operations } from "./engine.ts";
import { Broken, type Call, closeEngine, commitBatch, type OperationResult } from "./group-commit.ts";
import { type Opening, openEngine } from "./open-engine.ts";
import type { HistoryOperations } from "../history-operations.ts";
import { createHistoryReads } from "./statements/history-reads.ts";
import { type Client, createClient } from "./thread/client.ts";
import { packAnswer, packCall, unpackAnswer, unpackCall } from "./thread/messages.ts";
import { readBatch } from "./thread/read-batch.ts";

/** The engine and the history at work, wherever they are hosted. */
export interface Running {
  readonly writer: Client<Operations>;
  readonly reader: Client<HistoryOperations>;
  readonly copyTo: CopyTo;
  /** Resolves when one of them has failed for good. */
  readonly broken: Promise<Error>;
}

export function runInProcess(
  opening: Opening,
  clock: Clock,
  opened: AsyncDisposableStack,
  asMessages = false,
): Running {
  const run = asMessages ? runAsMessages : runAsTheyAre;
  const engine = openEngine(opening, clock);
  opened.defer(() => closeEngine(engine));
  const checkpointer = createCheckpointer(engine, null);
  const reads = createHistoryReads(engine.database, clock);
  const broken = Promise.withResolvers<Error>();

  const writer: Client<Operations> = createClient<Operations>((calls) => {
    try {
      const answers = run(calls, (each) => commitBatch(engine, each));
      queueMicrotask(() => writer.answered(answers));
      checkpointer.after();
    } catch (error) {
      const failure = error instanceof Broken ? error : new Broken(String(error), { cause: error });
      writer.fail(failure);
      broken.resolve(failure);
    }
  }, queueMicrotask);
  const reader: Client<HistoryOperations> = createClient<HistoryOperations>((calls) => {
    const answers = run(calls, (each) => readBatch(engine.database, reads, each));
    queueMicrotask(() => reader.answered(answers));
  }, queueMicrotask);

  opened.defer(() => reader.drain());
  opened.defer(() => writer.drain());
  const copyTo: CopyTo = (target, onProgress) => copyDatabase(engine.database, target, onProgress);
  return { writer, reader, copyTo, broken: broken.promise };
}

type RunBatch = (calls: readonly Call[]) => readonly OperationResult[];

const runAsTheyAre = (calls: readonly Call[], batch: RunBatch): readonly OperationResult[] => batch(calls);

function runAsMessages(calls: readonly Call[], batch: RunBatch): readonly OperationResult[] {
  const heard = structuredClone(calls.map(packCall)).map(unpackCall);
  const said = batch(heard).map((answer, index) => packAnswer(heard[index]![0], answer));
  return structuredClone(said).map(unpackAnswer);
}
