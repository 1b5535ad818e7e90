// A store that is moved from SQLite to PostgreSQL says the same as before, goes on where it was after a kill, and what was owed is
// delivered from there.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import pg from "pg";
import { systemClock } from "../../src/clock.ts";
import { type MoveOptions, moveStore } from "../../src/store/move-store.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import type { NumberedItem } from "../../src/store/sequence-reads.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  keepAll,
  minute,
  observation,
  owed,
  progress,
  put,
  refusal,
  settlement,
  subscription,
} from "../contract/samples.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { assertKept } from "../fixtures/schemas/assert-kept.ts";
import { keptMasterKey as masterKey, keptSchemas, layDatabase, readKept } from "../fixtures/schemas/kept.ts";
import { templateOf } from "../fixtures/test-store.ts";
import { until } from "../fixtures/until.ts";

const only = { skip: withoutPostgres };
const main = join(import.meta.dirname, "../../src/main.ts");
const root = mkdtempSync(join(tmpdir(), "belfry-move-"));
let postgres: Postgres;
before(async () => {
  if (withoutPostgres === false) postgres = await startPostgres();
});
after(async () => {
  await postgres?.stop();
  rmSync(root, { recursive: true });
});

const directoryFor = (name: string) => mkdtempSync(join(root, `${name}-`));
const openThere = (url: string) => openPostgres({ url, masterKey, clock: systemClock, connections: 4 });

const move = (directory: string, url: string, change: Partial<MoveOptions> = {}) =>
  moveStore({
    directory,
    url,
    masterKey,
    clock: systemClock,
    partitionMs: 86_400_000,
    onProgress: () => {},
    isStopped: () => false,
    ...change,
  });

for (const schema of [keptSchemas[0], keptSchemas.at(-1)!]) {
  test(
    `a database of schema ${schema} says on PostgreSQL what it said in its day, and owes what it owed`,
    only,
    async () => {
      const directory = directoryFor("kept");
      layDatabase(schema, directory);
      const kept = readKept(schema);
      const url = await postgres.create();
      const moved = await move(directory, url);
      assert.equal(moved.status, "done");
      const store = await openThere(url);
      try {
        await assertKept(store, kept);
        assert.equal((await store.history.checkAudit(null)).brokenAt, null);
        await store.registry.audit(audit());
        const owned = await store.ledger.acquire(Date.now(), 0);
        assert.equal(owned.afterCrash, schema !== 1);
        const due = await store.ledger.readDue(
          owned.epoch,
          Date.now() + 1e10,
          owned.lanes.map(({ lane, class: of }) => ({ lane, class: of, limit: 100 })),
        );
        const pending = kept.deliveries.filter(({ state }) => state === "pending");
        const numbers = due.flatMap(({ rows }) => rows.map(({ number }) => number));
        for (const { number } of pending) {
          if (!owned.quarantined.includes(number)) assert.ok(numbers.includes(number), `delivery ${number}`);
        }
      } finally {
        await store.close();
      }
    },
  );
}

/** Some of everything that traffic leaves. Returns a few numbers. */
async function fill(directory: string, events: number) {
  const store = await openSqliteInProcess({ directory, masterKey, clock: systemClock });
  const now = Date.now();
  await addOrganization(store.registry);
  const lane = await store.registry.allocate(1);
  await put(store.registry, "org_one", subscription(lane));
  await store.registry.change({
    organization: "org_one",
    revision: null,
    retention: { events: 9e8 },
    audit: [audit()],
  });
  const { epoch } = await store.ledger.acquire(now, 0);
  const deliveries: number[] = [];
  for (let first = 0; first < events; first += 500) {
    const some = Array.from({ length: 500 }, (_, index) => {
      const id = `event_${first + index}`;
      return event(id, { acceptedAt: now, idempotencyKey: { id, hash: "h" }, deliveries: [owed(lane)] });
    });
    for (const receipt of await accept(store, some)) {
      if (receipt.status === "accepted") deliveries.push(receipt.deliveries[0]!);
    }
  }
  await store.ledger.settle(
    epoch,
    deliveries
      .slice(0, -3)
      .map((number) => settlement(number, lane, { outcome: refusal, next: { state: "exhausted" } })),
  );
  const [logged] = await store.ledger.appendObservations([observation({ acceptedAt: now })]);
  const position = (logged as { number: number }).number;
  await store.ledger.accept([], progress(epoch, position, { minutes: [minute(now - (now % 60_000))] }));
  await store.ledger.release(epoch);
  await store.close();
  return { lane, position, last: deliveries.at(-1)!, open: deliveries.slice(-3) };
}

/** Lets no more events in behind the first of them, so that a process that copies them can be killed in the middle. */
async function holdSecondSlice(url: string): Promise<{ letGo(): Promise<void> }> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "create function hold() returns trigger as $$ begin if exists (select 1 from event) then perform pg_advisory_xact_lock_shared(1);" +
      " end if; return null; end $$ language plpgsql set lock_timeout = 0;" +
      " create trigger hold before insert on event for each statement execute function hold(); select pg_advisory_lock(1)",
  );
  return {
    async letGo() {
      await client.query("select pg_advisory_unlock(1); drop trigger hold on event");
      // Those of the killed process go when the database notices, and nobody else may move as long as they are there.
      const left =
        "select 1 from pg_stat_activity where datname = current_database() and application_name = 'belfry move'";
      await until("its connections to be gone", async () => (await client.query(left)).rowCount === 0);
      await client.end();
    },
  };
}

test(
  "a move that was killed goes on where it was, no server starts meanwhile, and delivery goes on behind it",
  only,
  async () => {
    const directory = directoryFor("killed");
    writeFileSync(join(directory, "master.key"), `${Buffer.from(masterKey).toString("base64")}\n`, { mode: 0o600 });
    const { lane, last, open } = await fill(directory, 6_000);
    const url = await postgres.create(await templateOf(postgres));
    const beside = await holdSecondSlice(url);
    const child = spawn(process.execPath, [main, "migrate-store", "--from", directory, "--to", url], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text) => {
      said += String(text);
      if (said.includes("Copying event")) child.kill("SIGKILL");
    });
    assert.equal(await new Promise((resolve) => child.once("exit", (_, signal) => resolve(signal))), "SIGKILL", said);
    await beside.letGo();
    await assert.rejects(openThere(url), /migrate-store again/);

    // A second one that is asked to stop, and a third one that ends.
    let asked = 0;
    assert.equal((await move(directory, url, { isStopped: () => ++asked > 2 })).status, "stopped");
    const copied: string[] = [];
    const moved = await move(directory, url, {
      onProgress: (doing, table) => void (doing === "copying" && copied.push(table)),
    });
    assert.equal(moved.status, "done");
    assert.ok(!copied.includes("organization") && copied.includes("attempt"), String(copied));
    assert.equal((await move(directory, url).catch((error: Error) => error)) instanceof Error, true);
    await assert.rejects(openSqlite({ directory, masterKey, clock: systemClock }), /moved to PostgreSQL/);

    const store = await openThere(url);
    try {
      const { afterCrash, epoch } = await store.ledger.acquire(Date.now(), 0);
      assert.equal(afterCrash, false);
      const read = await store.ledger.readDue(epoch, Date.now(), [{ lane, class: "live", limit: 10 }]);
      assert.deepEqual(
        read[0]!.rows.map(({ number }) => number),
        open,
      );
      const [again] = await accept(store, [event("event_5", { idempotencyKey: { id: "event_5", hash: "h" } })]);
      assert.equal(again?.status, "duplicate");
      const [next] = await accept(store, [event("event_next", { acceptedAt: Date.now(), deliveries: [owed(lane)] })]);
      assert.ok(next?.status === "accepted" && next.deliveries[0]! > last);
      assert.deepEqual(next.sequences, [6_001]);
      assert.ok((await store.registry.allocate(1)) > lane);
      assert.deepEqual(await store.registry.retention("org_one"), { events: 9e8 });
      await store.ledger.settle(epoch, [settlement(open[0]!, lane)]);
      assert.equal((await store.history.delivery(open[0]!))?.state, "delivered");
      assert.equal(
        (await store.registry.subscription(`webhook_${lane}`, null))?.endpoint.basicAuth?.password,
        "canary-password",
      );
      const later = Date.now() + 11 * 86_400_000;
      while ((await store.ledger.prune(epoch, { ...keepAll, events: later - 1_000 }, later, 50)).more);
      assert.deepEqual(await store.history.totals(), { observations: 1, events: 0, pending: 0, attempts: 0 });
    } finally {
      await store.close();
    }
  },
);

test("a database that holds something else takes no store, and a row that is not the same is told", only, async () => {
  const directory = directoryFor("other");
  await fill(directory, 500);
  const used = await postgres.create();
  const store = await openThere(used);
  await addOrganization(store.registry);
  await store.close();
  await assert.rejects(move(directory, used), /not empty/);
  await assert.rejects(move(directoryFor("empty"), used), /no store/);

  const url = await postgres.create();
  let changed = false;
  const moved = await move(directory, url, {
    onProgress(doing) {
      if (doing === "comparing") changed = true;
    },
    // The first comparison finds nothing; then somebody changes a row.
    isStopped: () => changed,
  });
  assert.equal(moved.status, "stopped");
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("update event set body = body || ' ' where id = 'event_7'");
  await client.end();
  assert.deepEqual(await move(directory, url), { status: "different", tables: ["event"] });
});

/** What a lane was owed, page by page. */
async function numberedOf({ history }: Store, lane: number): Promise<readonly NumberedItem[]> {
  const items: NumberedItem[] = [];
  for (let after = 0, last = 1; after < last; ) {
    const page = await history.numbered({ organization: "org_one", lane, after, limit: 200 });
    items.push(...page.items);
    ({ reached: after, last } = page);
  }
  return items;
}

test("numbers that a restored copy has left out are told as such also where it was moved", only, async () => {
  const [directory, copy] = [directoryFor("copied"), directoryFor("copy")];
  const { lane } = await fill(directory, 500);
  cpSync(directory, copy, { recursive: true });
  const restored = await openSqliteInProcess({ directory: copy, masterKey, clock: systemClock });
  const owing = (id: string) => event(id, { acceptedAt: Date.now(), deliveries: [owed(lane)] });
  await accept(restored, [owing("event_after"), owing("event_later")]);
  const items = await numberedOf(restored, lane);
  await restored.close();
  assert.deepEqual(
    items.slice(499).map((item) => ["through" in item, item.state]),
    [
      [false, "pending"],
      [true, "skipped_by_restore"],
      [false, "pending"],
      [false, "pending"],
    ],
  );
  const url = await postgres.create();
  assert.equal((await move(copy, url)).status, "done");
  const store = await openThere(url);
  try {
    assert.deepEqual(await numberedOf(store, lane), items);
    const { epoch } = await store.ledger.acquire(Date.now(), 0);
    while ((await store.ledger.prune(epoch, keepAll, Date.now(), 50)).more);
    assert.deepEqual(await numberedOf(store, lane), items);
  } finally {
    await store.close();
  }
});
