import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { StartError } from "../../src/errors.ts";
import { loadMasterKey } from "../../src/store/master-key.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-master-"));
after(() => rmSync(root, { recursive: true }));
const directory = () => mkdtempSync(join(root, "data-"));
const key = Buffer.alloc(32, 5);

test("the environment wins and must be base64 of 32 bytes", () => {
  assert.deepEqual(Buffer.from(loadMasterKey(key.toString("base64"), "/nowhere")), key);
  assert.deepEqual(Buffer.from(loadMasterKey(key.toString("base64").replace("=", ""), "/nowhere")), key);
  for (const bad of ["x", Buffer.alloc(31).toString("base64"), Buffer.alloc(33).toString("base64"), "!".repeat(44)]) {
    assert.throws(() => loadMasterKey(bad, "/nowhere"), StartError, bad);
  }
});

test("the first start makes a key that only its owner can read, later starts find it", () => {
  const place = join(directory(), "new");
  const made = loadMasterKey(undefined, place);
  assert.equal(statSync(join(place, "master.key")).mode & 0o777, 0o600);
  assert.equal(statSync(place).mode & 0o777, 0o700);
  assert.deepEqual(loadMasterKey("", place), Buffer.from(made));
  assert.equal(Buffer.from(readFileSync(join(place, "master.key"), "utf8"), "base64").length, 32);
});

test("a key file that others can read is refused with what to do", () => {
  const place = directory();
  loadMasterKey(undefined, place);
  for (const mode of [0o644, 0o640, 0o604]) {
    chmodSync(join(place, "master.key"), mode);
    assert.throws(() => loadMasterKey(undefined, place), /chmod 600/);
  }
});

test("a damaged key file is refused", () => {
  const place = directory();
  writeFileSync(join(place, "master.key"), "not a key\n", { mode: 0o600 });
  assert.throws(() => loadMasterKey(undefined, place), StartError);
});

test("a key that could not be written whole is not there, and the next start makes one", () => {
  const place = directory();
  // Where a first start of before was killed, or found the disk full.
  writeFileSync(join(place, `master.key.${process.pid}.draft`), "half a k", { mode: 0o644 });
  const made = loadMasterKey(undefined, place);
  assert.deepEqual(readdirSync(place), ["master.key"]);
  assert.equal(statSync(join(place, "master.key")).mode & 0o777, 0o600);
  assert.deepEqual(loadMasterKey(undefined, place), Buffer.from(made));
});

test("no new key is made beside a database that an old one sealed", () => {
  const place = directory();
  writeFileSync(join(place, "belfry.sqlite"), "");
  assert.throws(() => loadMasterKey(undefined, place), /BELFRY_MASTER_KEY/);
});
