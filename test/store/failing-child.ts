// Accepts until the system refuses to write, then tells what it was told.

import { systemClock } from "../../src/clock.ts";
import { openSqlite, openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import { accept, addOrganization, event } from "../contract/samples.ts";

const [directory, host] = process.argv.slice(2) as [string, string];
const open = host === "process" ? openSqliteInProcess : openSqlite;
const store = await open({ directory, masterKey: new Uint8Array(32), clock: systemClock });
await addOrganization(store.registry);
const nameOf = (error: unknown) => (error instanceof Error ? error.name : "none");
const big = (number: number) => event(`event_${number}`, { body: "x".repeat(20_000) });

async function acceptUntilRefused(): Promise<string> {
  for (let number = 0; ; number++) {
    try {
      await accept(store, [big(number)]);
    } catch (error) {
      return nameOf(error);
    }
  }
}

const refused = await acceptUntilRefused();
const later = await store.registry.allocate(1).then(() => "none", nameOf);
const broken = (await store.broken) instanceof Error;
process.stdout.write(JSON.stringify({ refused, later, broken }));
await store.close();
