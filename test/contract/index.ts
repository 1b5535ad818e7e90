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
import { testReplays } from "./replays.ts";
import { testRegistry } from "./registry.ts";
import { testSignIns } from "./sign-ins.ts";
import { testSequences } from "./sequences.ts";
import { testSettling } from "./settle.ts";
import { testTakeOver } from "./ownership.ts";

/** Opens an empty store with which a topic runs; the suite closes what it opened. */
export type Open = () => Promise<Store>;

export function testStore(name: string, open: Open): void {
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
    testRegistry(openNoted);
    testObservationLog(openNoted);
    testAcceptance(openNoted);
    testOwnership(openNoted);
    testTakeOver(openNoted);
    testSettling(openNoted);
    testClasses(openNoted);
    testLines(openNoted);
    testNewest(openNoted);
    testSequences(openNoted);
    testHastening(openNoted);
    testReplays(openNoted);
    testMinutes(openNoted);
    testEntries(openNoted);
    testForgetting(openNoted);
    testHistory(openNoted);
    testSignIns(openNoted);
  });
}
