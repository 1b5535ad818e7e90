// The engine: every verb of ledger and registry as a plain synchronous function over one connection. It opens no
// transaction and waits for nothing; commit.ts does the one, whoever hosts it the other.

import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../clock.ts";
import { type Accept, createAccept } from "./statements/accept.ts";
import { createAudit } from "./statements/audit.ts";
import { createDesk } from "./statements/engine-context.ts";
import { createForgetting, type Forget } from "./statements/retention.ts";
import { createInputs } from "./statements/idempotency-keys.ts";
import { createLaneLog } from "./statements/deliveries-by-lane.ts";
import { createLog, type LogVerbs } from "./statements/observation-log.ts";
import { createOwn, type OwnVerbs } from "./statements/due.ts";
import { createRegistryEngine, type RegistryVerbs } from "./statements/registry.ts";
import { createSettle, type SettleVerbs } from "./statements/settle.ts";
import { createSuspects } from "./statements/started.ts";
import { createTakeOver, type TakeOverVerbs } from "./statements/ownership.ts";

/** Tells whether a master key is the right one without holding it. */
interface KeyCheck {
  readonly keyId: string;
  readonly sealed: Uint8Array;
}

export interface Verbs extends LogVerbs, TakeOverVerbs, OwnVerbs, SettleVerbs, RegistryVerbs {
  accept: Accept;
  forget: Forget;
  /** The check that the database was made with; a new database takes the one offered. */
  keyCheck(offered: KeyCheck): KeyCheck;
}

export interface Engine {
  readonly database: DatabaseSync;
  readonly verbs: Verbs;
  /** Takes a little of what is behind along; must come last in a transaction. */
  extend(): void;
  /** The owner has changed, and the main file does not know it yet. */
  ownerIsNew: boolean;
  /** Must follow every rollback. */
  reset(): void;
}

export function createEngine(database: DatabaseSync, clock: Clock): Engine {
  const desk = createDesk(database);
  const inputs = createInputs(desk);
  const suspects = createSuspects(desk);
  const laneLog = createLaneLog(desk);
  const forgetting = createForgetting(desk, clock, inputs);
  const verbs: Verbs = {
    forget: forgetting.forget,
    ...createLog(desk, inputs),
    ...createTakeOver(desk, suspects),
    ...createOwn(desk),
    ...createSettle(desk, suspects),
    ...createRegistryEngine(desk, createAudit(desk)),
    accept: createAccept(desk, inputs),
    keyCheck(offered) {
      const keyId = desk.meta("master_key_id");
      const sealed = desk.meta("master_key_check");
      if (typeof keyId === "string" && sealed instanceof Uint8Array) return { keyId, sealed };
      desk.setMeta("master_key_id", offered.keyId);
      desk.setMeta("master_key_check", offered.sealed);
      return offered;
    },
  };
  const engine: Engine = {
    database,
    verbs: {
      ...verbs,
      forget(...given) {
        laneLog.complete();
        return verbs.forget(...given);
      },
      own(...given) {
        engine.ownerIsNew = true;
        return verbs.own(...given);
      },
    },
    extend() {
      laneLog.extend();
      inputs.extend();
    },
    ownerIsNew: false,
    reset() {
      desk.reset();
      suspects.reset();
      laneLog.reset();
      inputs.reset();
      forgetting.reset();
    },
  };
  return engine;
}
