// What is accepted on PostgreSQL, beyond the contract: calls that wait together, several nodes over one database, and transactions
// of which nobody can tell whether they were written.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import type { EventReceipt, NewEvent } from "../../src/store/acceptance.ts";
import { bytes, integers, texts } from "../../src/store/postgres/arrays.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import type { OpenLane } from "../../src/store/ownership.ts";
import { shardOf } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import { event, minute, noon, observation, owed, progress } from "../contract/samples.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { templateOf } from "../fixtures/test-store.ts";

const masterKey = new Uint8Array(32).fill(7);
/** Names the lock at which commits are held. */
const holdLock = 0x686f6c64;
const waitingForLocks = "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
const heldAtCommit = `${waitingForLocks} and wait_event = 'advisory'`;

describe("acceptance on PostgreSQL", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let template: string;
  const ends: (() => Promise<void> | void)[] = [];

  const openStore = (url: string, fateMs?: number): Promise<Store> =>
    openPostgres({ url, masterKey, clock: systemClock, connections: 4, ...(fateMs !== undefined && { fateMs }) });

  before(async () => {
    postgres = await startPostgres();
    template = await templateOf(postgres);
  });
  after(() => postgres?.stop());
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  async function connect(url: string): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    client.on("error", () => {});
    ends.push(() => client.end().catch(() => {}));
    return client;
  }

  /** A database with two organizations, `stores` over it, and a connection beside them. */
  async function begin(stores = 1) {
    const url = await postgres.create(template);
    const client = await connect(url);
    for (const id of ["org_one", "org_two"]) {
      await client.query("insert into organization (id, name, revision, data_key) values ($1, $1, 1, '\\x00')", [id]);
    }
    const opened: Store[] = [];
    for (let index = 0; index < stores; index++) {
      const store = await openStore(url);
      ends.push(() => store.close());
      opened.push(store);
    }
    return { url, client, stores: opened, store: opened[0]! };
  }

  /** A store that can be cut off from its database, and asks only shortly what became of a commit. */
  async function openBehindProxy(url: string) {
    const proxy = await listen(url);
    ends.push(proxy.close);
    const store = await openStore(proxy.url, 300);
    ends.push(() => store.close());
    return { proxy, store };
  }

  async function accept(store: Store, events: readonly NewEvent[], organization = "org_one") {
    const result = await store.ledger.accept([{ organization, revision: 1, events }], null);
    assert.equal(result.status, "done");
    return (result as { receipts: readonly EventReceipt[] }).receipts;
  }
  const numbersOf = (receipts: readonly EventReceipt[]) =>
    receipts.flatMap((each) => (each.status === "accepted" ? [...each.sequences] : []));
  const refused = (promise: Promise<unknown>) => assert.rejects(promise, { code: "UNAVAILABLE" });

  async function countOf(client: pg.Client, what: string): Promise<number> {
    return Number((await client.query(`select count(*) as count from ${what}`)).rows[0].count);
  }
  async function own(client: pg.Client, epoch: number, shards: readonly number[]): Promise<void> {
    await client.query("update shard set epoch = $1 where number = any($2)", [epoch, shards]);
  }

  test("calls that wait together share transactions, and each gets its own answer", async () => {
    const { client, store } = await begin();
    const calls = Array.from({ length: 200 }, (_, index) =>
      index % 10 === 9
        ? store.ledger.accept([{ organization: "org_one", revision: 7, events: [event(`s_${index}`)] }], null)
        : store.ledger.accept(
            [
              {
                organization: index % 2 === 0 ? "org_one" : "org_two",
                revision: 1,
                events: [
                  event(`event_${index}`, {
                    idempotencyKey: { id: `key_${index % 100}`, hash: "a" },
                    deliveries: [owed(1 + (index % 2))],
                  }),
                ],
              },
            ],
            null,
          ),
    );
    const results = await Promise.all(calls);
    assert.equal(results.filter(({ status }) => status === "stale").length, 20);
    const receipts = results.flatMap((each) => (each.status === "done" ? each.receipts : []));
    assert.equal(receipts.filter(({ status }) => status === "accepted").length, 90);
    assert.equal(receipts.filter(({ status }) => status === "duplicate").length, 90);
    const transactions = await client.query("select count(distinct xmin::text) as count from event");
    assert.ok(Number(transactions.rows[0].count) <= 2);
    const runs = await client.query("select lane, first, last from sequence_run order by lane, first");
    assert.deepEqual(
      [1, 2].map((lane) => runs.rows.filter((row) => Number(row.lane) === lane).at(-1)?.last),
      ["50", "40"],
    );
  });

  test("a call that no column takes fails alone, and leaves no hole among the numbers", async () => {
    const { store } = await begin();
    const results = await Promise.allSettled([
      accept(store, [event("a", { deliveries: [owed(1)] })]),
      accept(store, [event("b", { deliveries: [owed(1)], revision: 2 ** 40 })]),
      accept(store, [event("c", { deliveries: [owed(1), owed(2)] })]),
      store.ledger.appendObservations([observation()]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled"],
    );
    assert.deepEqual(numbersOf(await accept(store, [event("d", { deliveries: [owed(1), owed(2)] })])), [3, 2]);
    assert.deepEqual(await store.ledger.lastSequences([2, 1, 9]), [2, 3, 0]);
  });

  test("columns of many rows arrive as they are", async () => {
    const { client } = await begin();
    const numbers = [0, 1, -1, null, 2 ** 31, -(2 ** 31), 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const words = ["", null, "plain", 'quo"te\\', "é 🔔", "{a,b}", "NULL"];
    const blobs = [Buffer.alloc(0), Buffer.from([0, 255, 7])];
    const found = await client.query("select $1::bigint[] as numbers, $2::text[] as words, $3::bytea[] as blobs", [
      integers(numbers),
      texts(words),
      bytes(blobs),
    ]);
    const [row] = found.rows;
    assert.deepEqual(
      row.numbers.map((each: string | null) => (each === null ? null : Number(each))),
      numbers,
    );
    assert.deepEqual([row.words, row.blobs], [words, blobs]);
    const none = await client.query("select cardinality($1::bigint[]) + cardinality($2::text[]) as count", [
      integers([]),
      texts([]),
    ]);
    assert.equal(none.rows[0].count, 0);
  });

  test("a text with U+0000, which PostgreSQL cannot keep, stops nothing and is recognized", async () => {
    const { store } = await begin();
    const input = event("a", { subject: "room\0", idempotencyKey: { id: "a\0", hash: "h" } });
    const [first, again] = await accept(store, [input, input]);
    assert.deepEqual([first!.status, again!.status], ["accepted", "duplicate"]);
    assert.equal((await accept(store, [input]))[0]!.status, "duplicate");
  });

  test("nodes that take turns number a lane without holes, and know each other's ids", async () => {
    const { stores, client } = await begin(2);
    const given: number[] = [];
    for (let round = 0; round < 12; round++) {
      const store = stores[round % 3 === 0 ? 0 : 1]!;
      const key = { id: `id_${Math.floor(round / 2)}`, hash: "h" };
      const receipts = await accept(store, [event(`event_${round}`, { idempotencyKey: key, deliveries: [owed(5)] })]);
      given.push(...numbersOf(receipts));
    }
    assert.deepEqual(given, [1, 2, 3, 4, 5, 6]);
    const both = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        accept(stores[index % 2]!, [event(`both_${index}`, { key: `k_${index % 30}`, deliveries: [owed(5)] })]),
      ),
    );
    assert.deepEqual(
      numbersOf(both.flat()).toSorted((a, b) => a - b),
      Array.from({ length: 30 }, (_, index) => index + 7),
    );
    const order = await client.query("select sequence from delivery where lane = 5 order by number");
    assert.deepEqual(
      order.rows.map((row) => Number(row.sequence)),
      Array.from({ length: 36 }, (_, index) => index + 1),
    );
  });

  test("a transaction that somebody else holds open keeps nobody from accepting", async () => {
    const { client, store } = await begin();
    await client.query("begin isolation level repeatable read");
    await client.query("select count(*) from event");
    await accept(store, [event("a", { deliveries: [owed(1)] })]);
    await store.ledger.appendObservations([observation()]);
    assert.equal(await countOf(client, "event"), 0);
    await client.query("rollback");
    assert.equal(await countOf(client, "event"), 1);
  });

  test("a back-end that is terminated at the commit has written nothing, and no number is lost", async () => {
    const { url, client, store } = await begin();
    await accept(store, [event("a", { deliveries: [owed(1)] })]);
    const letGo = await holdCommits(client);
    const waiting = accept(store, [event("b", { deliveries: [owed(1)] })]);
    const failed = refused(waiting);
    const other = await connect(url);
    await untilTrue(async () => {
      const ended = await other.query(`select pg_terminate_backend(pid) from ${heldAtCommit}`);
      return ended.rowCount === 1;
    });
    await failed;
    await letGo();
    assert.deepEqual(numbersOf(await accept(store, [event("c", { deliveries: [owed(1)] })])), [2]);
  });

  test("what may have been written is refused, and spilled once the database tells that it was", async () => {
    const { url, client } = await begin();
    const { store, proxy } = await openBehindProxy(url);
    const { epoch } = await store.ledger.acquire(noon, 0);
    await accept(store, [event("a", { deliveries: [owed(1, { spilled: false })] })]);
    const { upTo } = await store.ledger.readArrivals(epoch, 0);
    const letGo = await holdCommits(client);
    const key = { id: "id", hash: "h" };
    const again = event("b", {
      idempotencyKey: key,
      deliveries: [owed(1, { spilled: false }), owed(2), owed(3, { spilled: false })],
    });
    const failed = assert.rejects(accept(store, [again]), { code: "UNAVAILABLE", message: /may have been written/ });
    await untilTrue(async () => (await countOf(client, heldAtCommit)) === 1);
    proxy.cut();
    await failed;
    await letGo();
    const inMemory = "delivery where location = 0";
    await untilTrue(async () => (await countOf(client, "event")) === 2);
    await untilTrue(async () => (await countOf(client, inMemory)) === 1);
    const told: OpenLane[] = [];
    await untilTrue(async () => told.push(...(await store.ledger.readArrivals(epoch, upTo)).lanes) >= 3);
    assert.deepEqual(new Set(told.map(({ lane }) => lane)), new Set([1, 2, 3]));
    const [receipt] = await accept(store, [again]);
    assert.equal(receipt!.status, "duplicate");
    assert.deepEqual(numbersOf(await accept(store, [event("c", { deliveries: [owed(1), owed(3)] })])), [3, 2]);
  });

  test("also what an owner or the registry wrote is refused where nobody can tell, and not as a fault", async () => {
    const { url, client } = await begin();
    const { store, proxy } = await openBehindProxy(url);
    const { epoch } = await store.ledger.acquire(noon, 0);
    await accept(store, [event("a", { deliveries: [owed(1), owed(2)] })]);
    const health = { failures: 1, until: noon, lastFailure: null, failing: null };
    const writes: readonly (readonly [table: string, write: () => Promise<unknown>])[] = [
      ["lane_health", () => store.ledger.remember(epoch, [{ lane: 1, organization: "org_one", health }])],
      ["place", () => store.registry.addPlaces("org_one", [{ kind: "unit", id: "unit_1", number: null }])],
      ["organization", () => store.registry.change({ organization: "org_one", revision: 1, name: "One", audit: [] })],
    ];
    for (const [table, write] of writes) {
      const letGo = await holdCommits(client, table);
      const failed = assert.rejects(write(), { code: "UNAVAILABLE", message: /may have been written/ }, table);
      await untilTrue(async () => (await countOf(client, heldAtCommit)) === 1);
      proxy.cut();
      await failed;
      await letGo();
    }
  });

  test("the text of a model stays where nobody could tell whether its change was written, and it was", async () => {
    const url = await postgres.create(template);
    const client = await connect(url);
    const { store, proxy } = await openBehindProxy(url);
    const { registry } = store;
    const audit = { at: noon, actor: "system", action: "organization.create", object: "org_one", detail: null };
    await registry.ensureOrganization("org_one", "One", audit);
    const letGo = await holdCommits(client, "organization");
    const document = JSON.stringify({ text: "x".repeat(300_000) });
    const change = registry.change({ organization: "org_one", revision: 1, model: { document }, audit: [] });
    const failed = assert.rejects(change, { code: "UNAVAILABLE", message: /may have been written/ });
    await untilTrue(async () => (await countOf(client, heldAtCommit)) === 1);
    proxy.cut();
    // Whoever gives the text up waits for the change, whose fate nobody could tell.
    await untilTrue(async () => (await countOf(client, waitingForLocks)) === 2);
    await letGo();
    await failed;
    await untilTrue(async () => (await countOf(client, "organization where model_version is not null")) === 1);
    const { model } = (await registry.snapshot("org_one"))!;
    assert.equal(await registry.model("org_one", model!.version), document);
    assert.equal(await countOf(client, "model_draft"), 0);
  });

  test("a new owner goes on where those before it were, shard by shard", async () => {
    const { client, store } = await begin();
    const { ledger } = store;
    const [one, two] = [shardOf("org_one"), shardOf("org_two")];
    assert.notEqual(one, two);
    await own(client, 1, [one]);
    await own(client, 2, [two]);
    const receipts = await ledger.appendObservations(
      [0, 1, 2, 3, 4, 5].map((index) => observation({ organization: index % 2 === 0 ? "org_one" : "org_two" })),
    );
    const positions = receipts.map((each) => (each.status === "accepted" ? each.number : 0));
    const subjects = [{ organization: "org_one", key: "k", value: "1" }];
    const progressOf = (epoch: number, shard: number, upTo: number, rereadFrom: number) =>
      progress({ number: epoch, shards: [shard] }, upTo, { rereadFrom, ...(shard === one && { subjects }) });
    await ledger.accept([], progressOf(1, one, positions[0]!, positions[0]! - 1));
    await ledger.accept([], progressOf(1, one, positions[2]!, positions[0]!));
    await ledger.accept([], progressOf(2, two, positions[5]!, positions[1]!));
    await own(client, 3, [one, two]);
    const shards = [one, two];
    assert.deepEqual(await ledger.readSensingState(shards), {
      position: positions[2],
      rereadFrom: positions[0],
      subjects,
    });
    assert.equal((await ledger.readSensingState([two])).position, positions[5]);
    const read = async (after: number, isFolded: boolean, of: readonly number[] = shards, limit = 9) =>
      (await ledger.readObservations(after, limit, { shards: of, isFolded })).map((each) =>
        positions.indexOf(each.position),
      );
    assert.deepEqual(await read(positions[2]!, false), [4]);
    assert.deepEqual(await read(positions[0]!, true), [1, 2, 3, 5]);
    assert.deepEqual(await read(positions[0]!, true, shards, 2), [1, 2]);
    assert.deepEqual(await read(0, true, [two]), [1, 3, 5]);
    const late = ledger.accept([], progressOf(2, two, positions[5]!, 0));
    await assert.rejects(late, { name: "OwnershipLost" });
    await ledger.accept([], progress({ number: 3, shards }, positions[4]!, { minutes: [minute(noon)] }));
    assert.equal((await ledger.readSensingState(shards)).position, positions[4]);
    assert.equal(await countOf(client, "fold where epoch < 3"), 0);
    const read1 = await ledger.readMinutes("org_one", "presence", ["room_1"], noon, noon + 1);
    assert.deepEqual(read1, [minute(noon)]);
  });

  test("progress of several owners that comes together is one write, and one that has lost its shards is refused alone", async () => {
    const { client, store } = await begin();
    const [one, two] = [shardOf("org_one"), shardOf("org_two")];
    await own(client, 1, [one]);
    await own(client, 2, [two]);
    const tell = (epoch: number, shard: number, upTo: number, subject: string) =>
      store.ledger.accept(
        [{ organization: "org_one", revision: 1, events: [event(`${epoch}_${upTo}`)] }],
        progress({ number: epoch, shards: [shard] }, upTo, {
          subjects: [{ organization: "org_one", key: "k", value: subject }],
          minutes: [minute(noon, { value: upTo })],
        }),
      );
    const results = await Promise.allSettled([
      tell(1, one, 5, "a"),
      tell(2, two, 7, "b"),
      tell(1, one, 6, "c"),
      tell(9, two, 8, "lost"),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "fulfilled", "fulfilled", "rejected"],
    );
    assert.equal((await client.query("select distinct xmin::text from event")).rowCount, 1);
    const { subjects } = await store.ledger.readSensingState([one]);
    assert.deepEqual(subjects, [{ organization: "org_one", key: "k", value: "c" }]);
    const positions = await client.query("select shard, folded from shard_fold where folded > 0 order by folded");
    assert.deepEqual(
      positions.rows.map((row) => [row.shard, Number(row.folded)]),
      [
        [one, 6],
        [two, 7],
      ],
    );
    const [read] = await store.ledger.readMinutes("org_one", "presence", ["room_1"], noon, noon + 1);
    assert.equal(read!.value, 6);
  });

  test("an owner finds what is its own in a log that others fill, and misses nothing that comes later", async () => {
    const { client, store } = await begin();
    const { ledger } = store;
    const append = async (organization: string, count = 1) => {
      const receipts = await ledger.appendObservations(
        Array.from({ length: count }, () => observation({ organization })),
      );
      return receipts.map((each) => (each.status === "accepted" ? each.number : 0));
    };
    const part = { shards: [shardOf("org_one")], isFolded: false };
    const read = async (after: number) => (await ledger.readObservations(after, 2, part)).map((each) => each.position);
    assert.deepEqual(await read(0), []);
    await append("org_two", 700);
    const [first, second, third] = await append("org_one", 3);
    await append("org_two", 700);
    assert.deepEqual(await read(0), [first, second]);
    assert.deepEqual(await read(second!), [third]);
    assert.deepEqual(await read(third!), []);
    await append("org_two", 700);
    assert.deepEqual(await read(third!), []);
    const [fourth] = await append("org_one");
    assert.deepEqual(await read(third!), [fourth]);
    assert.deepEqual(await read(first!), [second, third]);
    // What belongs to an organization that is gone is passed by.
    await client.query("delete from organization where id = 'org_one'");
    assert.deepEqual(await read(0), []);
  });

  /** Each commit that writes to the table waits, until what this returns is called. That resolves when they are over. */
  async function holdCommits(client: pg.Client, table = "event"): Promise<() => Promise<void>> {
    await client.query(
      `create or replace function hold() returns trigger as $$ begin perform pg_advisory_xact_lock_shared(${holdLock}); return null; end $$` +
        ` language plpgsql set lock_timeout = 0; create constraint trigger hold after insert or update on ${table}` +
        ` deferrable initially deferred for each row execute function hold(); select pg_advisory_lock(${holdLock})`,
    );
    return async () => {
      await client.query(`select pg_advisory_unlock(${holdLock}); drop trigger hold on ${table}`);
    };
  }
});

async function untilTrue(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

/** A way to the server that can be cut. */
async function listen(url: string): Promise<{ url: string; cut(): void; close(): Promise<void> }> {
  const to = new URL(url);
  const host = to.searchParams.get("host");
  const port = to.port === "" ? "5432" : to.port;
  const directory = mkdtempSync(join(tmpdir(), "belfry-way-"));
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const beyond = host === null ? net.connect(Number(port), to.hostname) : net.connect(join(host, `.s.PGSQL.${port}`));
    for (const each of [socket, beyond]) each.on("error", () => {});
    sockets.add(socket);
    socket.pipe(beyond).pipe(socket);
    // The server is not told, as where a network fails.
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(join(directory, `.s.PGSQL.${port}`), resolve));
  to.searchParams.set("host", directory);
  return {
    url: to.href,
    cut: () => sockets.forEach((socket) => socket.destroy()),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
