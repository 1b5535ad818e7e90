// Counts comparisons in constant time: time itself cannot be measured well enough for a test.

import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";

/** Returns how many have been made since. Ends with the test. */
export function callsOfTimingSafeEqual(t: TestContext): () => number {
  const { mock } = t.mock.method(crypto, "timingSafeEqual");
  syncBuiltinESMExports();
  t.after(() => {
    mock.restore();
    syncBuiltinESMExports();
  });
  return () => mock.callCount();
}
