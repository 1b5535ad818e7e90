// What the embedded store insists on when it opens, and what it leaves on the disk.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { StartError } from "../../src/errors.ts";
import { checkAudit } from "../../src/store/sqlite/statements/audit.ts";
import { assertVersion, openDatabase } from "../../src/store/sqlite/file/database.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { adopt } from "../fixtures/adopted.ts";
import { addOrganization, audit, put, subscription } from "../contract/samples.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-opening-"));
after(() => rmSync(root, { recursive: true }));
const newDirectory = () => mkdtempSync(join(root, "data-"));
const masterKey = new Uint8Array(32).fill(7);
const open = (directory: string, key = masterKey) =>
  openSqliteInProcess({ directory, masterKey: key, clock: systemClock });
const change = (directory: string, sql: string) => {
  const database = new DatabaseSync(join(directory, "belfry.sqlite"));
  database.exec(sql);
  database.close();
};
const startError = (pattern: RegExp) => (error: unknown) => error instanceof StartError && pattern.test(error.message);

test("every commit is fsynced: WAL and synchronous FULL, on a new file and on one that exists", () => {
  const file = join(newDirectory(), "belfry.sqlite");
  for (let time = 0; time < 2; time++) {
    const database = openDatabase(file);
    const pragma = (name: string) => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
    assert.deepEqual(["journal_mode", "synchronous", "auto_vacuum"].map(pragma), ["wal", 2, 2]);
    database.exec("create table if not exists t (x integer)");
    database.close();
  }
});

test("a SQLite that can corrupt its WAL is refused", () => {
  for (const bad of ["3.51.2", "3.45.1", "3.7.0", "2.9.9"]) assert.throws(() => assertVersion(bad), StartError, bad);
  for (const good of ["3.51.3", "3.53.4", "4.0.0"]) assertVersion(good);
});

test("directory and files are readable by their owner only", async () => {
  const directory = join(newDirectory(), "made", "here");
  const store = await open(directory);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  for (const file of ["belfry.sqlite", "belfry.sqlite-wal", "belfry.sqlite-shm"]) {
    assert.equal(statSync(join(directory, file)).mode & 0o777, 0o600, file);
  }
  await store.close();
});

test("a second opener is refused by name of the directory, until the first has closed", async () => {
  const directory = newDirectory();
  const first = await openSqlite({ directory, masterKey, clock: systemClock });
  const refused = startError(/in use by another Belfry.*--data/);
  await assert.rejects(openSqlite({ directory, masterKey, clock: systemClock }), refused);
  await assert.rejects(open(directory), (error) => refused(error) && String(error).includes(directory));
  await addOrganization(first.registry);
  await first.close();
  const next = await open(directory);
  assert.equal((await next.registry.organizations()).length, 1);
  await next.close();
});

test("a database that lost its newest part is refused before anything is written, and opens again with it", async () => {
  const directory = newDirectory();
  const path = (name: string) => join(directory, name);
  const first = await openSqlite({ directory, masterKey, clock: systemClock });
  await first.ledger.acquire(0, 0);
  await addOrganization(first.registry);
  // As a kill leaves them.
  const left = new Map(["belfry.sqlite", "belfry.sqlite-wal"].map((name) => [name, readFileSync(path(name))]));
  await first.close();
  const lay = (...names: string[]) => {
    for (const [name, bytes] of left) {
      if (names.includes(name)) writeFileSync(path(name), bytes);
      else rmSync(path(name), { force: true });
    }
    adopt(directory);
  };
  const older = startError(/belfry\.sqlite is older than .* --as-is/);
  const logGone = startError(/belfry\.sqlite-wal is missing/);
  for (const [names, refused] of [
    [["belfry.sqlite"], logGone],
    [[], older],
  ] as const) {
    lay(...names);
    await assert.rejects(open(directory), refused);
    await assert.rejects(openSqlite({ directory, masterKey, clock: systemClock }), refused);
  }
  lay("belfry.sqlite", "belfry.sqlite-wal");
  const again = await open(directory);
  assert.equal((await again.registry.organizations()).length, 1);
  await again.ledger.acquire(0, 0);
  await again.close();

  // Somebody who knows what is missing goes on without it.
  lay();
  const asIs = await openSqliteInProcess({ directory, masterKey, clock: systemClock, asIs: true });
  assert.equal((await asIs.registry.organizations()).length, 0);
  await asIs.close();
});

test("a damaged lock file is told with what to do", async () => {
  const directory = newDirectory();
  writeFileSync(join(directory, "lock.sqlite"), "x".repeat(8_192));
  await assert.rejects(open(directory), startError(/lock\.sqlite cannot be used .*delete it/));
});

test("another master key is refused with the names of both, and the right one still opens", async () => {
  const directory = newDirectory();
  await (await open(directory)).close();
  const wrong = new Uint8Array(32).fill(8);
  await assert.rejects(open(directory, wrong), startError(/master key [0-9a-f]{12}, the one given is [0-9a-f]{12}/));
  await assert.rejects(openSqlite({ directory, masterKey: wrong, clock: systemClock }), StartError);
  await (await open(directory)).close();
});

test("a schema from the future is refused on either side of the thread", async () => {
  const directory = newDirectory();
  await (await open(directory)).close();
  change(directory, "insert into migration values (999, 'future', 'x', 0)");
  await assert.rejects(open(directory), startError(/newer Belfry/));
  await assert.rejects(openSqlite({ directory, masterKey, clock: systemClock }), startError(/newer Belfry/));
});

test("a file that is no database is refused by name", async () => {
  const directory = newDirectory();
  writeFileSync(join(directory, "belfry.sqlite"), "x".repeat(8_192));
  await assert.rejects(open(directory), startError(/belfry\.sqlite cannot be used/));
});

test("secrets that were swapped between subscriptions or touched are refused, the others still open", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await addOrganization(store.registry);
  const [a, b, c] = [1, 2, 3].map((number) => subscription(number));
  await put(store.registry, "org_one", a!, b!, c!);
  await store.close();
  change(
    directory,
    "create temp table swap as select number, secrets from subscription;" +
      "update subscription set secrets = (select secrets from swap where swap.number = 3 - subscription.number) where number < 3",
  );
  const again = await open(directory);
  for (const { id } of [a!, b!]) {
    const found = await again.registry.subscription(id, null);
    assert.deepEqual([found?.state, found?.isUnreadable, found?.signingSecrets], ["disabled", true, []]);
  }
  assert.deepEqual(await again.registry.subscription(c!.id, null), c);
  await again.close();
});

test("no file ever holds a secret in clear, not even after it was removed", async () => {
  const directory = newDirectory();
  const store = await openSqlite({ directory, masterKey, clock: systemClock });
  await addOrganization(store.registry);
  await put(store.registry, "org_one", subscription(1), subscription(2));
  await store.registry.change({ organization: "org_one", revision: null, remove: [1], audit: [audit()] });
  const search = () => {
    for (const file of readdirSync(directory)) {
      const bytes = readFileSync(join(directory, file));
      for (const canary of ["canary-api-key", "canary-password", "whsec_canary"]) {
        assert.equal(bytes.includes(canary), false, `${canary} in ${file}`);
      }
      assert.equal(bytes.includes(Buffer.from(masterKey)), false, file);
    }
  };
  search();
  await store.close();
  search();
});

test("of a removed subscription the record stays for the history, and its secrets are gone, sealed ones too", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  await addOrganization(store.registry);
  await put(store.registry, "org_one", subscription(1), subscription(2));
  await store.registry.change({ organization: "org_one", revision: null, remove: [1], audit: [audit()] });
  assert.equal(await store.registry.subscription("webhook_1", null), null);
  await store.close();
  const database = new DatabaseSync(join(directory, "belfry.sqlite"));
  const rows = database.prepare("select secrets is null as gone, record from subscription order by number").all();
  assert.deepEqual(
    rows.map(({ gone }) => gone),
    [1, 0],
  );
  assert.ok(String(rows[0]?.["record"]).includes("Front desk"));
  database.close();
});

test("an audit entry that was changed or taken out shows", async () => {
  const directory = newDirectory();
  const store = await open(directory);
  for (const action of ["a", "b", "c", "d"]) await store.registry.audit(audit(action));
  await store.close();
  const broken = (sql: string) => {
    const database = new DatabaseSync(join(directory, "belfry.sqlite"));
    database.exec(`begin; ${sql}`);
    const found = checkAudit(database, null, 100).brokenAt;
    database.exec("rollback");
    database.close();
    return found;
  };
  assert.equal(broken(""), null);
  // Every field is under the hash, and so is which of them says what.
  const changes = ["at = at + 1", "actor = 'nobody'", "action = 'x'", "object = 'x'", "detail = '{}'"];
  changes.push("organization = 7", "hash = zeroblob(32)", "actor = action, action = actor", "number = 9");
  for (const change of changes) {
    const named = change === "number = 9" ? 3 : 2;
    assert.equal(broken(`update audit set ${change} where number = 2`), named, change);
  }
  assert.equal(broken("update audit set number = 9 where number = 4"), 9, "the last one, which no other follows");
  assert.equal(broken("delete from audit where number = 3"), 4);
  assert.equal(broken("delete from audit where number = 1"), 2);
  assert.equal(broken("delete from audit where number = 2; update audit set number = number - 1 where number > 2"), 2);
  assert.equal(
    broken(
      "update audit set number = number + 10 where number = 2; update audit set number = 2 where number = 3; " +
        "update audit set number = 3 where number = 12",
    ),
    2,
    "two entries changed places",
  );
});
