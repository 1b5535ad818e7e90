// The oracle of minutes sees each way in which the store could lose, keep or change one.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemClock as clock } from "../../src/clock.ts";
import type { MinuteOf } from "../../src/model/minute.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { addOrganization, minute, noon, progress } from "../contract/samples.ts";
import type { Judge } from "./oracle/judge.ts";
import { createMinuteFacts } from "./oracle/minutes.ts";

/** What the oracle says when these minutes were written, and it was told of those. */
async function judged(written: readonly MinuteOf[], told: readonly MinuteOf[], prunedBefore: number | null = null) {
  const directory = mkdtempSync(join(tmpdir(), "belfry-minutes-"));
  const store = await openSqliteInProcess({ directory, masterKey: new Uint8Array(32), clock });
  await addOrganization(store.registry);
  const { epoch } = await store.ledger.acquire(noon, 0);
  await store.ledger.accept([], progress(epoch, 0, { minutes: written }));
  await store.close();
  const truth = new DatabaseSync(join(directory, "belfry.sqlite"));
  const said: string[] = [];
  const judge = { check: (fine: boolean, _: number, say: () => string) => void (fine || said.push(say())) } as Judge;
  const facts = createMinuteFacts(judge, () => truth);
  facts.written(told);
  if (prunedBefore !== null) facts.pruned(prunedBefore);
  facts.check();
  truth.close();
  rmSync(directory, { recursive: true });
  return said.length;
}

test("the oracle of minutes is content with what was written, and with nothing else", async () => {
  const [one, two] = [minute(noon), minute(noon + 60_000, { value: 7 })];
  assert.equal(await judged([one, two], [two, one]), 0);
  assert.equal(await judged([one, two], [minute(noon, { value: 1 }), one, two]), 0);
  assert.equal(await judged([one], [one, two], noon + 60_001), 0);
  assert.ok((await judged([one], [one, two])) > 0);
  assert.ok((await judged([one, two], [one])) > 0);
  assert.ok((await judged([one], [{ ...one, revision: 1 }])) > 0);
  assert.ok((await judged([one], [{ ...one, series: "traffic" }])) > 0);
  assert.ok((await judged([one], [one, two], noon)) > 0);
});
