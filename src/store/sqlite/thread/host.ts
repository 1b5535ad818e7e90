// The thread that hosts the engine (role `writer`) or the history (role `reader`). It takes everything that arrived while the
// last commit ran, runs it, and answers; it has no timers. The reader also makes checkpoints when the writer asks for them.

import { fdatasyncSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { systemClock } from "../../../clock.ts";
import { compactHeap } from "../../../compact-heap.ts";
import { type OperationResult, type Call, closeEngine, commitBatch } from "../group-commit.ts";
import { openCheckpointConnection, openReader } from "../file/database.ts";
import { type Opening, openEngine } from "../open-engine.ts";
import { carry, damaged, startFailure } from "../failure.ts";
import type { HistoryOperations } from "../../history-operations.ts";
import { createHistoryReads } from "../statements/history-reads.ts";
import { readBatch } from "./read-batch.ts";
import { checkpoint, createCheckpointer } from "../file/checkpoint.ts";
import { copyDatabase } from "../file/copy-database.ts";
import { type CarriedAnswer, type FromThread, packAnswer, type ToThread, unpackCall } from "./messages.ts";

export interface ThreadData {
  readonly role: "writer" | "reader";
  readonly opening: Opening;
  /** File descriptor of the same file, to sync it after a checkpoint. */
  readonly handle: number;
  /** Between the writer and the reader. */
  readonly beside: MessagePort;
}

interface Hosted {
  /** Whether the calls of all messages that have arrived run together; else each message is answered before the next. */
  readonly together: boolean;
  run(calls: readonly Call[]): readonly OperationResult[];
  /** Work that may follow the answers. */
  after(): void;
  /** Copies the database to a file. Work goes on meanwhile. Ends early, and rejects, when `stopped` says so. */
  copyTo(target: string, stopped: () => boolean): Promise<void>;
  close(): void;
}

const port = parentPort!;
const say = (message: FromThread): void => port.postMessage(message);

const { role, opening, handle, beside } = workerData as ThreadData;
try {
  serve(role === "writer" ? hostEngine(opening) : hostHistory(opening.file));
  // An open port to the other thread must not keep this one alive.
  beside.unref();
  say({ kind: "ready" });
  compactHeap();
} catch (error) {
  say({ kind: "failed", error: carry(startFailure(error, opening.file, damaged)) });
  port.close();
}

/** Between writer and reader: the request for a checkpoint, and whether it could be made. */
type Beside = "checkpoint" | { readonly worked: boolean };

function pass(message: Beside): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  beside.postMessage(message);
}

function onBeside(hear: (message: Beside) => void): void {
  beside.on("message", (message: Beside) => {
    try {
      hear(message);
    } catch (error) {
      end(error);
    }
  });
}

/** The store can no longer be trusted. */
function end(error: unknown): void {
  say({ kind: "failed", error: carry(error) });
  port.close();
}

function serve(hosted: Hosted): void {
  let copying: Promise<void> | null = null;
  let stopped = false;
  const close = (): void => {
    hosted.close();
    port.close();
  };
  port.on("message", (first: ToThread) => {
    const arrived = [first];
    const more = () => (hosted.together ? receiveMessageOnPort(port) : undefined);
    for (let next = more(); next !== undefined; next = more()) arrived.push(next.message as ToThread);
    const batches = arrived.filter(isBatch);
    try {
      const calls = batches.flat().map(unpackCall);
      const answers = hosted.run(calls).map((answer, index) => packAnswer(calls[index]![0], answer));
      if (batches.length > 0) say({ kind: "answers", batches: split(answers, batches) });
      hosted.after();
    } catch (error) {
      end(error);
      return;
    }
    for (const each of arrived) {
      if (typeof each === "object" && "copyTo" in each) copying = copy(hosted, each.copyTo, () => stopped);
    }
    if (!arrived.includes("close")) return;
    stopped = true;
    // Closing the file under a copy would end the process.
    if (copying === null) close();
    else void copying.then(close);
  });
}

const isBatch = (message: ToThread): message is readonly Call[] => Array.isArray(message);

async function copy(hosted: Hosted, target: string, stopped: () => boolean): Promise<void> {
  try {
    await hosted.copyTo(target, stopped);
    say({ kind: "copied", error: null });
  } catch (error) {
    say({ kind: "copied", error: carry(error) });
  }
}

function hostEngine(opening: Opening): Hosted {
  const engine = openEngine(opening, systemClock);
  const checkpointer = createCheckpointer(engine, () => pass("checkpoint"));
  onBeside((message) => {
    if (message !== "checkpoint") checkpointer.copied(message.worked);
  });
  return {
    together: true,
    run: (calls) => (calls.length === 0 ? [] : commitBatch(engine, calls)),
    after: () => checkpointer.after(),
    copyTo: (target, stopped) =>
      copyDatabase(engine.database, target, (copied, bytes) => {
        if (stopped()) throw new Error("the store is being closed");
        say({ kind: "copying", copied, bytes });
      }),
    close: () => closeEngine(engine),
  };
}

function hostHistory(file: string): Hosted {
  // Opened with the first read: this thread starts beside the one that makes the file.
  let opened: { database: DatabaseSync; reads: HistoryOperations } | null = null;
  const open = () => {
    const database = openReader(file);
    return (opened = { database, reads: createHistoryReads(database, systemClock) });
  };
  let copier: DatabaseSync | null = null;
  onBeside((message) => {
    if (message !== "checkpoint") return;
    const left = checkpoint((copier ??= openCheckpointConnection(file)));
    // SQLite itself syncs only at the end of the WAL; the writer, which copies that, would wait for all of it.
    if (left !== null) fdatasyncSync(handle);
    pass({ worked: left !== null });
  });
  return {
    // An answer can be large. Its memory is free again before the next read.
    together: false,
    run(calls) {
      if (calls.length === 0) return [];
      const { database, reads } = opened ?? open();
      return readBatch(database, reads, calls);
    },
    after: () => undefined,
    copyTo: () => Promise.reject(new Error("the reader copies nothing")),
    close() {
      opened?.database.close();
      copier?.close();
    },
  };
}

/** Splits the answers to all calls by the batches of the calls. */
function split(answers: readonly CarriedAnswer[], batches: readonly (readonly Call[])[]) {
  let from = 0;
  return batches.map(({ length }) => answers.slice(from, (from += length)));
}
