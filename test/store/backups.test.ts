// The copy that a backup is fetched from: one at a time, in pages, and gone when nobody wants it any more.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { BelfryError } from "../../src/errors.ts";
import { createBackups, pageBytes } from "../../src/store/backups.ts";
import type { Store } from "../../src/store/store.ts";
import { notingLog } from "../fixtures/noted-log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-backups-"));
after(() => rmSync(root, { recursive: true }));
const facts = {
  store: "s",
  schema: 1,
  masterKey: null,
  numbers: { observation: 0, event: 0, delivery: 0, next_number: 0, epoch: 0 },
};
const bytes = Buffer.alloc(pageBytes + 10, "x");
const conflict = (error: unknown): boolean => error instanceof BelfryError && error.code === "CONFLICT";

function stage(copyTo?: Store["copyTo"] | null) {
  const directory = mkdtempSync(join(root, "data-"));
  const clock = createSteeredClock();
  const copy: Store["copyTo"] = async (file) => {
    writeFileSync(file, bytes);
    return facts;
  };
  const backups = createBackups({
    copyTo: copyTo === undefined ? copy : copyTo,
    directory,
    clock,
    log: notingLog(() => undefined),
  });
  const file = join(directory, "belfry.sqlite.backup");
  return { backups, clock, file };
}

test("a copy is read in pages, the last of them short and none behind it", async () => {
  const { backups, clock } = stage();
  await backups.create("b");
  await clock.pass(0);
  assert.equal(backups.get("b")?.state, "ready");
  assert.equal(backups.get("b")?.bytes, bytes.length);
  const sizes = [];
  for (const offset of [0, pageBytes, bytes.length, bytes.length + 5])
    sizes.push((await backups.read("b", offset))?.length);
  assert.deepEqual(sizes, [pageBytes, 10, 0, 0]);
  assert.equal(await backups.read("other", 0), null);
});

test("where the database has tools of its own none begins, and whoever asks is told so at once", async () => {
  const { backups } = stage(null);
  await assert.rejects(backups.create("b"), { code: "INVALID", message: /its own tools.*docs\/deploy\.md/ });
  assert.equal(backups.get("b"), null);
});

test("there is one copy at a time, until it is removed", async () => {
  const { backups, clock, file } = stage();
  await backups.create("a");
  await clock.pass(0);
  await assert.rejects(backups.create("b"), conflict);
  assert.equal(backups.remove("b"), false);
  assert.equal(existsSync(file), true);
  assert.equal(backups.remove("a"), true);
  assert.equal(existsSync(file), false);
  await backups.create("b");
});

test("a copy goes ten minutes after it was last asked for, and is not there after a start", async () => {
  const { backups, clock, file } = stage();
  await backups.create("a");
  await clock.pass(9 * 60_000);
  await backups.read("a", 0);
  await clock.pass(9 * 60_000);
  assert.equal(existsSync(file), true);
  await clock.pass(60_001);
  assert.equal(existsSync(file), false);
  assert.equal(backups.get("a"), null);
  writeFileSync(file, "left by a kill");
  await backups.start();
  assert.equal(existsSync(file), false);
});

test("a copy that is removed while it is made goes as soon as it is done, and a failed one is told and makes way", async () => {
  const made = Promise.withResolvers<typeof facts>();
  const { backups, clock, file } = stage((target) => {
    writeFileSync(target, bytes);
    return made.promise;
  });
  await backups.create("a");
  assert.equal(backups.remove("a"), true);
  assert.equal(backups.get("a"), null);
  await assert.rejects(backups.create("b"), conflict);
  made.resolve(facts);
  await clock.pass(0);
  assert.equal(existsSync(file), false);

  const failing = stage(() => Promise.reject(new Error("the disk is full")));
  await failing.backups.create("a");
  await failing.clock.pass(0);
  assert.equal(failing.backups.get("a")?.error, "the disk is full");
  assert.equal(await failing.backups.read("a", 0), null);
  await failing.backups.create("b");
});
