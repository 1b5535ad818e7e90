// Accepts something, says so, and ends itself without closing the store, as a program does that cannot go on.

import { systemClock } from "../../src/clock.ts";
import { openSqlite } from "../../src/store/sqlite/open.ts";
import { accept, addOrganization, event } from "../contract/samples.ts";

const [directory, how, read] = process.argv.slice(2) as [string, string, string];
const store = await openSqlite({ directory, masterKey: new Uint8Array(32), clock: systemClock });
await addOrganization(store.registry);
await store.ledger.acquire(Date.now(), 0);
await accept(store, [event("event_one")]);
if (read === "read") await store.history.totals();
if (how === "exit") process.exit(1);
throw new Error("nobody catches this");
