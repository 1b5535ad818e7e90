// The history on PostgreSQL beside others: what another node wrote is read at once, reads that wait leave writers their connections,
// and after connections were cut the next read finds new ones.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { BelfryError } from "../../src/errors.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import type { EventQuery } from "../../src/store/history.ts";
import type { Store } from "../../src/store/store.ts";
import { accept, addOrganization, event, observation } from "../contract/samples.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { until } from "../fixtures/until.ts";

const newest: EventQuery = { organization: "org_one", type: null, since: null, limit: 10, before: null };

describe("the history on PostgreSQL, beside others", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let url: string;
  let one: Store;
  let other: Store;

  before(async () => {
    postgres = await startPostgres();
    url = await postgres.create();
    const open = () => openPostgres({ url, masterKey: new Uint8Array(32).fill(7), clock: systemClock, connections: 4 });
    one = await open();
    other = await open();
    await addOrganization(one.registry);
  });
  after(async () => {
    await other?.close();
    await one?.close();
    await postgres?.stop();
  });

  const withClient = async (use: (client: pg.Client) => Promise<void>): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await use(client);
    } finally {
      await client.end();
    }
  };

  test("what one node has accepted is on the first page of the other", async () => {
    for (const id of ["a", "b", "c"]) {
      await accept(one, [event(id)]);
      assert.equal((await other.history.events(newest)).items[0]?.id, id);
      assert.equal((await other.history.event(null, id))?.id, id);
    }
  });

  test("reads that wait leave writers their connections", async () => {
    await withClient(async (client) => {
      await client.query("begin; lock table event in access exclusive mode");
      const reads = Array.from({ length: 20 }, () => one.history.events(newest));
      const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
      await until("a read that waits", async () => (await client.query(waiting)).rowCount! > 0);
      const [receipt] = await one.ledger.appendObservations([observation()]);
      assert.equal(receipt?.status, "accepted");
      assert.equal((await client.query(waiting)).rowCount, 1);
      await client.query("commit");
      assert.equal((await Promise.all(reads)).length, 20);
    });
  });

  test("reads whose connections are cut say that they may be sent again, and the next ones find new connections", async () => {
    await withClient(async (client) => {
      const cut =
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";
      for (let round = 0; round < 5; round++) {
        const reads = Promise.allSettled(Array.from({ length: 5 }, () => one.history.events(newest)));
        await client.query(cut);
        for (const read of await reads) {
          if (read.status === "fulfilled") continue;
          assert.ok(read.reason instanceof BelfryError && read.reason.code === "UNAVAILABLE", String(read.reason));
        }
      }
      await until(
        "a read on a new connection",
        async () => (await one.history.events(newest).catch(() => null))?.items[0]?.id === "c",
      );
    });
  });
});
