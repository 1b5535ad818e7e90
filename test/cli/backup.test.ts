// belfry backup and belfry restore against a server with a real store: what they make, whole or not at all, and what they refuse.

import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeDirectory } from "../../src/cli/backup/new-directory.ts";
import { CommandFailure } from "../../src/cli/failure.ts";
import { runProgram } from "../../src/cli/program.ts";
import { BelfryError } from "../../src/errors.ts";
import type { Role } from "../../src/model/principal.ts";
import { type Backups, createBackups } from "../../src/store/backups.ts";
import { loadMasterKey } from "../../src/store/master-key.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { addOrganization } from "../contract/samples.ts";
import { notingLog } from "../fixtures/noted-log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { type House, houseNonce, openHouse } from "../http/fixture.ts";
import { createTestTerminal } from "./test-terminal.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-backup-test-"));
after(() => rmSync(root, { recursive: true }));
const data = join(root, "data");
const clock = createSteeredClock();
let house: House;
let backups: Backups;
/** What the server answers to the next page; null: what is in the copy. */
let instead: (() => Promise<Uint8Array | null>) | null = null;

before(async () => {
  const masterKey = loadMasterKey(undefined, data);
  const store = await openSqliteInProcess({ directory: data, masterKey, clock });
  await addOrganization(store.registry);
  await store.ledger.acquire(clock.now(), 0);
  backups = createBackups({ copyTo: store.copyTo, directory: data, clock, log: notingLog(() => undefined) });
  const read: Backups["read"] = (id, offset) => (instead === null ? backups.read(id, offset) : instead());
  house = await openHouse({ over: { store, clock }, backups: { ...backups, read } });
  await house.server.start();
  writeFileSync(join(data, "operator.key"), await keyOf("operator"), { mode: 0o600 });
  writeFileSync(join(data, "server.json"), JSON.stringify({ url: house.server.url, nonce: houseNonce }));
});
after(() => house.close());

async function keyOf(role: Role): Promise<string> {
  const organization = role === "operator" ? null : "org_one";
  return (await house.keys.issue({ role, organization, targets: [] }, "system")).key;
}

async function run(...args: readonly string[]) {
  const terminal = createTestTerminal();
  const code = await runProgram(args, { terminal });
  return { code, out: terminal.out(), notes: terminal.notes() };
}

let places = 0;
const place = (): string => join(root, `place-${++places}`);
const unfinished = () => readdirSync(root).filter((name) => name.endsWith(".unfinished"));

async function backedUp(...flags: readonly string[]): Promise<string> {
  const to = place();
  const { code, notes } = await run("backup", "--to", to, "--data", data, ...flags);
  assert.equal(code, 0, notes);
  return to;
}

test("a backup is restored into a data directory that starts, private to its user and with its keys", async () => {
  const to = await backedUp();
  assert.deepEqual(readdirSync(to).toSorted(), ["belfry.sqlite", "manifest.json", "master.key", "operator.key"]);
  const restored = place();
  const { code, out, notes } = await run("restore", "--from", to, "--data", restored);
  assert.equal(code, 0, notes);
  assert.match(
    out,
    /^Restored .* as of 2026-01-05T08:00:.*numbered from \d{8,}, .*\nStart it with: belfry serve --data /,
  );
  for (const directory of [to, restored]) {
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    for (const name of readdirSync(directory)) {
      assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600, name);
    }
  }
  assert.equal(readFileSync(join(restored, "operator.key"), "utf8"), readFileSync(join(data, "operator.key"), "utf8"));
  const masterKey = loadMasterKey(undefined, restored);
  const store = await openSqliteInProcess({ directory: restored, masterKey, clock });
  assert.equal((await store.registry.organizations()).length, 1);
  assert.equal(store.isRenumbered, false);
  await store.close();
  assert.equal(existsSync(join(data, "belfry.sqlite.backup")), false, "the server keeps no copy");
  assert.deepEqual(unfinished(), []);
});

test("keys stay out where they are not wanted, not at hand, or of another server; both commands say what is missing", async () => {
  const unwanted = place();
  const said = await run("backup", "--to", unwanted, "--data", data, "--without-keys");
  assert.match(said.notes, /^The key files are not in the backup\. Keep the master key [0-9a-f]{12} /);
  const foreign = place();
  mkdirSync(foreign);
  loadMasterKey(undefined, foreign);
  cpSync(join(data, "operator.key"), join(foreign, "operator.key"));
  cpSync(join(data, "server.json"), join(foreign, "server.json"));
  const to = place();
  const { code, notes } = await run("backup", "--to", to, "--data", foreign);
  assert.equal(code, 0);
  assert.match(notes, /^master\.key of this server is not at hand here/);
  for (const directory of [unwanted, to]) {
    assert.deepEqual(readdirSync(directory).toSorted(), ["belfry.sqlite", "manifest.json"]);
    const restored = await run("restore", "--from", directory, "--data", place());
    assert.equal(restored.code, 0, restored.notes);
    assert.match(restored.notes, /before the start put master\.key \([0-9a-f]{12}\) into .*--new-operator-key/);
  }
});

test("both take an empty directory, and refuse one with something in it before they do anything", async () => {
  const [to, restored] = [place(), place()];
  for (const directory of [to, restored]) mkdirSync(directory);
  assert.equal((await run("backup", "--to", to, "--data", data)).code, 0);
  assert.equal((await run("restore", "--from", to, "--data", restored)).code, 0);
  assert.equal(existsSync(join(restored, "belfry.sqlite")), true);
  for (const args of [
    ["backup", "--to", to, "--data", data],
    ["restore", "--from", to, "--data", restored],
  ]) {
    const { code, notes } = await run(...args);
    assert.equal(code, 1);
    assert.match(notes, /is not empty: name a directory that is new or empty\. Nothing was written\./);
  }
});

test("a backup that is cut short leaves nothing, here or on the server", async () => {
  for (const answer of [
    async () => new Uint8Array(),
    async () => null,
    () => Promise.reject(new BelfryError("CONFLICT", "Gone.")),
    async () => Buffer.alloc(1_000_000),
  ]) {
    instead = answer;
    const to = place();
    const { code } = await run("backup", "--to", to, "--data", data);
    instead = null;
    assert.equal(code, 1);
    assert.equal(existsSync(to), false);
    assert.equal(existsSync(join(data, "belfry.sqlite.backup")), false);
  }
  const terminal = createTestTerminal();
  instead = async () => {
    terminal.pressCtrlC();
    return Buffer.alloc(10);
  };
  const to = place();
  assert.equal(await runProgram(["backup", "--to", to, "--data", data], { terminal }), 130);
  instead = null;
  assert.equal(existsSync(to), false);
  assert.equal(existsSync(join(data, "belfry.sqlite.backup")), false);
  assert.deepEqual(unfinished(), []);
});

test("what the file system refuses is told in a sentence, and leaves nothing", async () => {
  const file = place();
  writeFileSync(file, "x");
  assert.match((await run("backup", "--to", file, "--data", data)).notes, /is a file: name a directory/);
  const below = await run("backup", "--to", join(file, "below"), "--data", data);
  assert.equal(below.code, 1);
  assert.match(below.notes, /below was not made: E/);
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  const to = place();
  await assert.rejects(
    makeDirectory(to, "last", (draft) => {
      writeFileSync(join(draft, "half"), "x");
      return Promise.reject(full);
    }),
    (error) => error instanceof CommandFailure && /was not made: ENOSPC/.test(error.message),
  );
  assert.equal(existsSync(to), false);
  assert.deepEqual(unfinished(), []);
});

test("a master key that may not be used stops the backup, and says how to do without", async () => {
  const shared = place();
  mkdirSync(shared);
  for (const name of ["master.key", "operator.key", "server.json"]) cpSync(join(data, name), join(shared, name));
  chmodSync(join(shared, "master.key"), 0o644);
  const { code, notes } = await run("backup", "--to", place(), "--data", shared);
  assert.equal(code, 1);
  assert.match(notes, /master\.key can be read by other users .*chmod 600 .* Or use --without-keys\./);
});

test("a backup that was changed is refused by the name of what is wrong, and nothing is made of it", async () => {
  const pristine = await backedUp();
  const changed = (change: (directory: string) => void): string => {
    const directory = place();
    cpSync(pristine, directory, { recursive: true });
    change(directory);
    return directory;
  };
  const manifest = (directory: string, change: object) => {
    const file = join(directory, "manifest.json");
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), ...change }));
  };
  const flip = (file: string) => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(file, bytes);
  };
  const cases: readonly (readonly [RegExp, (directory: string) => void])[] = [
    [/belfry\.sqlite is not what was backed up/, (directory) => flip(join(directory, "belfry.sqlite"))],
    [/master\.key is not what was backed up/, (directory) => writeFileSync(join(directory, "master.key"), "x")],
    [/operator\.key is missing, though/, (directory) => rmSync(join(directory, "operator.key"))],
    [/no backup made by `belfry backup`.*start on the copy/, (directory) => rmSync(join(directory, "manifest.json"))],
    [/manifest\.json is damaged/, (directory) => writeFileSync(join(directory, "manifest.json"), "{")],
    [/written by a newer Belfry/, (directory) => manifest(directory, { format: 2 })],
    [/which is newer than this one/, (directory) => manifest(directory, { schema: 999 })],
    [
      /manifest\.json is damaged/,
      (directory) => manifest(directory, { files: [{ name: "../x", bytes: 1, sha256: "0" }] }),
    ],
    [/holds no belfry\.sqlite/, (directory) => manifest(directory, { files: [] })],
    [/does not open its database/, (directory) => manifest(directory, { master_key: "0123456789ab" })],
  ];
  for (const [says, change] of cases) {
    const to = place();
    const { code, notes } = await run("restore", "--from", changed(change), "--data", to);
    assert.equal(code, 1, String(says));
    assert.match(notes, says);
    assert.equal(existsSync(to), false);
  }
  assert.deepEqual(unfinished(), []);
});

test("only an operator's key may back up, and every backup is in the audit", async () => {
  for (const role of ["organization", "viewer", "ingest"] as const) {
    const args = ["--url", house.server.url, "--key", await keyOf(role)];
    const { code, notes } = await run("backup", "--to", place(), ...args);
    assert.equal(code, 1);
    assert.match(notes, /403 FORBIDDEN to POST \/v1\/backups/);
  }
  await backedUp();
  const { items } = await house.store.history.audit({ limit: 1, before: null });
  assert.equal(items[0]!.action, "backup.create");
});
