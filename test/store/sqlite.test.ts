// The embedded store passes the contract, with its threads and without them.

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

testStore("sqlite, in process and in memory", () => openSqliteInProcess({ directory: null, masterKey, clock }));

testStore("sqlite, on threads and on the disk", () =>
  openSqlite({ directory: mkdtempSync(join(root, "data-")), masterKey, clock }),
);
