// Starts the threads that host the engine (the writer) and the history (the reader), and gives the clients that call them.

import { MessageChannel, type ResourceLimits, Worker } from "node:worker_threads";
import { type Client, createClient } from "./client.ts";
import type { Operations } from "../engine.ts";
import type { HistoryOperations } from "../../history-operations.ts";
import { Broken } from "../group-commit.ts";
import { revive } from "../failure.ts";
import type { CopyTo } from "../file/copy-database.ts";
import type { CopyProgress } from "../../store.ts";
import type { ThreadData } from "./host.ts";
import { type FromThread, packCall, type ToThread, unpackAnswer } from "./messages.ts";

interface Thread<Calls> {
  readonly client: Client<Calls>;
  readonly copyTo: CopyTo;
  /** Resolves when the thread has failed. */
  readonly broken: Promise<Error>;
  /** Ends the thread after every call is answered. */
  close(): Promise<void>;
}

/** Built files have the names of their sources. */
const entry = new URL(import.meta.url.endsWith(".ts") ? "./host.ts" : "./host.js", import.meta.url);

/** Calls in one message to the writer. 64 senders who wait for one commit all send again at once: with messages of 64 the
 * threads take turns, with 16 they work side by side (1.3 times as many requests of one event). */
const callsOfCommit = 16;

const writerLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
const readerLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

interface Threads {
  readonly writer: Thread<Operations>;
  readonly reader: Thread<HistoryOperations>;
  /** As `Store.copyTo`, by the writer. */
  readonly copyTo: CopyTo;
}

/** Starts both at the same time. A thread that has started is closed with `opened`, also when the other failed to start. Rejects
 * with the error of the one that failed. */
export async function startThreads(
  file: Pick<ThreadData, "opening" | "handle">,
  opened: AsyncDisposableStack,
): Promise<Threads> {
  const beside = new MessageChannel();
  const starting = [
    startThread<Operations>({ ...file, role: "writer", beside: beside.port1 }, writerLimits, callsOfCommit),
    startThread<HistoryOperations>({ ...file, role: "reader", beside: beside.port2 }, readerLimits, 1),
  ] as const;
  for (const each of await Promise.allSettled(starting)) {
    if (each.status === "fulfilled") opened.defer(() => each.value.close());
  }
  const [writer, reader] = await Promise.all(starting);
  return { writer, reader, copyTo: writer.copyTo };
}

/** Rejects with the error that kept the thread from starting. `enough`: calls in one message. */
async function startThread<Calls extends object>(
  data: ThreadData,
  resourceLimits: ResourceLimits,
  enough: number,
): Promise<Thread<Calls>> {
  const worker = new Worker(entry, {
    workerData: data,
    transferList: [data.beside],
    resourceLimits,
    name: `belfry store ${data.role}`,
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const send = (message: ToThread): void => worker.postMessage(message);
  // The calls that one turn of the event loop brings cross in few messages: one for each would cost more than the calls.
  const client = createClient<Calls>((calls) => send(calls.map(packCall)), setImmediate, enough);
  const broken = Promise.withResolvers<Error>();
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let closing = false;
  /** The copy that is being made; null: none is. */
  let copying: { readonly onProgress: CopyProgress; readonly done: PromiseWithResolvers<void> } | null = null;
  const copied = (error: Error | null): void => {
    if (error === null) copying?.done.resolve();
    else copying?.done.reject(error);
    copying = null;
  };

  const fail = (error: Error): void => {
    ready.reject(error);
    copied(new Error("the store ended before the copy was done", { cause: error }));
    if (closing) return;
    client.fail(new Broken(`the store has failed: ${error.message}`, { cause: error }));
    broken.resolve(error);
  };

  worker.on("message", (message: FromThread) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "failed") fail(revive(message.error));
    else if (message.kind === "copying") copying?.onProgress(message.copied, message.bytes);
    else if (message.kind === "copied") copied(message.error === null ? null : revive(message.error));
    // Under --watch Node says on the same port which files the thread has loaded.
    else if (message.kind === "answers")
      for (const answers of message.batches) client.answered(answers.map(unpackAnswer));
  });
  worker.on("error", fail);
  worker.on("exit", (code) => {
    fail(new Error(`the ${data.role} thread of the store ended with code ${code}`));
    exited.resolve();
  });

  await ready.promise;
  return {
    client,
    broken: broken.promise,
    copyTo(target, onProgress) {
      const done = Promise.withResolvers<void>();
      copying = { onProgress, done };
      send({ copyTo: target });
      return done.promise;
    },
    async close() {
      await client.drain();
      closing = true;
      send("close");
      await exited.promise;
    },
  };
}
