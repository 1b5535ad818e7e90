// What an owner does costs as much as the rows that it names, whatever else is owed: PostgreSQL counts the rows that it looks at.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../src/clock.ts";
import type { Ledger } from "../../../src/store/ledger.ts";
import type { LaneRead } from "../../../src/store/owed.ts";
import { openDatabase } from "../../../src/store/postgres/database.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import { mostAtOnce } from "../../../src/store/postgres/statements/due-rows.ts";
import { readLanes } from "../../../src/store/postgres/statements/read-lanes.ts";
import type { Epoch } from "../../../src/store/shards.ts";
import { refusal, settlement } from "../../contract/samples.ts";
import { openOwedRows, type OwedRows } from "../../fixtures/owed-rows.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../../fixtures/postgres.ts";

const masterKey = new Uint8Array(32).fill(7);
const [laneCount, ofLane] = [50, 2_000];
const now = Date.now();

interface Looked {
  /** Rows that scans of whole tables read. */
  readonly whole: number;
  /** Rows that indexes led to. */
  readonly found: number;
}

describe("what owners cost on PostgreSQL, where much is owed", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let rows: OwedRows;
  let url: string;
  let epoch: Epoch;
  let upTo: number;

  before(async () => {
    // What autovacuum reads would be counted as well.
    postgres = await startPostgres({ settings: { autovacuum: "off" } });
    url = await postgres.create();
    rows = await openOwedRows(url);
    await withLedger(async (ledger) => void (await ledger.acquire(now, 0)));
    for (let lane = 1; lane <= laneCount; lane++) {
      const of = { lane, organization: `org_${lane}` };
      await rows.owe(ofLane / 2, { ...of, due: now - 1_000 });
      await rows.owe(ofLane / 2, { ...of, due: now + 1e9, class: 1, attempts: 1 });
    }
    await rows.query("vacuum analyze");
    await withLedger(async (ledger) => void ({ epoch, upTo } = await ledger.acquire(now, 0)));
    await untilGone(rows);
    // What this connection has counted itself is told before the rest.
    await rows.query("select pg_stat_force_next_flush()");
    await counted();
  });
  after(async () => {
    await rows?.close();
    await postgres?.stop();
  });

  async function withLedger(work: (ledger: Ledger) => Promise<unknown>): Promise<void> {
    const store = await openPostgres({ url, masterKey, clock: systemClock, connections: 1 });
    await work(store.ledger);
    await store.close();
  }

  async function counted(): Promise<Looked> {
    const [found] = await rows.query<Looked & { [column: string]: unknown }>(
      "select coalesce(sum(seq_tup_read), 0)::bigint as whole, coalesce(sum(idx_tup_fetch), 0)::bigint as found" +
        " from pg_stat_user_tables where relname similar to '(delivery|event|attempt)%'",
    );
    return { whole: found!.whole, found: found!.found };
  }

  async function lookedAt(work: (ledger: Ledger) => Promise<unknown>): Promise<Looked> {
    const before = await counted();
    await withLedger(work);
    await untilGone(rows);
    const after = await counted();
    return { whole: after.whole - before.whole, found: after.found - before.found };
  }

  const firstOfAll: readonly LaneRead[] = Array.from({ length: laneCount }, (_, index) => ({
    lane: index + 1,
    class: "live",
    limit: 10,
  }));
  const fresh = (count: number) => rows.owe(count, { lane: 1, organization: "org_1", location: 0 });
  const cases: Readonly<
    Record<string, readonly [mostPerRow: number, rows: number, (ledger: Ledger) => Promise<unknown>]>
  > = {
    "reads of many lanes": [
      3,
      laneCount * 10,
      async () => {
        const database = openDatabase({ url, connections: 1, name: "belfry" });
        await readLanes(database.session, epoch, now, firstOfAll, { left: mostAtOnce });
        await database.close();
      },
    ],
    "reads of many lanes of which nothing is known yet": [
      6,
      laneCount * 10,
      (ledger) => ledger.readDue(epoch, now, firstOfAll),
    ],
    "the read of a lane with nothing due": [
      4,
      1,
      (ledger) => ledger.readDue(epoch, now, [{ lane: 7, class: "retry", limit: 100 }]),
    ],
    outcomes: [
      4,
      200,
      async (ledger) => {
        const numbers = await fresh(200);
        const next = { outcome: refusal, next: { due: now + 5_000 } };
        await ledger.settle(
          epoch,
          numbers.map((number, index) => settlement(number, 1, index % 2 === 0 ? next : {})),
        );
      },
    ],
    spills: [3, 200, async (ledger) => ledger.spill(epoch, await fresh(200), now)],
    "a slice that is due now": [4, 100, (ledger) => ledger.hasten(epoch, 3, "retry", now, 100)],
    "a slice of a cancelled lane": [4, 100, (ledger) => ledger.cancel(epoch, 4, now, 100)],
    "nothing that arrived": [1, 1, async (ledger) => ledger.readArrivals(epoch, (await newest()) ?? upTo)],
    "what arrived": [
      3,
      100,
      async (ledger) => {
        const behind = (await newest())!;
        await rows.owe(100, { lane: 2, organization: "org_2" });
        await ledger.readArrivals(epoch, behind);
      },
    ],
  };
  const newest = async (): Promise<number | undefined> =>
    (await rows.query<{ number: number }>("select max(number) as number from delivery"))[0]?.number;

  for (const [name, [most, count, work]] of Object.entries(cases)) {
    test(`${name}: no more rows are looked at than those it is about`, async () => {
      const { whole, found } = await lookedAt(work);
      assert.equal(whole, 0, "a whole table was read");
      assert.ok(found <= most * count + 50, `${found} rows were looked at, for ${count}`);
    });
  }

  test("a plan that was made while there was nothing leads to the rows as well", async () => {
    const empty = await postgres.create();
    const store = await openPostgres({ url: empty, masterKey, clock: systemClock, connections: 1 });
    const { ledger } = store;
    const owner = (await ledger.acquire(now, 0)).epoch;
    const many = await openOwedRows(empty);
    const act = async (numbers: readonly number[]): Promise<void> => {
      await ledger.readDue(owner, now, [{ lane: 1, class: "live", limit: 100 }]);
      await ledger.settle(
        owner,
        numbers.map((number) => settlement(number, 1, { outcome: refusal, next: { due: now + 9 } })),
      );
      await ledger.hasten(owner, 1, "retry", now, 100);
      await ledger.settle(
        owner,
        numbers.map((number) => settlement(number, 1, { attempt: 2 })),
      );
      await ledger.settle(
        owner,
        numbers.map((number) => settlement(number, 1, { attempt: 3 })),
      );
    };
    const blocks = async (): Promise<number> => {
      const [found] = await many.query<{ blocks: number }>(
        "select sum(idx_blks_hit + idx_blks_read + heap_blks_hit + heap_blks_read)::bigint as blocks from pg_statio_user_tables" +
          " where relname similar to '(delivery|event|attempt)%'",
      );
      return found!.blocks;
    };
    await act([404]);
    const numbers = await many.owe(30_000, { due: now - 1 });
    await ledger.settle(
      owner,
      numbers.slice(100).map((number) => settlement(number, 1)),
    );
    await many.query("select pg_stat_force_next_flush()");
    await sleep(1_100);
    await ledger.readDue(owner, now, []);
    const before = await blocks();
    await act(numbers.slice(0, 100));
    await store.close();
    await untilGone(many);
    const after = await blocks();
    await many.close();
    assert.ok(after - before < 100 * 100, `${after - before} blocks were looked at, for 100 rows`);
  });
});

/** A connection tells what it has counted at its end. */
async function untilGone(rows: OwedRows): Promise<void> {
  const others =
    "select 1 from pg_stat_activity where datname = current_database() and application_name = 'belfry' and pid <> pg_backend_pid()";
  while ((await rows.query(others)).length > 0) await sleep(5);
}
