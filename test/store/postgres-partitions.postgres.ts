// Partitions on PostgreSQL: made ahead of the rows and removed whole, beside transactions of others that nobody ends.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { type Database, openDatabase } from "../../src/store/postgres/database.ts";
import { maintain } from "../../src/store/postgres/maintenance.ts";
import { leastNumber, timeOfNumber } from "../../src/store/postgres/numbers.ts";
import { listPartitions, type Partition } from "../../src/store/postgres/partition-list.ts";
import { createPartitions } from "../../src/store/postgres/partitions.ts";
import { dropDetached, removePartition } from "../../src/store/postgres/statements/remove-partition.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { templateOf } from "../fixtures/test-store.ts";

const hour = 3_600_000;
const noon = Date.UTC(2026, 4, 20, 12);

let postgres: Postgres;
let template: string;
before(async () => {
  if (withoutPostgres !== false) return;
  postgres = await startPostgres();
  template = await templateOf(postgres);
});
after(() => postgres?.stop());

async function withDatabase(work: (database: Database, url: string) => Promise<void>): Promise<void> {
  const url = await postgres.create(template);
  const database = openDatabase({ url, connections: 4, name: "test" });
  try {
    await work(database, url);
  } finally {
    await database.close();
  }
}

/** A transaction of somebody else, which has read the table and does not end. */
async function reader(url: string, table: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("begin");
  await client.query(`select count(*) from ${table}`);
  return client;
}

const ranges = (partitions: readonly Partition[]) =>
  partitions.map(({ first, end }) => [timeOfNumber(first), timeOfNumber(end)]);

const addEvent = (database: Database, number: number) =>
  database.session.run(
    "insert into event (number, organization, kind, id, subject, at, accepted_at, revision, body) values ($1, 1, 1, 'e', 's', 0, 0, 0, '{}')",
    [number],
  );

const only = { skip: withoutPostgres };

test("a range begins where the one before it ends, however long each is", only, () =>
  withDatabase(async (database) => {
    await createPartitions(database, hour).prepare(noon + 5);
    const first = await listPartitions(database.session, "event");
    assert.deepEqual(ranges(first), [
      [noon, noon + hour],
      [noon + hour, noon + 2 * hour],
    ]);
    await createPartitions(database, 10 * 60_000).prepare(noon + 2 * hour - 1);
    await createPartitions(database, 24 * hour).prepare(noon + 30 * hour);
    for (const table of ["event", "attempt", "observation"] as const) {
      const all = await listPartitions(database.session, table);
      assert.deepEqual(ranges(all).slice(0, 4), [
        ...ranges(first),
        [noon + 2 * hour, noon + 2 * hour + 600_000],
        // Nothing ran for a day: the next one begins there nevertheless.
        [noon + 2 * hour + 600_000, noon + 36 * hour],
      ]);
      assert.ok(all.at(-1)!.end >= leastNumber(noon + 54 * hour));
    }
    await addEvent(database, leastNumber(noon + 30 * hour));
  }),
);

test("they are made while somebody reads the tables and does not end, and nobody waits for the next one", only, () =>
  withDatabase(async (database, url) => {
    const partitions = createPartitions(database, hour);
    await partitions.prepare(noon);
    const readers = await Promise.all(["event", "attempt", "observation"].map((table) => reader(url, table)));
    await database.session.run("set lock_timeout = 100");
    for (let minute = 0; (await listPartitions(database.session, "observation")).length < 3; minute++) {
      assert.ok(minute < 120, "the third is there before the first row that needs it");
      await partitions.prepare(noon + minute * 60_000);
    }
    await partitions.prepare(noon + 20 * hour);
    await addEvent(database, leastNumber(noon + 20 * hour));
    for (const client of readers) await client.end();
  }),
);

test("numbers that are ahead of a clock that was set back have their partitions", only, () =>
  withDatabase(async (database) => {
    const ahead = leastNumber(noon + 50 * hour);
    await createPartitions(database, hour).prepare(noon + 50 * hour);
    await database.session.run("select setval('event_number', $1)", [ahead]);
    await createPartitions(database, hour).prepare(noon);
    await addEvent(database, ahead + 1);
    const all = await listPartitions(database.session, "event");
    assert.ok(all.at(-1)!.end > leastNumber(noon + 51 * hour));
  }),
);

test("days have theirs wherever they lie, also one that was removed meanwhile", only, () =>
  withDatabase(async (database) => {
    const partitions = createPartitions(database, hour);
    const days = async () => (await listPartitions(database.session, "minute_hour")).map(({ first }) => first);
    await Promise.all([
      partitions.prepareDays("minute_hour", [20_000, 19_000, 20_000]),
      createPartitions(database, hour).prepareDays("minute_hour", [20_001, 19_000]),
    ]);
    assert.deepEqual(await days(), [19_000, 20_000, 20_001]);
    await maintain(database, 1, async (session) => {
      assert.equal(await removePartition(session, (await listPartitions(session, "minute_hour"))[0]!), 0);
    });
    await partitions.prepareDays("minute_hour", [19_000]);
    assert.deepEqual(await days(), [19_000, 20_000, 20_001]);
  }),
);

test(
  "a partition goes once nobody who began before uses its table, and until then others read, write and make partitions",
  only,
  () =>
    withDatabase(async (database, url) => {
      const partitions = createPartitions(database, hour);
      await partitions.prepare(noon);
      await addEvent(database, leastNumber(noon));
      await addEvent(database, leastNumber(noon + hour));
      const client = await reader(url, "event");
      const remove = async () =>
        await maintain(database, 1, async (session) => {
          const removed = await removePartition(session, (await listPartitions(session, "event"))[0]!);
          await dropDetached(session);
          return { removed };
        });
      const removing = remove();
      const seen = async () =>
        (await database.session.row<{ count: number }>("select count(*) as count from event"))!.count;
      while ((await seen()) === 2);
      const besides = async () => {
        await addEvent(database, leastNumber(noon + hour) + 1);
        assert.equal(await seen(), 2, "what is leaving is not seen any more");
        await partitions.prepare(noon + 2 * hour);
        return "done";
      };
      // It gives up by itself after some seconds: who waits for it goes on after that.
      assert.equal(await Promise.race([besides(), removing.then(() => "held up until it gave up")]), "done");
      assert.deepEqual(await removing, { removed: null });
      assert.deepEqual(await remove(), { removed: null }, "it is still held");
      await partitions.prepare(noon + 5 * hour);
      await client.end();
      assert.ok((await remove())!.removed !== null);
      assert.ok((await listPartitions(database.session, "event"))[0]!.first === leastNumber(noon + hour));
      assert.equal(await seen(), 2);
    }),
);

test("what a process has detached and not dropped is dropped by the next", only, () =>
  withDatabase(async (database) => {
    await createPartitions(database, hour).prepare(noon);
    const [first] = await listPartitions(database.session, "event");
    await database.write((transaction) => transaction.script(`alter table event detach partition ${first!.name}`));
    await maintain(database, 1, dropDetached);
    const left = await database.session.rows("select 1 from pg_class where relname = $1", [first!.name]);
    assert.equal(left.length, 0);
    assert.equal((await listPartitions(database.session, "event")).length, 1);
  }),
);

test("one process at a time does maintenance, also after one was killed at it", only, () =>
  withDatabase(async (database) => {
    await maintain(database, 1, async (session) => {
      assert.equal(await maintain(database, 1, async () => "both"), null);
      const { pid } = (await session.row<{ pid: number }>("select pg_backend_pid() as pid"))!;
      await database.session.row("select pg_terminate_backend($1)", [pid]);
      await assert.rejects(session.run("select 1"));
    });
    assert.equal(await maintain(database, 1, async () => "next"), "next");
  }),
);
