// Accepts until the system refuses to write, then tells what it was told.

import { systemClock } from "../../src/clock.ts";
import { openSqlite } from "../../src/store/sqlite/open.ts";
import { accept, addOrganization, event } from "../contract/samples.ts";

const directory = process.argv[2]!;
const store = await openSqlite({ directory, masterKey: new Uint8Array(32), clock: systemClock });
await addOrganization(store.registry);
const nameOf = (error: unknown) => (error instanceof Error ? error.name : "none");
let refused = "none";
for (let number = 0; refused === "none"; number++) {
  await accept(store, [event(`event_${number}`, { body: "x".repeat(20_000) })]).catch((error: unknown) => {
    refused = nameOf(error);
  });
}
const later = await store.registry.allocate(1).then(() => "none", nameOf);
const broken = (await store.broken) instanceof Error;
process.stdout.write(JSON.stringify({ refused, later, broken }));
await store.close();
