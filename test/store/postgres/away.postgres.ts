// A database that cannot be asked, whatever keeps it from that: callers are told UNAVAILABLE, nobody ends, and it is used again
// without a restart. A schema that a newer release has changed goes on being used, or is refused with a reason.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock as clock } from "../../../src/clock.ts";
import { BelfryError, StartError } from "../../../src/errors.ts";
import { type Database, openDatabase } from "../../../src/store/postgres/database.ts";
import { migrate } from "../../../src/store/postgres/migrate.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import { ask, type Postgres, startPostgres, withoutPostgres } from "../../fixtures/postgres.ts";

const isUnavailable = (error: unknown): boolean => error instanceof BelfryError && error.code === "UNAVAILABLE";
const nameIn = (url: string): string => new URL(url).pathname.slice(1);

describe("a database of PostgreSQL that cannot be asked", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let admin: string;

  before(async () => {
    postgres = await startPostgres({ settings: { max_connections: 60 } });
    admin = await postgres.create();
  });
  after(() => postgres.stop());

  const endAll = (url: string): Promise<unknown> =>
    ask(admin, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${nameIn(url)}'`);

  async function assertAway(database: Database): Promise<void> {
    await assert.rejects(database.session.row("select 1 as one"), isUnavailable);
    await assert.rejects(
      database.write((transaction) => transaction.row("select 1 as one")),
      isUnavailable,
    );
    await assert.rejects(
      database.read((session) => session.row("select 1 as one")),
      isUnavailable,
    );
    await assert.rejects(database.connect(), isUnavailable);
  }

  /** The first statement on a connection that was ended meanwhile fails. */
  async function assertBack(database: Database): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const found = await database.session.row("select 1 as one").catch(() => undefined);
      if (found !== undefined) return;
      await pause(50);
    }
    assert.deepEqual(await database.session.row("select 1 as one"), { one: 1 });
  }

  const causes: readonly (readonly [string, (name: string) => string, (name: string) => string])[] = [
    [
      "takes no connections",
      (name) => `alter database ${name} allow_connections false`,
      (name) => `alter database ${name} allow_connections true`,
    ],
    [
      "has another name",
      (name) => `alter database ${name} rename to ${name}_gone`,
      (name) => `alter database ${name}_gone rename to ${name}`,
    ],
    ["does not let the user in", () => "alter role guest nologin", () => "alter role guest login"],
  ];
  for (const [what, away, back] of causes) {
    test(`one that ${what}`, async () => {
      const url = await postgres.create();
      await ask(admin, "drop role if exists guest");
      await ask(admin, "create role guest login superuser");
      const database = openDatabase({ url: url.replace("belfry@", "guest@"), connections: 2, name: "belfry" });
      await assertBack(database);
      await endAll(url);
      await pause(100);
      await ask(admin, away(nameIn(url)));
      await assertAway(database);
      await ask(admin, back(nameIn(url)));
      await assertBack(database);
      await database.close();
    });
  }

  test("a connection of one's own that is ended ends nothing else", async () => {
    const url = await postgres.create();
    const database = openDatabase({ url, connections: 2, name: "belfry" });
    const client = await database.connect();
    await endAll(url);
    await pause(100);
    await assert.rejects(client.query("select 1"));
    await database.close();
  });

  test("a table that a newer release has changed is read on, alone and in a transaction", async () => {
    const url = await postgres.create();
    await ask(url, "create table thing (name text)");
    const database = openDatabase({ url, connections: 1, name: "belfry" });
    const read = "select * from thing";
    await database.session.rows(read);
    await ask(url, "alter table thing add column size integer");
    assert.deepEqual(await database.session.rows(read), []);
    await ask(url, "alter table thing add column colour text");
    assert.deepEqual(await database.write((transaction) => transaction.rows(read)), []);
    await ask(url, "alter table thing add column weight integer");
    assert.deepEqual(await database.read((session) => session.rows(read)), []);
    await database.close();
  });

  test("what other connections have prepared is prepared anew", async () => {
    const url = await postgres.create();
    const database = openDatabase({ url, connections: 1, name: "belfry" });
    await database.session.rows("select 1 as one");
    await database.session.run("deallocate all");
    assert.deepEqual(await database.session.rows("select 1 as one"), [{ one: 1 }]);
    await database.close();
  });

  test("statements that lock each other out are tried again", async () => {
    const url = await postgres.create();
    await ask(url, "create table thing (number integer primary key, size integer)");
    await ask(url, "insert into thing values (1, 0), (2, 0)");
    const database = openDatabase({ url, connections: 4, name: "belfry" });
    const both = (order: "asc" | "desc"): Promise<number> =>
      database.session.run(
        "with locked as materialized (select number, pg_sleep(0.2) from (select number from thing order by number" +
          ` ${order} for update) each) update thing set size = size + 1 from locked where thing.number = locked.number`,
      );
    assert.deepEqual(await Promise.all([both("asc"), both("desc")]), [2, 2]);
    await database.close();
  });

  test("a peer that is gone without a word is noticed soon", async () => {
    const database = openDatabase({ url: await postgres.create(), connections: 1, name: "belfry" });
    const asked = await database.session.rows(
      "select name, reset_val as value from pg_settings where name like 'tcp_keepalives%' order by name",
    );
    assert.deepEqual(
      asked.map(({ value }) => value),
      ["3", "10", "5"],
    );
    await database.close();
  });

  test("a start says in one sentence what keeps it", async () => {
    const url = await postgres.create();
    const strange = url.replace(nameIn(url), "nowhere");
    await assert.rejects(openPostgres({ url: strange, masterKey: new Uint8Array(32), clock }), (error: Error) => {
      assert.ok(error instanceof StartError);
      assert.equal(
        error.message,
        'The database cannot be used (database "nowhere" does not exist): check BELFRY_DATABASE_URL or --database-url, and that it runs.',
      );
      return true;
    });
    await assert.rejects(
      openPostgres({ url: "postgres://belfry@localhost:1/belfry", masterKey: new Uint8Array(32), clock }),
      /^StartError: The database cannot be used \(connect ECONNREFUSED .+\): check/,
    );
  });

  test("a schema of a newer release: where it says that it goes with this one it is used, else refused", async () => {
    const database = openDatabase({ url: await postgres.create(), connections: 1, name: "belfry" });
    const first = { number: 1, name: "first", sql: "create table first ();" };
    const mild = { number: 2, name: "mild", sql: "-- needs: 1\ncreate table mild ();" };
    const harsh = { number: 3, name: "harsh", sql: "drop table first;" };
    await migrate(database, [first]);
    await migrate(database, [first, mild]);
    await migrate(database, [first]);
    await migrate(database, [first, mild, harsh]);
    for (const known of [[first], [first, mild]]) {
      await assert.rejects(migrate(database, known), (error: Error) => {
        assert.ok(error instanceof StartError);
        assert.match(error.message, /^A newer release has changed this database \(migration 3, harsh\)/);
        return true;
      });
    }
    await migrate(database, [first, mild, harsh]);
    await database.close();
  });
});
