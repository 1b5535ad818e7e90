// Hosts the engine (role `writer`) or the history (role `reader`) on a thread of its own. It takes everything that has
// arrived while the last commit ran, runs it, and answers; it knows no timers.

import type { DatabaseSync } from "node:sqlite";
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { systemClock } from "../../clock.ts";
import { type Answer, type Call, commitBatch, tidy } from "./commit.ts";
import { openDatabase, openReader } from "./database.ts";
import { createEngine } from "./engine.ts";
import { type Carried, carry } from "./failure.ts";
import { createHistoryReads, type HistoryVerbs } from "./history-reads.ts";
import { migrate, migrationsDirectory, readMigrations } from "./migrate.ts";
import { readBatch } from "./read-batch.ts";

export interface ThreadData {
  readonly role: "writer" | "reader";
  readonly file: string;
}

export type ToThread = readonly Call[] | "close";

/** Answers of one batch; errors are carried. */
export type CarriedAnswer = { readonly value: unknown } | { readonly error: Carried };
export type FromThread =
  | { readonly kind: "ready" }
  | { readonly kind: "answers"; readonly batches: readonly (readonly CarriedAnswer[])[] }
  /** It could not start, or the store can no longer be trusted. */
  | { readonly kind: "failed"; readonly error: Carried };

interface Hosted {
  run(calls: readonly Call[]): readonly Answer[];
  /** What may be done after the answers are out. */
  after(): void;
  close(): void;
}

const port = parentPort!;
const say = (message: FromThread): void => port.postMessage(message);

try {
  const { role, file } = workerData as ThreadData;
  serve(role === "writer" ? hostEngine(file) : hostHistory(file));
  say({ kind: "ready" });
} catch (error) {
  say({ kind: "failed", error: carry(error) });
  port.close();
}

function serve(hosted: Hosted): void {
  port.on("message", (first: ToThread) => {
    const arrived = [first];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      arrived.push(next.message as ToThread);
    }
    const batches = arrived.filter((each) => each !== "close");
    try {
      let answers = hosted.run(batches.flat()).map(carried);
      const sliced = batches.map(({ length }) => {
        const own = answers.slice(0, length);
        answers = answers.slice(length);
        return own;
      });
      if (sliced.length > 0) say({ kind: "answers", batches: sliced });
      hosted.after();
    } catch (error) {
      say({ kind: "failed", error: carry(error) });
      port.close();
      return;
    }
    if (arrived.includes("close")) {
      hosted.close();
      port.close();
    }
  });
}

function hostEngine(file: string): Hosted {
  const database = openDatabase(file);
  migrate(database, readMigrations(migrationsDirectory), systemClock.now());
  const engine = createEngine(database, systemClock);
  return {
    run: (calls) => (calls.length === 0 ? [] : commitBatch(engine, calls)),
    after: () => tidy(engine),
    close: () => database.close(),
  };
}

function hostHistory(file: string): Hosted {
  // Opened with the first read: this thread starts beside the one that makes the file.
  let opened: { database: DatabaseSync; reads: HistoryVerbs } | null = null;
  const open = () => {
    const database = openReader(file);
    return (opened = { database, reads: createHistoryReads(database, systemClock) });
  };
  return {
    run(calls) {
      if (calls.length === 0) return [];
      const { database, reads } = opened ?? open();
      return readBatch(database, reads, calls);
    },
    after: () => undefined,
    close: () => opened?.database.close(),
  };
}

function carried(answer: Answer): CarriedAnswer {
  return "error" in answer ? { error: carry(answer.error) } : answer;
}
