// Hosts the store's engine as its thread does: batches of calls wait their turn at the disk, are committed, and are
// answered later, all in virtual time. Whatever runs in a committed transaction is told to the oracle in the order in
// which it ran.

import { BelfryError } from "../../src/errors.ts";
import type { SeededRandom } from "../../src/simulator/random.ts";
import { type Client, createClient } from "../../src/store/sqlite/thread/client.ts";
import { type OperationResult, type Call, commitBatch } from "../../src/store/sqlite/group-commit.ts";
import { createEngine, type Engine, type Operations } from "../../src/store/sqlite/engine.ts";
import { createLedger } from "../../src/store/sqlite/ports/ledger.ts";
import { createHistory } from "../../src/store/sqlite/ports/history.ts";
import { createReplayStore } from "../../src/store/sqlite/ports/replays.ts";
import { createRegistry } from "../../src/store/sqlite/ports/registry.ts";
import type { HistoryOperations } from "../../src/store/history-operations.ts";
import { createHistoryReads } from "../../src/store/sqlite/statements/history-reads.ts";
import { readBatch } from "../../src/store/sqlite/thread/read-batch.ts";
import { createCheckpointer } from "../../src/store/sqlite/file/checkpoint.ts";
import type { History } from "../../src/store/history.ts";
import type { Ledger } from "../../src/store/ledger.ts";
import type { Registry } from "../../src/store/registry.ts";
import type { ReplayStore } from "../../src/store/replays.ts";
import type { Vault } from "../../src/store/vault.ts";
import type { Clock } from "../../src/clock.ts";
import { createDisk, type Disk, type Fault } from "./disk.ts";
import type { Timeline } from "./timeline.ts";

/** A process as its surroundings see it. */
export interface Life {
  readonly id: number;
  /** Ended: nothing it waits for comes any more. */
  dead: boolean;
  /** Another owner has taken over. */
  fenced: boolean;
  readonly clock: Clock;
  /** Wraps what comes into the process from outside, so that a dead one hears nothing and a stopped one later. */
  gate<Given extends readonly unknown[]>(then: (...given: Given) => void): (...given: Given) => void;
}

/** One verb that ran, and what it answered. */
export interface Deed {
  readonly life: Life;
  readonly verb: string;
  readonly given: readonly unknown[];
  readonly result: unknown;
}

export interface HostDeps {
  readonly timeline: Timeline;
  readonly random: SeededRandom;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly committed: (deeds: readonly Deed[]) => void;
  readonly trouble: Trouble;
}

/** What the nemesis decides about one batch. */
export interface Trouble {
  /** ms until the disk has done it, and from then until the answer. */
  delays(verbs: readonly string[]): { readonly service: number; readonly answer: number };
  fault(life: Life, verbs: readonly string[]): Fault | null;
  /** The fault struck, or not. */
  struck(fault: Fault): void;
  /** Written, but the caller hears that it was not. */
  losesAnswer(verbs: readonly string[]): boolean;
  /** The store broke: the process must end. */
  broke(life: Life): void;
  /** The power is gone. */
  dark(): void;
}

export interface HostedStore {
  readonly ledger: Ledger;
  readonly registry: Registry;
  readonly replays: ReplayStore;
  readonly history: History;
}

export interface Host {
  readonly disk: Disk;
  open(life: Life): HostedStore;
  /** Loses everything but what was committed. */
  crash(): void;
}

/** What a process may write that is not the owner: a server in front of it would no longer let it through to here. */
const anybodysWrites = new Set([
  "appendObservations",
  "change",
  "resend",
  "replay",
  "allocate",
  "addReplay",
  "cancelReplay",
]);

export function createHost(deps: HostDeps): Host {
  const { timeline, trouble } = deps;
  let deeds: Deed[] = [];
  let actor: Life | null = null;
  const disk = createDisk(
    {
      begun: () => (deeds = []),
      committed: () => deps.committed(deeds),
      undone: () => (deeds = []),
    },
    timeline.wall(),
  );
  let engine = open();
  let tidy = createCheckpointer(engine, null);
  const reads = createHistoryReads(disk.database, deps.clock);
  let freeAt = 0;

  function open(): Engine {
    const made = createEngine(disk.database, deps.clock);
    const verbs = Object.fromEntries(
      Object.entries(made.operations).map(([verb, run]) => [
        verb,
        (...given: readonly unknown[]) => {
          const result = (run as (...given: readonly unknown[]) => unknown)(...given);
          deeds.push({ life: actor!, verb, given, result });
          return result;
        },
      ]),
    );
    return { ...made, operations: verbs as unknown as Operations };
  }

  /** Null: nobody is left to hear an answer. */
  function commit(life: Life, calls: readonly Call[], client: Client<Operations>): readonly OperationResult[] | null {
    const verbs = calls.map(([verb]) => verb);
    const fault = trouble.fault(life, verbs);
    disk.arm(fault);
    actor = life;
    try {
      const answers = commitBatch(engine, calls);
      tidy.after();
      if (trouble.losesAnswer(verbs)) return calls.map(() => ({ error: lost() }));
      return answers;
    } catch (error) {
      if (disk.struck()?.kind === "power") trouble.dark();
      else {
        client.fail(error as Error);
        trouble.broke(life);
      }
      return null;
    } finally {
      const struck = disk.struck();
      if (struck !== null) trouble.struck(struck);
    }
  }

  /** Reads what is committed; nothing goes wrong there but that the process ends. */
  function reader(life: Life): Client<HistoryOperations> {
    const answers: (readonly OperationResult[])[] = [];
    const answered = life.gate(() => client.answered(answers.shift()!));
    const client: Client<HistoryOperations> = createClient<HistoryOperations>((calls) => {
      timeline.after(1, () => {
        if (life.dead) return;
        answers.push(readBatch(disk.database, reads, calls));
        timeline.after(1, answered);
      });
    }, queueMicrotask);
    return client;
  }

  /** Who has lost the ownership has lost its clients as well; what an owner writes is stopped by the epoch alone. */
  const isCutOff = (life: Life, [verb, given]: Call): boolean =>
    life.fenced && (anybodysWrites.has(verb) || (verb === "accept" && given[1] === null));

  return {
    disk,
    open(life) {
      const answers: (readonly OperationResult[])[] = [];
      const answered = life.gate(() => client.answered(answers.shift()!));
      const client: Client<Operations> = createClient<Operations>((calls) => {
        if (life.dead) return;
        const { service, answer } = trouble.delays(calls.map(([verb]) => verb));
        freeAt = Math.max(freeAt, timeline.now()) + service;
        timeline.at(freeAt, () => {
          if (life.dead) return;
          const allowed = calls.filter((call) => !isCutOff(life, call));
          const results = allowed.length === 0 ? [] : commit(life, allowed, client);
          if (results === null) return;
          const rest = results.values();
          answers.push(calls.map((call) => (isCutOff(life, call) ? { error: lost() } : rest.next().value!)));
          timeline.after(answer, answered);
        });
      }, queueMicrotask);
      return {
        ledger: createLedger(client),
        registry: createRegistry(client, deps.vault, deps.clock),
        replays: createReplayStore(client),
        history: createHistory(reader(life), deps.clock),
      };
    },
    crash() {
      disk.crash();
      freeAt = 0;
      engine = open();
      tidy = createCheckpointer(engine, null);
    },
  };
}

const lost = () => new BelfryError("UNAVAILABLE", "The connection to the store was lost.");
