// Databases as releases before this one left them (test/fixtures/schemas), brought to the newest schema by the real
// opener: nothing of what the ports of their day said may be lost, and what was owed is delivered.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { systemClock } from "../../src/clock.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { readMigrations } from "../../src/store/migrations.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { checkAudit } from "../../src/store/sqlite/statements/audit.ts";
import { audit, event } from "../contract/samples.ts";
import { adopt } from "../fixtures/adopted.ts";
import { createTower } from "../delivery/harness.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { assertKept, same } from "../fixtures/schemas/assert-kept.ts";
import { type Kept, keptMasterKey as masterKey, keptSchemas, layDatabase, readKept } from "../fixtures/schemas/kept.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-schemas-"));
after(() => rmSync(root, { recursive: true }));
const migrations = readMigrations(migrationsDirectory);
const newest = migrations.length;

function laid(schema: number): string {
  const directory = mkdtempSync(join(root, `schema-${schema}-`));
  layDatabase(schema, directory);
  return directory;
}
const fileIn = (directory: string) => join(directory, "belfry.sqlite");
/** As a server does, on threads, which costs much: what they add to the opener need not be asked of every case. */
const openOnThreads = (directory: string) => openSqlite({ directory, masterKey, clock: systemClock });
const open = (directory: string) => openSqliteInProcess({ directory, masterKey, clock: systemClock });
/** The kept databases hold what the tests speak of: a fixture without it would prove nothing. */
function assertWorthKeeping(schema: number, kept: Kept): void {
  const states = new Set(kept.deliveries.map(({ state }) => state));
  assert.deepEqual(states, new Set(["pending", "held", "delivered", "exhausted", "cancelled"]));
  const subscriptions = kept.snapshots.flatMap((snapshot) => snapshot.subscriptions);
  assert.deepEqual(new Set(subscriptions.map(({ dialect }) => dialect)), new Set(["butlr", "butterflymx"]));
  assert.ok(subscriptions.some(({ endpoint }) => endpoint.apiKey?.value === "desks-api-key"));
  assert.ok(subscriptions.some(({ endpoint }) => endpoint.basicAuth?.password === "desks-password"));
  assert.ok(subscriptions.every(({ signingSecrets }) => signingSecrets[0]?.secret.startsWith("whsec_") === true));
  assert.deepEqual(kept.quarantined, schema === 1 ? [] : [kept.deliveryOf["quarantined"]]);
  assert.deepEqual(kept.marked, schema === 1 ? [] : [kept.deliveryOf["beside"]]);
}

for (const schema of keptSchemas) {
  describe(`a database of schema ${schema}`, () => {
    const kept = readKept(schema);
    const newestTime = Math.max(...kept.events.map(({ acceptedAt }) => acceptedAt));

    test("is brought to the newest schema with everything in it, secrets and the chain of the audit included", async () => {
      assertWorthKeeping(schema, kept);
      const directory = laid(schema);
      const store = await openOnThreads(directory);
      await assertKept(store, kept);
      await store.registry.audit(audit());
      await store.close();
      const again = await open(directory);
      assert.equal((await again.history.audit({ limit: 1, before: null })).items[0]?.action, audit().action);
      await again.close();
      const database = new DatabaseSync(fileIn(directory));
      assert.equal(checkAudit(database, null, 1_000).brokenAt, null);
      assert.equal(database.prepare("select max(number) as number from migration").get()?.["number"], newest);
      // Else the list would be made, and the ids gone through, once more.
      const meta = database.prepare("select value from meta where name = ?");
      for (const name of ["delivery_by_lane", "idempotency_keys_pruned"]) {
        assert.ok(Number(meta.get(name)?.["value"]) > 0, name);
      }
      database.close();
    });

    test("still refuses what was accepted before, and gives no number out twice", async () => {
      const store = await open(laid(schema));
      const { revision } = (await store.registry.snapshot("org_desks"))!.organization;
      const send = async (id: string, hash: string, key: string | null) => {
        const given = event(id, { key, idempotencyKey: { id, hash } });
        const result = await store.ledger.accept([{ organization: "org_desks", revision, events: [given] }], null);
        assert.equal(result.status, "done");
        return result.status === "done" ? result.receipts[0]! : assert.fail();
      };
      assert.equal((await send("event_pending", "hash_pending", null)).status, "duplicate");
      assert.equal((await send("event_pending", "other", null)).status, "reused");
      assert.equal((await send("event_of_today", "hash", "key_pending")).status, "duplicate");
      const fresh = await send("event_of_tomorrow", "hash", null);
      assert.ok(fresh.status === "accepted" && fresh.number > Math.max(...kept.events.map(({ number }) => number)));
      const [observed] = await store.ledger.appendObservations([
        {
          organization: "org_desks",
          kind: "traffic",
          floor: null,
          at: newestTime,
          acceptedAt: newestTime,
          idempotencyKey: { id: "seen_2", hash: "other" },
          body: "{}",
        },
      ]);
      assert.equal(observed?.status, "reused");
      const numbers = kept.snapshots.flatMap(({ subscriptions }) => subscriptions.map(({ number }) => number));
      assert.ok((await store.registry.allocate(1)) > Math.max(...numbers));
      await store.close();
    });

    test("tells its next owner what the last one knew of lanes and of what was under way", async () => {
      const store = await open(laid(schema));
      const owned = await store.ledger.acquire(newestTime, 0);
      same(owned.healths, kept.healths, "healths");
      assert.deepEqual(
        owned.marked.map(({ number }) => number),
        kept.marked,
      );
      assert.deepEqual(owned.quarantined, []);
      assert.equal(owned.afterCrash, schema > 1);
      const lanes = owned.lanes.map(({ lane, class: ofClass }) => ({ lane, class: ofClass, limit: 100 }));
      const read = await store.ledger.readDue(owned.epoch, newestTime + 1e10, lanes);
      const rows = new Map(read.flatMap(({ rows }) => rows.map((row) => [row.number, row])));
      const corrected = rows.get(kept.deliveryOf["corrected"]!);
      assert.deepEqual([corrected?.event.revision, corrected?.event.previous], [1, "3"]);
      const retrying = rows.get(kept.deliveryOf["retrying"]!);
      const view = kept.deliveries.find(({ number }) => number === kept.deliveryOf["retrying"]);
      assert.deepEqual([retrying?.attempts, retrying?.createdAt], [1, view?.createdAt]);
      const classOf = (name: string) => rows.get(kept.deliveryOf[name]!)?.class;
      assert.deepEqual(["corrected", "retrying", "resent"].map(classOf), ["live", "retry", "retry"]);
      await store.close();
    });

    test("has everything that is owed delivered, signed with the secrets of its day, and what is held stays", async () => {
      const clock = createSteeredClock(newestTime + 3_600_000);
      const store = await openSqliteInProcess({ directory: laid(schema), masterKey, clock });
      const tower = await createTower({ store, clock });
      for (const { organization } of kept.snapshots) {
        const { subscriptions } = (await store.registry.snapshot(organization.id))!;
        for (const one of subscriptions) tower.subscriptions.set(one.number, one);
      }
      await tower.restart();
      // One thing after the other: the pause of the lane, retries that are spread, what is tried alone after a crash.
      for (let minute = 0; minute < 120; minute++) {
        await clock.pass(60_000);
        await tower.quiet();
      }
      const arrived = new Map(tower.network.calls.map((call) => [call.delivery, call]));
      const owed = kept.deliveries.filter(({ state }) => state === "pending");
      assert.ok(owed.length >= 6);
      for (const { number, event: id } of owed) {
        const call = arrived.get(`delivery_${number}`);
        assert.equal(call?.event, id, `delivery ${number}`);
        assert.equal((await store.history.delivery(number))?.state, "delivered");
      }
      for (const { request, url } of arrived.values()) {
        const { signingSecrets } = [...tower.subscriptions.values()].find(({ endpoint }) => endpoint.url === url)!;
        verify({
          headers: Object.fromEntries(request.headers),
          body: request.body,
          secret: signingSecrets[0]!.secret,
          now: clock.now(),
          toleranceSeconds: 86_400,
        });
      }
      assert.equal(arrived.size, owed.length);
      for (const { number, state } of kept.deliveries) {
        if (state !== "pending") assert.equal((await store.history.delivery(number))?.state, state);
      }
      await tower.dispatcher.stop();
      await store.close();
    });

    test("is still whole when the process ends in the middle of a migration", async () => {
      for (const { number, sql } of migrations.slice(schema)) {
        const directory = laid(schema);
        const half = new DatabaseSync(fileIn(directory));
        half.exec("pragma journal_mode = wal; pragma cache_size = 1; pragma cache_spill = 1");
        migrate(half, migrations.slice(0, number - 1), newestTime);
        half.exec(`begin immediate; ${sql}; create table filler (x text) strict`);
        // Enough to be written into the log before the commit that never comes.
        half.exec("insert into filler select hex(randomblob(4000)) from organization, audit, audit as other");
        const cut = mkdtempSync(join(root, "cut-"));
        for (const end of ["", "-wal"]) copyFileSync(`${fileIn(directory)}${end}`, `${fileIn(cut)}${end}`);
        half.close();
        adopt(cut);
        assert.ok(readFileSync(`${fileIn(cut)}-wal`).length > 100_000);
        const store = await open(cut);
        await assertKept(store, kept);
        await store.close();
      }
    });

    test("is not touched by an older Belfry that it is too new for", async () => {
      const directory = laid(schema);
      await (await open(directory)).close();
      const change = (sql: string) => {
        const database = new DatabaseSync(fileIn(directory));
        database.exec(sql);
        database.close();
      };
      change(`insert into migration values (${newest + 1}, 'later', 'x', 0)`);
      await assert.rejects(open(directory), /newer Belfry/);
      change(`delete from migration where number > ${newest}`);
      const store = await open(directory);
      await assertKept(store, kept);
      await store.close();
    });
  });
}
