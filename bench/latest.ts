// What an outage costs a subscription that wants the latest states only: a receiver is away while 1,000,000 events of 100 rooms
// are accepted; how long after its first success everything that is owed has arrived, and how many deliveries that was.

import { call } from "./harness/call.ts";
import { moment, pause, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { startServer } from "./harness/server.ts";
import { makeTenants } from "./harness/tenants.ts";

const subjects = 100;

await run(async () => {
  const options = readOptions();
  const events = options.events ?? 1_000_000;
  const receiver = await startReceiver();
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const [tenant] = await makeTenants(server, [`${receiver.origins[0]}/hook`]);
  const { key, organization } = tenant!;
  const listed = `${server.url}/v1/subscriptions?organization=${organization}`;
  const { data } = await call<{ data: readonly { id: string }[] }>(listed, key, undefined, "GET");
  const subscription = `${server.url}/v1/subscriptions/${data[0]!.id}`;
  await call(subscription, key, { mode: "latest" }, "PATCH");

  await call(`${subscription}/pause`, key, {});
  const loading = moment();
  await offer({ url: server.url, tenants: [tenant!], events, first: 1, batch: 500, connections: 8, subjects });
  const loadS = (moment() - loading) / 1000;
  say(
    `latest: ${events} events of ${subjects} rooms accepted in ${loadS.toFixed(1)} s, ${await server.pending()} pending`,
  );

  const before = (await receiver.seen()).requests;
  const opened = moment();
  await call(`${subscription}/resume`, key, {});
  let first = 0;
  while (first === 0) {
    if ((await receiver.seen()).requests > before) first = moment();
    else await pause(2);
  }
  await server.drained();
  const ended = moment();
  const deliveries = (await receiver.seen()).requests - before;
  report(options, "latest", {
    events,
    deliveries,
    resumed_to_first_s: round((first - opened) / 1000, 2),
    first_to_last_s: round((ended - first) / 1000, 2),
    accepted_per_s: Math.round(events / loadS),
    superseded: await server.metric("belfry_deliveries_superseded_total"),
    rss_mb: Math.round(server.rss()),
    v8: server.v8,
  });
  await server.stop();
});
