// Copies of a data directory: sound ones start, as whole as they are and with numbers that nobody has; all others are refused by
// name. A copy is made of real files, also while they are in use.

import assert from "node:assert/strict";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { StartError } from "../../src/errors.ts";
import { adoptCopy, checkCopy } from "../../src/store/copies.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { verifyAudit } from "../../src/store/verify-audit.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  observation,
  owe,
  owed,
  put,
  subscription,
} from "../contract/samples.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-copies-"));
after(() => rmSync(root, { recursive: true }));
const newDirectory = () => mkdtempSync(join(root, "data-"));
const fileIn = (directory: string) => join(directory, "belfry.sqlite");
const masterKey = new Uint8Array(32);
const clock = createSteeredClock();
const open = (directory: string, asIs = false) => openSqliteInProcess({ directory, masterKey, clock, asIs });
const events = 40;
/** The first number that is given out. */
const lane = 100_000_001;

/** A store that has an owner, a subscription, acknowledged events and observations. */
async function fill(directory: string): Promise<Store> {
  const store = await open(directory);
  await addOrganization(store.registry);
  assert.equal(await store.registry.allocate(1), lane);
  await put(store.registry, "org_one", subscription(lane));
  await store.registry.audit({ ...audit(), at: clock.now() });
  await store.ledger.acquire(clock.now(), 0);
  await store.ledger.appendObservations([observation()]);
  for (let number = 0; number < events; number++) {
    await accept(store, [event(`event_${number}`, { deliveries: [owed(lane)] })]);
  }
  return store;
}

/** One that was stopped, and one at work. Neither is changed. */
const stopped = newDirectory();
await (await fill(stopped)).close();
const working = newDirectory();
const atWork = await fill(working);
after(() => atWork.close());

/** Numbers that the store gives out next, each of its kind. */
async function nextNumbers(store: Store) {
  await store.ledger.acquire(clock.now(), 0);
  const [delivery] = await owe(store, "event_next", [owed(lane)]);
  const [logged] = await store.ledger.appendObservations([observation()]);
  const { items } = await store.history.events({ limit: 1, before: null, organization: null, since: null, type: null });
  return {
    delivery: delivery!,
    observation: logged?.status === "accepted" ? logged.number : 0,
    event: items[0]!.number,
    integration: await store.registry.allocate(1),
    revision: (await store.registry.snapshot("org_one"))!.organization.revision,
  };
}

async function assertWhole(directory: string): Promise<void> {
  const store = await open(directory);
  assert.equal((await store.history.totals()).events, events);
  assert.equal((await store.history.totals()).pending, events);
  const { afterCrash } = await store.ledger.acquire(clock.now(), 0);
  assert.equal(afterCrash, false, "a sound copy was left by no crash");
  await store.close();
}

const refused = (directory: string, pattern: RegExp) =>
  assert.rejects(open(directory), (error) => error instanceof StartError && pattern.test(error.message));

test("a copy of a stopped server starts with everything, once with new numbers", async () => {
  const copy = newDirectory();
  cpSync(stopped, copy, { recursive: true });
  const first = await open(copy);
  assert.equal(first.isRenumbered, true);
  await first.close();
  const second = await open(copy);
  assert.equal(second.isRenumbered, false);
  await second.close();
  await assertWhole(copy);
});

test("what SQLite's own backup and VACUUM INTO make of a server at work starts with everything", async () => {
  const source = new DatabaseSync(fileIn(working), { readOnly: true });
  const [byBackup, byVacuum, again] = [newDirectory(), newDirectory(), newDirectory()];
  await backup(source, fileIn(byBackup));
  source.exec(`vacuum into '${fileIn(byVacuum)}'`);
  source.close();
  for (const copy of [byBackup, byVacuum]) await assertWhole(copy);
  // Also of a database that was such a copy itself.
  const copied = new DatabaseSync(fileIn(byBackup), { readOnly: true });
  await backup(copied, fileIn(again));
  copied.close();
  await assertWhole(again);
});

test("a moved or renamed directory is no copy", async () => {
  const [here, there] = [newDirectory(), join(newDirectory(), "there")];
  await (await fill(here)).close();
  renameSync(here, there);
  const store = await open(there);
  assert.equal(store.isRenumbered, false);
  await store.close();
});

test("the file of a server at work, copied without its WAL, is refused however often, also from a copy", async () => {
  const copy = newDirectory();
  copyFileSync(fileIn(working), fileIn(copy));
  for (let time = 0; time < 2; time++)
    await refused(copy, /belfry\.sqlite is a copy .* in use, without the WAL .*--as-is/);
  await (await open(copy, true)).close();

  const [source, ofCopy] = [newDirectory(), newDirectory()];
  const original = new DatabaseSync(fileIn(working), { readOnly: true });
  await backup(original, fileIn(source));
  original.close();
  const restored = await open(source);
  await restored.ledger.acquire(clock.now(), 0);
  copyFileSync(fileIn(source), fileIn(ofCopy));
  await refused(ofCopy, /in use, without the WAL/);
  await restored.close();
});

test("files of a server at work, copied with their WAL, are refused with the index or without, until they are taken as they are", async () => {
  for (const withIndex of [true, false]) {
    const copy = newDirectory();
    cpSync(working, copy, { recursive: true, filter: (name) => withIndex || !name.endsWith("-shm") });
    for (let time = 0; time < 2; time++) await refused(copy, /belfry\.sqlite is a copy .* while Belfry ran .*--as-is/);
    const store = await open(copy, true);
    assert.equal((await store.history.totals()).events, events);
    assert.equal(store.isRenumbered, true);
    await store.close();
  }
});

test("a copy that lost its lock file stays a copy, however often its start was refused", async () => {
  const copy = newDirectory();
  cpSync(working, copy, { recursive: true, filter: (name) => !name.includes("lock.sqlite") });
  for (let time = 0; time < 2; time++) await refused(copy, /is a copy/);
});

test("a copy whose index contradicts its table is refused, which only a check of the whole file finds", async () => {
  const copy = newDirectory();
  cpSync(stopped, copy, { recursive: true });
  const database = new DatabaseSync(fileIn(copy));
  const { rootpage } = database.prepare("select rootpage from sqlite_schema where name = 'event_id'").get()!;
  database.close();
  const bytes = readFileSync(fileIn(copy));
  const at = bytes.indexOf("event_39", (Number(rootpage) - 1) * 4096);
  assert.ok(at > 0 && at < Number(rootpage) * 4096);
  const handle = openSync(fileIn(copy), "r+");
  writeSync(handle, "event_3X", at);
  closeSync(handle);
  await refused(copy, /belfry\.sqlite is damaged .*belfry restore/);
});

test("key files without a database start nothing and stay as they are; a master key alone may wait for its first start", async () => {
  const keys = newDirectory();
  writeFileSync(join(keys, "operator.key"), "belfry_old");
  await refused(keys, /keys of a Belfry, but belfry\.sqlite is missing.*belfry restore/);
  assert.equal(readFileSync(join(keys, "operator.key"), "utf8"), "belfry_old");
  await refused(keys, /belfry\.sqlite is missing/);
  const fresh = newDirectory();
  writeFileSync(join(fresh, "master.key"), "x");
  await (await open(fresh)).close();
});

test("a copy gives out no number that its original may have given out since, and says so in the audit", async () => {
  const [copy, source] = [newDirectory(), newDirectory()];
  await (await fill(source)).close();
  cpSync(source, copy, { recursive: true });
  const original = await open(source);
  const theirs = await nextNumbers(original);
  await original.close();
  const day = 86_400;
  await clock.pass(day * 1_000);
  const restored = await open(copy);
  const ours = await nextNumbers(restored);
  const drawn = new Set<number>();
  const between = (number: keyof typeof ours, least: number, perSecond: number, part: number) => {
    const skipped = ours[number] - theirs[number] - least - perSecond * day;
    drawn.add(Math.floor(skipped / part));
    const beyond = skipped % part;
    assert.ok(skipped >= 0 && beyond < perSecond * 60 + 100, `${number}: ${skipped}`);
  };
  between("observation", 10_000_000, 100_000, 1e10);
  between("event", 10_000_000, 100_000, 1e10);
  between("delivery", 10_000_000, 1_000_000, 1e10);
  between("integration", 1_000_000, 100, 1e5);
  between("revision", 1_000_000, 1_000, Infinity);
  drawn.delete(0);
  assert.ok(drawn.size <= 1 && [...drawn].every((part) => part < 1_000), [...drawn].join());
  const said = (await restored.history.audit({ limit: 1, before: null })).items[0]!;
  assert.equal(said.action, "store.renumber");
  assert.equal((await verifyAudit(restored.history)).brokenAt, null);
  // The lane leaves out as many numbers as there can have been events, and says which.
  const { items, last } = await restored.history.numbered({
    organization: "org_one",
    lane,
    after: events - 1,
    limit: 9,
  });
  const least = 10_000_000 + 100_000 * day;
  assert.deepEqual(
    items.map((item) => [item.sequence, "through" in item, item.state]),
    [
      [events, false, "pending"],
      [events + 1, true, "skipped_by_restore"],
      [last, false, "pending"],
    ],
  );
  assert.ok(last > events + least && last < events + least + 100_000 * 60 + 100, `${last}`);
  // Lists that are extended number by number do not go over those left out.
  const list = { limit: 100, before: null, organization: null, state: null, since: null };
  const listed = await restored.history.deliveries({ ...list, subscription: `webhook_${lane}` });
  assert.equal(listed.items[0]!.number, ours.delivery);
  // Nor do reads and erasures.
  const ofAll = { ...list, organization: "org_one", subscription: null };
  assert.equal((await restored.history.deliveries(ofAll)).items.length, events + 1);
  const allEvents = { limit: 100, before: null, organization: "org_one", since: null, type: null };
  assert.equal((await restored.history.events(allEvents)).items.length, events + 1);
  const person = { organization: "org_one", id: "nobody", name: "", references: [], keychains: [], accessTools: [] };
  let slices = 0;
  for (let cursor = await restored.ledger.erasePerson(person, null); cursor !== null; slices++) {
    cursor = await restored.ledger.erasePerson(person, cursor);
  }
  assert.ok(slices < 20, `${slices} slices`);
  await restored.close();
  const database = new DatabaseSync(fileIn(copy));
  assert.equal(
    database.prepare("select value from meta where name = 'delivery_by_lane'").get()!["value"],
    ours.delivery,
  );
  database.close();
});

test("two copies of one original draw parts of their own, so that neither gives out a number of the other", async () => {
  const source = newDirectory();
  await (await fill(source)).close();
  const seen = [];
  for (let count = 0; count < 4; count++) {
    const copy = newDirectory();
    cpSync(source, copy, { recursive: true });
    const store = await open(copy);
    seen.push(await nextNumbers(store));
    await store.close();
  }
  for (const kind of ["observation", "event", "delivery", "integration"] as const) {
    // Four of a thousand parts: the same twice in one run of 160, all four the same in one of 10⁹.
    assert.notEqual(new Set(seen.map((numbers) => numbers[kind])).size, 1, kind);
  }
});

test("a copy made beside a store at work on its threads has all that was acknowledged before, and hinders nobody", async () => {
  const directory = newDirectory();
  const store = await openSqlite({ directory, masterKey, clock: systemClock });
  await addOrganization(store.registry);
  await put(store.registry, "org_one", subscription(1));
  await store.ledger.acquire(systemClock.now(), 0);
  const body = JSON.stringify("x".repeat(4_000));
  const many = (from: number, count: number) =>
    accept(
      store,
      Array.from({ length: count }, (_, index) => event(`event_${from + index}`, { body, deliveries: [owed(1)] })),
    );
  await many(0, 2_000);
  const target = join(newDirectory(), "copy.sqlite");
  let acknowledged = 2_000;
  let steps = 0;
  let made = false;
  const copying = store
    .copyTo(target, () => steps++)
    .then((facts) => {
      made = true;
      return facts;
    });
  while (!made) {
    await many(acknowledged, 5);
    acknowledged += 5;
  }
  const facts = await copying;
  assert.ok(steps > 10 && acknowledged > 2_005, `${steps} steps, ${acknowledged} events`);
  assert.equal(statSync(target).mode & 0o777, 0o600);
  checkCopy(target);
  assert.equal(facts.store.length, 36);
  assert.ok(facts.numbers.event >= 2_000 && facts.numbers.event <= acknowledged);
  await store.close();

  const restored = newDirectory();
  copyFileSync(target, fileIn(restored));
  const { numbers } = adoptCopy(restored, systemClock);
  assert.ok(numbers.delivery >= facts.numbers.delivery + 10_000_000);
  assert.deepEqual(readdirSync(restored).toSorted(), ["belfry.sqlite", "lock.sqlite"]);
  const again = await openSqlite({ directory: restored, masterKey, clock: systemClock });
  assert.equal(again.isRenumbered, false, "it was renumbered already");
  assert.equal((await again.history.totals()).events, facts.numbers.event);
  await again.close();
});

test("a copy that a stop cuts short leaves nothing", async () => {
  const directory = newDirectory();
  const openThere = () => openSqlite({ directory, masterKey, clock: systemClock });
  const store = await openThere();
  await addOrganization(store.registry);
  const body = JSON.stringify("x".repeat(400_000));
  await accept(
    store,
    Array.from({ length: 20 }, (_, index) => event(`event_${index}`, { body })),
  );
  await store.close();
  // The copy is made on a thread of its own, and may be done before the stop gets there.
  for (let tries = 1; ; tries++) {
    const stopping = await openThere();
    const target = join(newDirectory(), "cut.sqlite");
    const begun = Promise.withResolvers<void>();
    const copying = stopping
      .copyTo(target, () => begun.resolve())
      .then(
        () => "made",
        (error: unknown) => String(error),
      );
    await begun.promise;
    await stopping.close();
    const end = await copying;
    if (end !== "made") {
      assert.match(end, /closed/);
      assert.equal(existsSync(target), false);
      return;
    }
    checkCopy(target);
    assert.ok(tries < 20, "no stop ended a copy");
  }
});
