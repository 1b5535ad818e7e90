// The engine: every operation of ledger and registry as a plain synchronous function over one connection. It opens no
// transaction (group-commit.ts does) and waits for nothing (its host does).

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import type { KeyCheck } from "../master-key-check.ts";
import { type Accept, createAccept } from "./statements/accept.ts";
import { createAudit } from "./statements/audit.ts";
import { createEngineContext, type EngineContext } from "./statements/engine-context.ts";
import { createPruning, type Prune } from "./statements/retention.ts";
import { createIdempotencyKeys } from "./statements/idempotency-keys.ts";
import { createDeliveriesByLane } from "./statements/deliveries-by-lane.ts";
import { createEntries, type Entries } from "./statements/entries.ts";
import { createErasePerson, type ErasePerson } from "./statements/erase.ts";
import { createLines } from "./statements/lines.ts";
import { createNewest } from "./statements/newest.ts";
import { createMinutes, type Minutes } from "./statements/minutes.ts";
import { createObservationLog, type ObservationLogOperations } from "./statements/observation-log.ts";
import { createDue, type DueOperations } from "./statements/due.ts";
import { createHasten, type HastenOperations } from "./statements/hasten.ts";
import { createOweAgain, type OweAgainOperations } from "./statements/owe-again.ts";
import { createReplays, type ReplayOperations } from "./statements/replays.ts";
import { createRegistryEngine, type RegistryOperations } from "./statements/registry.ts";
import { createSignIns, type SignInOperations } from "./statements/sign-ins.ts";
import { createSequences } from "./statements/sequences.ts";
import { createSettle, type SettleOperations } from "./statements/settle.ts";
import { createStarted } from "./statements/started.ts";
import { createRemoveOrganization, type RemoveOrganizationOperations } from "./statements/remove-organization.ts";
import { createOwnRetentions } from "./statements/own-retention.ts";
import { createOwnership, type OwnershipOperations } from "./statements/ownership.ts";
import { createWithdrawals, type Withdrawals } from "./statements/withdrawals.ts";

export interface Operations
  extends ObservationLogOperations,
    OwnershipOperations,
    DueOperations,
    HastenOperations,
    OweAgainOperations,
    ReplayOperations,
    SettleOperations,
    RegistryOperations,
    SignInOperations,
    RemoveOrganizationOperations,
    Pick<Minutes, "readMinutes">,
    Pick<Entries, "findCall">,
    Pick<Withdrawals, "withdraw"> {
  accept: Accept;
  erasePerson: ErasePerson;
  prune: Prune;
  /** Of each lane the last number given. */
  lastSequences(lanes: readonly number[]): readonly number[];
  /** Asks for an empty WAL. Whether it was empty since the last slice of an erasure. */
  emptyWal(): boolean;
  /** The check that the database was made with; a new database takes the one offered. */
  keyCheck(offered: KeyCheck): KeyCheck;
  /** Names the store for good, unless it has a name: all its backups carry it. */
  identify(name: string): void;
}

export interface Engine {
  readonly database: DatabaseSync;
  readonly operations: Operations;
  /** Sorts in a few rows behind the work (sort-behind.ts); must come last in a transaction. */
  extend(): void;
  /** The epoch of a new owner is in the WAL and not in the main file yet. */
  ownerIsNew: boolean;
  /** What was erased may lie in the WAL: `asked` to empty it, not asked yet (`kept`), or nothing does. */
  erased: "asked" | "kept" | "nowhere";
  /** Must follow every rollback. */
  reset(): void;
}

export function createEngine(database: DatabaseSync, clock: Clock): Engine {
  const context = createEngineContext(database);
  const idempotencyKeys = createIdempotencyKeys(context);
  const started = createStarted(context);
  const lines = createLines(context);
  const newest = createNewest(context, lines.ended);
  const minutes = createMinutes(context);
  const entries = createEntries(context);
  const deliveriesByLane = createDeliveriesByLane(context);
  const writeAudit = createAudit(context);
  const withdrawals = createWithdrawals(context, lines.ended);
  const sequences = createSequences(context);
  const oweAgain = createOweAgain(context, withdrawals, sequences);
  const ownRetentions = createOwnRetentions(context);
  const pruning = createPruning(context, clock, idempotencyKeys, ownRetentions, lines.ended);
  const removing = createRemoveOrganization(context, clock, ownRetentions, writeAudit, () => {
    deliveriesByLane.complete();
    idempotencyKeys.complete();
  });
  const operations: Operations = {
    prune: pruning.prune,
    ...createObservationLog(context, idempotencyKeys),
    ...createOwnership(context, started, lines),
    ...createDue(context, lines, newest),
    ...createHasten(context),
    ...oweAgain,
    ...createReplays(context, oweAgain, writeAudit, lines.ended),
    ...createSettle(context, started, lines, newest),
    ...createRegistryEngine(context, withdrawals, ownRetentions, writeAudit),
    withdraw: withdrawals.withdraw,
    ...createSignIns(context, writeAudit),
    ...removing.operations,
    readMinutes: minutes.readMinutes,
    findCall: entries.findCall,
    erasePerson: createErasePerson(context, lines.ended),
    emptyWal: () => true,
    lastSequences: (lanes) => lanes.map(sequences.last),
    accept: createAccept(context, idempotencyKeys, minutes, entries, sequences, newest),
    keyCheck: (offered) => keyCheck(context, offered),
    identify(name) {
      if (context.meta("store") === undefined) context.setMeta("store", name);
    },
  };
  const engine: Engine = {
    database,
    operations: {
      ...operations,
      prune(...given) {
        deliveriesByLane.complete();
        return operations.prune(...given);
      },
      erasePerson(...given) {
        engine.erased = "kept";
        deliveriesByLane.complete();
        return operations.erasePerson(...given);
      },
      emptyWal() {
        if (engine.erased === "kept") engine.erased = "asked";
        return engine.erased === "nowhere";
      },
      acquire(...given) {
        engine.ownerIsNew = true;
        newest.reset();
        return operations.acquire(...given);
      },
    },
    extend() {
      deliveriesByLane.extend();
      idempotencyKeys.extend();
    },
    ownerIsNew: false,
    erased: "nowhere",
    reset() {
      context.reset();
      sequences.reset();
      started.reset();
      lines.reset();
      newest.reset();
      minutes.reset();
      deliveriesByLane.reset();
      idempotencyKeys.reset();
      pruning.reset();
      removing.reset();
    },
  };
  return engine;
}

function keyCheck(context: EngineContext, offered: KeyCheck): KeyCheck {
  const keyId = context.meta("master_key_id");
  const sealed = context.meta("master_key_check");
  if (typeof keyId === "string" && sealed instanceof Uint8Array) return { keyId, sealed };
  context.setMeta("master_key_id", offered.keyId);
  context.setMeta("master_key_check", offered.sealed);
  return offered;
}
