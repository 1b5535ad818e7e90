// The embedded store passes the contract: all of it in one thread, through the messages of the threads, and on real threads and
// a real disk as much as it takes for each kind of message and both threads to be used. A store on threads costs a fifth of a
// second to open.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { testStore } from "../contract/index.ts";

const masterKey = new Uint8Array(32).fill(7);
const clock = systemClock;
const root = mkdtempSync(join(tmpdir(), "belfry-store-"));
after(() => rmSync(root, { recursive: true }));

testStore("sqlite, in process and in memory, by messages", () =>
  openSqliteInProcess({ directory: null, masterKey, clock, asMessages: true }),
);

testStore(
  "sqlite, on threads and on the disk",
  () => openSqlite({ directory: mkdtempSync(join(root, "data-")), masterKey, clock }),
  ["acceptance", "settling", "classes", "minutes", "entries"],
);
