// Starts a thread that hosts the engine or the history and gives the client that talks to it.

import { type ResourceLimits, Worker } from "node:worker_threads";
import { type Client, createClient } from "./client.ts";
import { Broken } from "../group-commit.ts";
import { revive } from "../failure.ts";
import type { ThreadData } from "./host.ts";
import { type FromThread, packCall, type ToThread, unpackAnswer } from "./messages.ts";

export interface Thread<Verbs> {
  readonly client: Client<Verbs>;
  /** Resolves when the thread ended by itself. */
  readonly broken: Promise<Error>;
  /** Ends it after all that was asked for is answered. */
  close(): Promise<void>;
}

/** Built files stand beside each other under the same names as their sources. */
const entry = new URL(import.meta.url.endsWith(".ts") ? "./host.ts" : "./host.js", import.meta.url);

/** Calls in one message. 64 senders who wait for one commit send again all at once: with messages of 64 the threads take
 * turns, with 16 they work side by side (1.3 times as many requests of one event). */
export const callsOfCommit = 16;

/** Rejects with what kept the thread from starting. `enough`: calls in one message. */
export async function startThread<Verbs extends object>(
  data: ThreadData,
  resourceLimits: ResourceLimits,
  enough: number,
): Promise<Thread<Verbs>> {
  const worker = new Worker(entry, {
    workerData: data,
    transferList: [data.beside],
    resourceLimits,
    name: `belfry store ${data.role}`,
  });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const send = (message: ToThread): void => worker.postMessage(message);
  // What one look at the sockets brings crosses in one message, or in few: one for each call would cost more than the calls.
  const client = createClient<Verbs>((calls) => send(calls.map(packCall)), setImmediate, enough);
  const broken = Promise.withResolvers<Error>();
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let closing = false;

  const fail = (error: Error): void => {
    ready.reject(error);
    if (closing) return;
    client.fail(new Broken(`the store has failed: ${error.message}`, { cause: error }));
    broken.resolve(error);
  };

  worker.on("message", (message: FromThread) => {
    if (message.kind === "ready") ready.resolve();
    else if (message.kind === "failed") fail(revive(message.error));
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
    async close() {
      await client.drain();
      closing = true;
      send("close");
      await exited.promise;
    },
  };
}
