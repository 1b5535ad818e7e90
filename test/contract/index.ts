// The contract of the store: one suite for every engine, spoken only through the ports.

import { afterEach, describe } from "node:test";
import type { Store } from "../../src/store/store.ts";
import { testHistory } from "./history.ts";
import { testClasses } from "./classes.ts";
import { testAcceptance, testObservationLog, testOwnership } from "./ledger.ts";
import { testEntries } from "./entries.ts";
import { testHastening } from "./hasten.ts";
import { testMinutes } from "./minutes.ts";
import { testNewest } from "./newest.ts";
import { testLines } from "./lines.ts";
import { testForgetting } from "./retention.ts";
import { testOwnRetention } from "./own-retention.ts";
import { testReplays } from "./replays.ts";
import { testRegistry } from "./registry.ts";
import { testSignIns } from "./sign-ins.ts";
import { testSequences } from "./sequences.ts";
import { testSettling } from "./settle.ts";
import { testTakeOver } from "./ownership.ts";

/** Opens an empty store with which a topic runs; the suite closes what it opened. */
export type Open = () => Promise<Store>;

const topics = {
  registry: testRegistry,
  observationLog: testObservationLog,
  acceptance: testAcceptance,
  ownership: testOwnership,
  takeOver: testTakeOver,
  settling: testSettling,
  classes: testClasses,
  lines: testLines,
  newest: testNewest,
  sequences: testSequences,
  hastening: testHastening,
  replays: testReplays,
  minutes: testMinutes,
  entries: testEntries,
  forgetting: testForgetting,
  ownRetention: testOwnRetention,
  history: testHistory,
  signIns: testSignIns,
} as const satisfies Record<string, (open: Open) => void>;

export type Topic = keyof typeof topics;

/** `only`: these topics; absent: all. */
export function testStore(name: string, open: Open, only = Object.keys(topics) as readonly Topic[]): void {
  describe(name, () => {
    const opened: Store[] = [];
    const openNoted: Open = async () => {
      const store = await open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });
    for (const topic of only) topics[topic](openNoted);
  });
}
