import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { closeToOthers } from "../../src/store/permissions.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-permissions-"));
after(() => rmSync(root, { recursive: true }));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

function place(mode: number, files: Readonly<Record<string, number>>): string {
  const directory = mkdtempSync(join(root, "data-"));
  for (const [name, mode] of Object.entries(files)) {
    writeFileSync(join(directory, name), "x");
    chmodSync(join(directory, name), mode);
  }
  chmodSync(directory, mode);
  return directory;
}

test("a directory in which others write and files that they read are closed to them, and each is said", () => {
  for (const mode of [0o777, 0o775, 0o757]) {
    const directory = place(mode, {
      "operator.key": 0o666,
      "belfry.sqlite": 0o644,
      "belfry.sqlite-wal": 0o640,
      note: 0o666,
    });
    const said = closeToOthers(directory).join("\n");
    assert.equal(modeOf(directory), 0o755);
    for (const name of ["operator.key", "belfry.sqlite", "belfry.sqlite-wal"]) {
      assert.equal(modeOf(join(directory, name)), 0o600, name);
      assert.ok(said.includes(join(directory, name)), said);
    }
    assert.match(said, /operator\.key: they no longer can\. Make a new operator key .*--new-operator-key/);
    assert.equal(modeOf(join(directory, "note")), 0o666, "what is not Belfry's stays");
    assert.deepEqual(closeToOthers(directory), [], "it is said once");
  }
});

test("a directory that stands where a file should is left to whoever needs the file", () => {
  const directory = place(0o700, {});
  mkdirSync(join(directory, "operator.key"), { mode: 0o755 });
  assert.deepEqual(closeToOthers(directory), []);
});

test("what is private, or may be looked at only, is left alone without a word, and so is a directory that is not there", () => {
  for (const mode of [0o700, 0o750, 0o755]) {
    const directory = place(mode, { "operator.key": 0o600, "belfry.sqlite": 0o600 });
    assert.deepEqual(closeToOthers(directory), []);
    assert.equal(modeOf(directory), mode);
  }
  assert.deepEqual(closeToOthers(join(root, "nowhere")), []);
});
