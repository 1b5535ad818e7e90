// The stores of handled ids in the examples keep the same promises as the one in memory.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { type RedisClient, redisSeen } from "../../examples/receivers/seen-redis.ts";
import { sqliteSeen } from "../../examples/receivers/seen-sqlite.ts";
import { type Claim, createReceiver, type Seen } from "../../receiver/src/index.ts";
import { bodies, secret, signed } from "./examples.ts";

const directory = mkdtempSync(join(tmpdir(), "belfry-seen-"));
const databases: DatabaseSync[] = [];
after(() => {
  for (const database of databases) database.close();
  rmSync(directory, { recursive: true, force: true });
});

const day = 24 * 3600 * 1000;
let now = Date.UTC(2026, 0, 5);

/** Redis as far as SET, GET and DEL go: NX, EX, and keys that are gone when their time is over. */
function redis(): RedisClient {
  const keys = new Map<string, { value: string; until: number }>();
  const live = (key: string) => {
    const found = keys.get(key);
    return found !== undefined && found.until > now ? found.value : null;
  };
  return {
    async set(key, value, { NX, EX } = { EX: Infinity }) {
      if (NX === true && live(key) !== null) return null;
      keys.set(key, { value, until: now + EX * 1000 });
      return "OK";
    },
    get: async (key) => live(key),
    del: async (key) => Number(keys.delete(key)),
  };
}

function database(file: string): DatabaseSync {
  const made = new DatabaseSync(join(directory, file));
  databases.push(made);
  return made;
}

/** Each gives two processes that share what is seen. */
const stores: Readonly<Record<string, () => readonly [Seen, Seen]>> = {
  "on SQLite": () => {
    const file = `${databases.length}.sqlite`;
    return [sqliteSeen(database(file), { now: () => now }), sqliteSeen(database(file), { now: () => now })];
  },
  "on Redis": () => {
    const client = redis();
    return [redisSeen(client), redisSeen(client)];
  },
};

for (const [name, make] of Object.entries(stores)) {
  describe(`seen ${name}`, () => {
    const claim = async (seen: Seen, id: string): Promise<Claim> => {
      const answer = await seen.claim(id);
      assert.ok(typeof answer === "object", JSON.stringify(answer));
      return answer;
    };

    test("one of two processes handles an event, and both know when it is done", async () => {
      const [one, two] = make();
      const mine = await claim(one, "a");
      assert.equal(await two.claim("a"), "running");
      await mine.keep();
      for (const each of [one, two]) assert.equal(await each.claim("a"), "done");
      await claim(two, "b");
    });

    test("an event that failed in one process may be tried in the other", async () => {
      const [one, two] = make();
      await (await claim(one, "a")).release();
      await (await claim(two, "a")).keep();
      assert.equal(await one.claim("a"), "done");
    });

    test("a process that crashed in a handler delays its event for a minute; its late release changes nothing", async () => {
      const [one, two] = make();
      const dead = await claim(one, "a");
      now += 59_999;
      assert.equal(await two.claim("a"), "running");
      now += 1;
      const second = await claim(two, "a");
      await dead.release();
      assert.equal(await one.claim("a"), "running");
      await second.keep();
      assert.equal(await one.claim("a"), "done");
    });

    test("an id is forgotten after four days", async () => {
      const [one] = make();
      await (await claim(one, "a")).keep();
      now += 4 * day - 1;
      assert.equal(await one.claim("a"), "done");
      now += 1;
      await claim(one, "a");
    });

    test("numbers are there for the next process as they were written last", async () => {
      const [one, two] = make();
      assert.equal((await one.numbers!.read()) ?? null, null);
      for (const text of ["first", "second"]) await one.numbers!.write(text);
      assert.equal(await two.numbers!.read(), "second");
    });

    test("a receiver with it handles each event once", async () => {
      const [one, two] = make();
      let count = 0;
      for (const seen of [one, two, one]) {
        const receiver = createReceiver({ secret, seen }).on("TRAFFIC", () => void count++);
        assert.equal((await receiver.receive(signed(bodies["TRAFFIC"]!))).status, 200);
      }
      assert.equal(count, 1);
    });
  });
}
