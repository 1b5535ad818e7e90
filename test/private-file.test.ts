import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createPrivateFile, replacePrivateFile } from "../src/private-file.ts";
import { syncedBy } from "./fixtures/synced.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-private-"));
after(() => rmSync(root, { recursive: true }));
const directory = () => mkdtempSync(join(root, "data-"));

test("a file is made for its owner only, once, and replaced when that is meant", () => {
  const file = join(directory(), "a.key");
  assert.equal(createPrivateFile(file, "one"), true);
  assert.equal(createPrivateFile(file, "two"), false);
  assert.equal(readFileSync(file, "utf8"), "one");
  writeFileSync(file, "open", { mode: 0o644 });
  replacePrivateFile(file, "three");
  assert.equal(readFileSync(file, "utf8"), "three");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(join(file, "..")), ["a.key"]);
});

test("what cannot be put in its place leaves nothing behind", () => {
  const place = directory();
  mkdirSync(join(place, "a.key"));
  assert.throws(() => replacePrivateFile(join(place, "a.key"), "x"));
  assert.throws(() => createPrivateFile(join(place, "missing", "a.key"), "x"), { code: "ENOENT" });
  assert.deepEqual(readdirSync(place), ["a.key"]);
});

test("its bytes outlive a power cut before its name is there, and its name before the call returns", () => {
  const place = directory();
  const file = join(place, "a.key");
  const draft = `${file}.${process.pid}.draft`;
  const steps = [draft, `-> ${file}`, place];
  assert.deepEqual(
    syncedBy(() => createPrivateFile(file, "one")),
    steps,
  );
  assert.deepEqual(
    syncedBy(() => replacePrivateFile(file, "two")),
    steps,
  );
});
