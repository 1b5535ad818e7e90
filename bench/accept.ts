// Acceptance: from a request to the answer that everything is durable, events and what they owe. The receiver takes
// nothing meanwhile, so that deliveries cost nothing here. Single events are divided by a bare Fastify route.

import { startFastify } from "./harness/fastify.ts";
import { median, moment, percentile, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { spentSince, startServer } from "./harness/server.ts";
import { makeTenants } from "./harness/tenants.ts";

const connections = 64;
const batchConnections = 16;

await run(async () => {
  const options = readOptions();
  const rounds = options.rounds ?? 3;
  const events = options.events ?? 60_000;
  const receiver = await startReceiver();
  await receiver.hang(receiver.addresses);
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const bare = await startFastify();
  const tenants = await makeTenants(
    server,
    Array.from({ length: 64 }, (_, index) => `${receiver.origins[0]}/hook/${index}`),
  );
  say(
    `accept: ${events} single events over ${connections} connections and ${events * 5} in batches of 100, ${rounds} rounds`,
  );

  let first = 1;
  const measure = async (url: string, count: number, batch: number, connections: number) => {
    const waits: number[] = [];
    const begun = moment();
    await offer({ url, tenants, events: count, first, batch, connections, onAnswer: (_, wait) => waits.push(wait) });
    first += count;
    return { rate: (count / (moment() - begun)) * 1000, p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
  };
  const singles: { rate: number; p50: number; p99: number }[] = [];
  const baselines: number[] = [];
  const batches: number[] = [];
  const costs: number[] = [];
  const batchedCosts: number[] = [];
  for (let turn = 1; turn <= rounds; turn++) {
    const baseline = await measure(bare, events, 1, connections);
    const before = server.cpu();
    const single = await measure(server.url, events, 1, connections);
    const { cost, threads: perSingle } = spentSince(server, before, events);
    const between = server.cpu();
    const batch = await measure(server.url, events * 5, 100, batchConnections);
    const { cost: batchedCost, threads: perBatched } = spentSince(server, between, events * 5);
    say(
      `  round ${turn}: baseline ${Math.round(baseline.rate)}/s, belfry ${Math.round(single.rate)}/s, ratio ` +
        `${(single.rate / baseline.rate).toFixed(3)}, batches ${Math.round(batch.rate)} events/s;` +
        ` CPU µs single: ${perSingle}; batched: ${perBatched}`,
    );
    baselines.push(baseline.rate);
    singles.push(single);
    batches.push(batch.rate);
    costs.push(cost);
    batchedCosts.push(batchedCost);
  }
  const ratios = singles.map(({ rate }, turn) => rate / baselines[turn]!);
  report(options, "accept", {
    ratio: round(median(ratios), 3),
    ratios: ratios.map((ratio) => round(ratio, 3)),
    baseline: Math.round(Math.max(...baselines)),
    requests_per_s: Math.round(Math.max(...singles.map(({ rate }) => rate))),
    events_per_s: Math.round(Math.max(...batches)),
    p50_ms: round(Math.min(...singles.map(({ p50 }) => p50)), 2),
    p99_ms: round(Math.min(...singles.map(({ p99 }) => p99)), 2),
    cpu_us: round(Math.min(...costs), 1),
    cpu_us_batched: round(Math.min(...batchedCosts), 1),
    rss_mb: Math.round(server.rss()),
    v8: server.v8,
  });
});
