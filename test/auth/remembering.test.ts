// What is remembered of keys for a moment, so that the store is not asked at every request: never that a wrong key is
// right, nor a right one wrong for longer than the moment.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createKeyMaker, type KeyMaker } from "../../src/auth/api-keys.ts";
import { createAuthenticator, type KeyAuthenticator } from "../../src/auth/authenticator.ts";
import { createGuessLimiter } from "../../src/auth/guess-limiter.ts";
import { systemRandom } from "../../src/clock.ts";
import type { KeyRecord, Registry } from "../../src/store/registry.ts";
import { type House, openHouse } from "../http/fixture.ts";

const operator = { role: "operator", organization: null, targets: [] } as const;
const tokenKey = new Uint8Array(32).fill(2);

let house: House;
/** Reads of the store so far. */
let reads: number;
let failing: boolean;
let authenticator: KeyAuthenticator;

beforeEach(async () => {
  house = await openHouse();
  reads = 0;
  failing = false;
  const registry = {
    ...house.store.registry,
    key(id: string) {
      reads++;
      return failing ? Promise.reject(new Error("The disk is gone.")) : house.store.registry.key(id);
    },
  };
  const { keys, clock } = house;
  authenticator = createAuthenticator({
    registry,
    signIns: house.store.signIns,
    keys,
    tokenKey,
    home: async () => null,
    clock,
    random: systemRandom,
  });
});
afterEach(() => house.close());

const knows = async (key: string) => (await authenticator.principal(`Bearer ${key}`)) !== null;

/** Two whole keys with one client id, of which the store knows the first. */
async function twoOfOneId(): Promise<readonly [right: string, wrong: string]> {
  const make = async (at: House, fill: number) => {
    const bytes = (count: number) => new Uint8Array(count).fill(count === 16 ? 1 : fill);
    const pepper = new Uint8Array(32).fill(1);
    const random = { ...systemRandom, bytes };
    const maker = createKeyMaker({ registry: at.store.registry, pepper, clock: house.clock, random });
    return (await maker.issue(operator, "test")).key;
  };
  const other = await openHouse();
  const keys = [await make(house, 2), await make(other, 3)] as const;
  await other.close();
  assert.equal(keys[0].slice(0, 40), keys[1].slice(0, 40));
  return keys;
}

test("a wrong key is refused each time, also right after the right one of the same id and before it", async () => {
  const [right, wrong] = await twoOfOneId();
  const seen = [];
  for (const key of [wrong, wrong, right, wrong, right, wrong]) seen.push(await knows(key));
  assert.deepEqual(seen, [false, false, true, false, true, false]);
  assert.equal(reads, 1, "all of it within the moment");
});

test("what a key may do is asked of the store again after the moment, and a revoked key is refused by then", async () => {
  const { key, clientId } = await house.keys.issue(operator, "test");
  assert.equal(await knows(key), true);
  const entry = { at: 0, actor: "test", action: "key.revoke", object: clientId, detail: null };
  await house.store.registry.revokeKey(clientId, entry);
  house.clock.advance(2_999);
  assert.deepEqual([await knows(key), reads], [true, 1], "a node that did not hear of it");
  house.clock.advance(1);
  assert.deepEqual([await knows(key), reads], [false, 2]);
  assert.equal(await knows(key), false);
});

test("a read that failed is no answer: the next request asks again", async () => {
  const { key } = await house.keys.issue(operator, "test");
  failing = true;
  await assert.rejects(knows(key), /disk is gone/);
  failing = false;
  assert.equal(await knows(key), true);
});

test("the key that was heard to be revoked is refused at once, proven a moment ago or not", async () => {
  const { key, clientId, clientSecret } = await house.keys.issue(operator, "test");
  assert.equal(await knows(key), true);
  const { accessToken } = (await authenticator.login(clientId, clientSecret))!;
  assert.equal(await knows(accessToken), true);
  const entry = { at: 0, actor: "test", action: "key.revoke", object: clientId, detail: null };
  await house.store.registry.revokeKey(clientId, entry);
  authenticator.forget(clientId);
  assert.deepEqual([await knows(key), await knows(accessToken)], [false, false]);
});

test("no more than 10,000 keys are remembered, and it is the oldest that is asked for again", async () => {
  const stored = new Map<string, KeyRecord>();
  let hashes = 0;
  const registry = {
    key: async (id: string) => {
      reads++;
      return stored.get(id) ?? null;
    },
    addKey: async (record: KeyRecord) => void stored.set(record.id, record),
  } as unknown as Registry;
  const { clock } = house;
  const maker = createKeyMaker({ registry, pepper: new Uint8Array(32), clock, random: systemRandom });
  const keys: KeyMaker = {
    ...maker,
    hash(credentials) {
      hashes++;
      return maker.hash(credentials);
    },
  };
  authenticator = createAuthenticator({
    registry,
    signIns: house.store.signIns,
    keys,
    tokenKey,
    home: async () => null,
    clock,
    random: systemRandom,
  });
  const issued: string[] = [];
  for (let count = 0; count <= 10_000; count++) issued.push((await keys.issue(operator, "test")).key);
  hashes = 0;
  for (const key of issued) assert.equal(await knows(key), true);
  assert.deepEqual([reads, hashes], [10_001, 10_001]);
  await knows(issued.at(-1)!);
  assert.deepEqual([reads, hashes], [10_001, 10_001], "remembered");
  await knows(issued[0]!);
  assert.deepEqual([reads, hashes], [10_002, 10_002], "forgotten");
});

test("no more than 10,000 guessers are remembered, and one who goes on guessing is not the one that is forgotten", () => {
  const limiter = createGuessLimiter(house.clock);
  const guess = (caller: string, times: number) => {
    for (let time = 0; time < times; time++) limiter.failed(caller);
  };
  guess("gone", 10);
  guess("at it", 10);
  assert.deepEqual([limiter.blocks("gone"), limiter.blocks("at it")], [true, true]);
  for (let other = 0; other < 9_998; other++) guess(`${other}`, 1);
  guess("at it", 1);
  guess("one more", 1);
  assert.deepEqual([limiter.blocks("gone"), limiter.blocks("at it")], [false, true]);
});

test("the tenth failure holds a guesser, and one is forgiven every six seconds", () => {
  const limiter = createGuessLimiter(house.clock);
  for (let failure = 0; failure < 9; failure++) limiter.failed("a");
  assert.equal(limiter.blocks("a"), false);
  limiter.failed("a");
  assert.equal(limiter.blocks("a"), true);
  house.clock.advance(5_999);
  assert.equal(limiter.blocks("a"), true);
  house.clock.advance(1);
  assert.equal(limiter.blocks("a"), false);
});
