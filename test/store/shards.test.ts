import assert from "node:assert/strict";
import { test } from "node:test";
import { OwnershipLost } from "../../src/store/ownership.ts";
import { shardCount, shardOf } from "../../src/store/shards.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { progress } from "../contract/samples.ts";

test("the shard of an organization is the same for ever", () => {
  const vectors: Readonly<Record<string, number>> = {
    org_1: 0xdf,
    org_one: 0x7f,
    "": 0xe3,
    abc: 0xba,
    Zürich: 0x42,
  };
  for (const [organization, shard] of Object.entries(vectors)) assert.equal(shardOf(organization), shard, organization);
});

test("organizations spread over all shards, also where their ids differ in little", () => {
  const counts = Array.from({ length: shardCount }, () => 0);
  for (let each = 0; each < 25_600; each++) counts[shardOf(`org_${each}`)]!++;
  assert.ok(Math.min(...counts) >= 60, `${Math.min(...counts)}`);
  assert.ok(Math.max(...counts) <= 145, `${Math.max(...counts)}`);
});

test("SQLite has one owner, of all shards: some of them are neither given nor accepted", async () => {
  const clock = createSteeredClock();
  const { ledger, close } = await openSqliteInProcess({ directory: null, masterKey: new Uint8Array(32), clock });
  const { epoch } = await ledger.acquire(0, 0);
  assert.equal(epoch.shards, "all");
  await assert.rejects(ledger.acquire(0, 0, undefined, [0, 1, 2]), /one owner, of all shards/);
  for (const shards of [[0, 1, 2], Array.from({ length: shardCount }, (_, shard) => shard)]) {
    await assert.rejects(ledger.settle({ ...epoch, shards }, []), OwnershipLost);
    await assert.rejects(ledger.accept([], progress({ ...epoch, shards }, 0)), OwnershipLost);
  }
  await ledger.settle(epoch, []);
  assert.equal(
    (await ledger.acquire(0, 0, undefined, "all")).epoch.number,
    epoch.number + 1,
    "what was refused took no epoch",
  );
  await close();
});
