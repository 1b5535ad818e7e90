// Bytes on the disk for each delivered event of 300 bytes, its attempt included: all files of the data directory after a
// stop, less what they were before the first event.

import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { eventBytes } from "./harness/events.ts";
import { round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { startServer } from "./harness/server.ts";
import { makeTenants } from "./harness/tenants.ts";

await run(async () => {
  const options = readOptions();
  const events = options.events ?? 100_000;
  const receiver = await startReceiver();
  const data = makePlace();
  const urls = Array.from({ length: 64 }, (_, index) => `${receiver.origins[0]}/hook/${index}`);
  let server = await startServer({ data, caFile: receiver.caFile });
  const tenants = await makeTenants(server, urls);
  await server.stop();
  const before = sizeOf(data);

  server = await startServer({ data, caFile: receiver.caFile });
  await receiver.expect(1, events);
  await offer({ url: server.url, tenants, events, first: 1, batch: 100, connections: 4 });
  const received = receiver.complete(events);
  await received;
  await server.drained();
  await server.stop();
  const grown = sizeOf(data) - before;
  say(`storage: ${events} events of ${eventBytes} B in ${(grown / 2 ** 20).toFixed(1)} MiB`);
  report(options, "storage", { bytes_per_delivery: round(grown / events, 0), events, v8: server.v8 });
});

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}
