// Files as a kill leaves them, and what may happen to them before the next start: either everything that was acknowledged
// is there, or the start is refused, names the file, and says what to do.

import assert from "node:assert/strict";
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { systemClock } from "../../src/clock.ts";
import { StartError } from "../../src/errors.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { adopt } from "../fixtures/adopted.ts";
import { accept, addOrganization, event, noon, owed, put, subscription } from "../contract/samples.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-damage-"));
after(() => rmSync(root, { recursive: true }));
const options = (directory: string) => ({ directory, masterKey: new Uint8Array(32), clock: systemClock });
const events = 40;

/** Makes a store that has an owner and acknowledged events, and returns its files as a kill would leave them. */
async function killed(): Promise<string> {
  const [before, image] = [mkdtempSync(join(root, "data-")), mkdtempSync(join(root, "data-"))];
  const store = await openSqliteInProcess(options(before));
  await addOrganization(store.registry);
  await put(store.registry, "org_one", subscription(1));
  await store.ledger.acquire(noon, 0);
  for (let number = 0; number < events; number++) {
    await accept(store, [event(`event_${number}`, { deliveries: [owed(1)] })]);
  }
  cpSync(before, image, { recursive: true });
  await store.close();
  return image;
}
const pristine = await killed();

function copy(): { readonly directory: string; readonly main: string; readonly log: string; readonly index: string } {
  const directory = mkdtempSync(join(root, "data-"));
  cpSync(pristine, directory, { recursive: true });
  adopt(directory);
  const main = join(directory, "belfry.sqlite");
  return { directory, main, log: `${main}-wal`, index: `${main}-shm` };
}

/** Of the log; what lies behind is of a log before it. The index knows how many frames it has [SQLite, WAL-Index Format]. */
function usedBytes(index: string): number {
  const header = readFileSync(index);
  const [frames, pageSize] = [header.readUInt32LE(16), header.readUInt16LE(14)];
  return 32 + frames * (24 + pageSize);
}

function flip(file: string, at: number): void {
  const byte = readFileSync(file)[at]! ^ 0xff;
  const handle = openSync(file, "r+");
  writeSync(handle, Uint8Array.of(byte), 0, 1, at);
  closeSync(handle);
}

/** Opens it and says how many events there are, or why it did not open. */
async function outcome(directory: string, asIs = false): Promise<number | string> {
  try {
    const store = await openSqliteInProcess({ ...options(directory), asIs });
    const totals = await store.history.totals();
    await store.close();
    return totals.events;
  } catch (error) {
    assert.ok(error instanceof StartError, String(error));
    return error.message;
  }
}

const refused = async (directory: string, pattern: RegExp): Promise<void> => {
  assert.match(String(await outcome(directory)), pattern);
  await assert.rejects(
    openSqlite(options(directory)),
    (error) => error instanceof StartError && pattern.test(error.message),
  );
  // Looking at it has not made it look well.
  assert.match(String(await outcome(directory)), pattern);
};

test("what a kill leaves opens with all that was acknowledged, also without the index of the log", async () => {
  assert.equal(await outcome(copy().directory), events);
  const { directory, index } = copy();
  rmSync(index);
  assert.equal(await outcome(directory), events);
});

test("a log that was cut off is refused by name, until somebody accepts the loss", async () => {
  for (const part of [0, 0.3, 0.99]) {
    const { directory, log, index } = copy();
    truncateSync(log, Math.floor(usedBytes(index) * part));
    await refused(directory, /belfry\.sqlite-wal is damaged: it ends after \d+ of \d+ pages.*--as-is/);
    const left = await outcome(directory, true);
    assert.ok(typeof left === "number" && left < events);
  }
});

test("a log that was deleted is refused by name, with its index or without, until somebody accepts the loss", async () => {
  for (const both of [false, true]) {
    const { directory, log, index } = copy();
    rmSync(log);
    if (both) rmSync(index);
    await refused(directory, /belfry\.sqlite-wal is missing after a crash.*--as-is/);
    assert.equal(typeof (await outcome(directory, true)), "number");
  }
});

test("whichever byte of the log is damaged, nothing that was acknowledged is lost without a word", async () => {
  const size = usedBytes(copy().index);
  let refusals = 0;
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.nat(40), fc.nat(size - 1)), async (at) => {
      const { directory, log } = copy();
      flip(log, at);
      const what = await outcome(directory);
      if (typeof what === "number") assert.equal(what, events);
      else refusals++;
      rmSync(directory, { recursive: true });
    }),
    { numRuns: 60 },
  );
  assert.ok(refusals > 30);
});

test("a log without its index that has a hole before its last commit is refused by name", async () => {
  const { directory, log, index } = copy();
  const frame = 24 + 4096;
  flip(log, 32 + Math.floor(usedBytes(index) / frame / 2) * frame + 100);
  rmSync(index);
  await refused(directory, /belfry\.sqlite-wal is damaged after \d+ of at least \d+ pages.*--as-is/);
  const left = await outcome(directory, true);
  assert.ok(typeof left === "number" && left < events, String(left));
});

test("a log without its index whose last commit alone is torn, as by a power cut, opens with all the others", async () => {
  const { directory, log, index } = copy();
  flip(log, usedBytes(index) - 100);
  rmSync(index);
  const left = await outcome(directory);
  assert.ok(typeof left === "number" && left >= events - 1, String(left));
});

test("a damaged page of the main file is refused by name", async () => {
  const { directory, main } = copy();
  const store = await openSqliteInProcess(options(directory));
  await store.close();
  for (let at = 0; at < 100; at++) flip(main, 4096 * 3 + at);
  await refused(directory, /belfry\.sqlite (is damaged|cannot be used).*backup/);
});

test("a main file that is gone while its WAL is there is refused by name", async () => {
  const { directory, main } = copy();
  rmSync(main);
  await refused(directory, /belfry\.sqlite is missing, but its WAL/);
});

test("a directory that cannot be written is refused by name", async () => {
  const { main } = copy();
  await refused(join(main, "below"), /cannot be the data directory.*--data/);
});
