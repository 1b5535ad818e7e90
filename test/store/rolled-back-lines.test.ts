// Heads of lines that were read are known after a rollback, which throws away what the engine remembers of its file.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { addOrganization, noon, owe, owed, refusal, settlement } from "../contract/samples.ts";

test("what was read stays alone in its line after a rollback, whatever is due before it", async () => {
  const masterKey = new Uint8Array(32).fill(7);
  const store = await openSqliteInProcess({ directory: null, masterKey, clock: systemClock });
  const { ledger } = store;
  await addOrganization(store.registry);
  const { epoch } = await ledger.acquire(noon, 0);
  const readable = async () => {
    for (;;) {
      const [answer] = await ledger.readDue(epoch, noon, [{ lane: 1, class: "live", limit: 1, inOrder: true }]);
      if (answer!.moved === 0) return answer!.rows.map(({ number }) => number);
    }
  };
  const [one] = await owe(store, "a", [owed(1)]);
  assert.deepEqual(await readable(), [one]);
  const unwritable = settlement(one!, 1, { outcome: refusal, next: { due: Number.NaN, inOrder: true } });
  await assert.rejects(ledger.settle(epoch, [unwritable]));
  // The clock was set back, so a read meets it first.
  const [two] = await owe(store, "b", [owed(1)], { acceptedAt: noon - 1_000 });
  assert.deepEqual(await readable(), [one]);
  await ledger.settle(epoch, [settlement(one!, 1)]);
  assert.deepEqual(await readable(), [two]);
  await store.close();
});
