// What order "subject" costs: throughput of 64 lanes that keep the order of 1,000 subjects, divided by that of 64 lanes that do
// not, in turn on one server and with the same events.

import { call } from "./harness/call.ts";
import { median, moment, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { type Server, spentSince, startServer } from "./harness/server.ts";
import { makeTenants, type Tenant } from "./harness/tenants.ts";

const lanes = 64;
const subjects = 1_000;

await run(async () => {
  const options = readOptions();
  const rounds = options.rounds ?? 3;
  const events = options.events ?? 100_000;
  const receiver = await startReceiver();
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const urls = Array.from({ length: 2 * lanes }, (_, index) => `${receiver.origins[0]}/hook/${index}`);
  const tenants = await makeTenants(server, urls);
  const [without, inOrder] = [tenants.slice(0, lanes), tenants.slice(lanes)];
  for (const tenant of inOrder) await keepOrder(server, tenant);
  say(`order: ${events} events about ${subjects} subjects to ${lanes} lanes, ${rounds} rounds`);

  let first = 1;
  const rateOf = async (to: readonly Tenant[]) => {
    await receiver.expect(first, events);
    const cpu = server.cpu();
    const begun = moment();
    await offer({ url: server.url, tenants: to, events, first, batch: 100, connections: 16, subjects });
    await receiver.complete(events);
    await server.drained();
    first += events;
    const rate = (events / (moment() - begun)) * 1000;
    return { rate, ...spentSince(server, cpu, events) };
  };

  const ratios: number[] = [];
  const costs: number[] = [];
  const rates: number[] = [];
  const baselines: number[] = [];
  for (let turn = 0; turn <= rounds; turn++) {
    const before = await rateOf(without);
    const after = await rateOf(inOrder);
    // The first one warms up.
    if (turn === 0) continue;
    say(
      `  round ${turn}: without ${Math.round(before.rate)}/s, ${before.cost.toFixed(1)} µs (${before.threads});` +
        ` in order ${Math.round(after.rate)}/s, ${after.cost.toFixed(1)} µs (${after.threads});` +
        ` ratio ${(after.rate / before.rate).toFixed(3)}`,
    );
    ratios.push(after.rate / before.rate);
    costs.push(after.cost / before.cost);
    rates.push(after.rate);
    baselines.push(before.rate);
  }
  report(options, "order", {
    ratio: round(median(ratios), 3),
    ratios: ratios.map((ratio) => round(ratio, 3)),
    cpu_ratio: round(median(costs), 3),
    baseline: Math.round(Math.max(...baselines)),
    events_per_s: Math.round(Math.max(...rates)),
    rss_mb: Math.round(server.rss()),
    v8: server.v8,
  });
  await server.stop();
});

async function keepOrder(server: Server, { organization, key }: Tenant): Promise<void> {
  const listed = `${server.url}/v1/subscriptions?organization=${organization}`;
  const { data } = await call<{ data: readonly { id: string }[] }>(listed, key, undefined, "GET");
  for (const { id } of data) await call(`${server.url}/v1/subscriptions/${id}`, key, { order: "subject" }, "PATCH");
}
