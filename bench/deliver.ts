// Throughput from the first request to the last durable outcome: 64 organizations with one webhook each, one delivery per
// event, events offered faster than they are delivered. Divided by what a bare undici loop does in the same run. `--streams N`:
// while so many streams of changes are open and read.

import { runBaseline } from "./harness/baseline.ts";
import { median, moment, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { spentSince, startServer } from "./harness/server.ts";
import { holdStreams } from "./harness/streams.ts";
import { makeTenants } from "./harness/tenants.ts";

const connections = 64;

await run(async () => {
  const options = readOptions();
  const rounds = options.rounds ?? 3;
  const events = options.events ?? 150_000;
  const receiver = await startReceiver();
  const [origin] = receiver.origins as [string];
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const tenants = await makeTenants(
    server,
    Array.from({ length: 64 }, (_, index) => `${origin}/hook/${index}`),
  );
  say(`deliver: ${events} events, ${rounds} rounds; caps: host ${connections}, organization 64, subscription 4`);

  const streams = options.streams === null ? null : await holdStreams(server, options.streams);
  const rates: number[] = [];
  const baselines: number[] = [];
  const costs: number[] = [];
  for (let turn = 0; turn < rounds; turn++) {
    await receiver.expect(0, 0);
    const requests = Math.min(events, 100_000);
    const baseline = await runBaseline({ origin, ca: receiver.ca, connections, requests });
    const first = 1 + turn * events;
    await receiver.expect(first, events);
    const cpu = server.cpu();
    const begun = moment();
    await offer({ url: server.url, tenants, events, first, batch: 100, connections: 16 });
    const accepted = moment();
    await receiver.complete(events);
    await server.drained();
    const ended = moment();
    const { again } = await receiver.seen();
    const rate = (events / (ended - begun)) * 1000;
    const { cost, threads } = spentSince(server, cpu, events);
    say(
      `  round ${turn + 1}: baseline ${Math.round(baseline)}/s, belfry ${Math.round(rate)}/s, ratio ${(rate / baseline).toFixed(3)};` +
        ` all accepted after ${((accepted - begun) / 1000).toFixed(1)} of ${((ended - begun) / 1000).toFixed(1)} s; ${again} sent twice;` +
        ` CPU ${cost.toFixed(1)} µs/delivery (${threads})`,
    );
    rates.push(rate);
    baselines.push(baseline);
    costs.push(cost);
  }
  const ratios = rates.map((rate, turn) => rate / baselines[turn]!);
  report(options, "deliver", {
    ratio: round(median(ratios), 3),
    ratios: ratios.map((ratio) => round(ratio, 3)),
    baseline: Math.round(Math.max(...baselines)),
    events_per_s: Math.round(Math.max(...rates)),
    cpu_us: round(Math.min(...costs), 1),
    rss_mb: Math.round(server.rss()),
    connections,
    ...(streams === null ? {} : { streams: options.streams!, messages: streams.messages() }),
    v8: server.v8,
  });
  await server.stop();
});
