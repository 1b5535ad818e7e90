// What hanging receivers do to the others: 50 subscriptions, each with an address of its own, 10 of them hang with their
// slots taken and more waiting. Measured are the other 40, under full load and at a steady rate, with and without. Then
// what a bulk replay does to the live events of its own lane.

import { measureBehindReplays } from "./harness/behind-replays.ts";
import { median, moment, percentile, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { sendSteadily } from "./harness/open-loop.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { startServer } from "./harness/server.ts";
import { makeTenants } from "./harness/tenants.ts";

const subscriptions = 50;
const hanging = 10;
const owedEach = 100;
const rate = 1000;
/** Waiting in one lane, and live events that are sent to it meanwhile. */
const replays = 100_000;
const lives = 60;

await run(async () => {
  const options = readOptions();
  const rounds = options.rounds ?? 6;
  const events = options.events ?? 40_000;
  const steady = rate * (options.seconds ?? 4);
  const receiver = await startReceiver({ count: subscriptions });
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const tenants = await makeTenants(server, receiver.origins);
  const [ill, healthy] = [tenants.slice(0, hanging), tenants.slice(hanging)];
  say(
    `isolation: ${subscriptions} subscriptions, ${hanging} hang, ${events} events at full load and ${steady} at ${rate}/s`,
  );

  let first = 1;
  const measure = async () => {
    await receiver.expect(first, events);
    const begun = moment();
    await offer({ url: server.url, tenants: healthy, events, first, batch: 100, connections: 16 });
    await receiver.complete(events);
    const throughput = (events / (moment() - begun)) * 1000;
    first += events;
    await receiver.expect(first, steady);
    const { due } = await sendSteadily({ url: server.url, tenants: healthy, first, events: steady, rate });
    await receiver.complete(steady);
    const waits = Array.from(await receiver.arrivals(), (at, index) => at - due[index]!);
    first += steady;
    return { throughput, p99: percentile(waits, 0.99) };
  };
  const owe = async () => {
    const count = ill.length * owedEach;
    await offer({ url: server.url, tenants: ill, events: count, first, batch: 10, connections: 4 });
    first += count;
  };

  await owe();
  await measure();
  const ratios: number[] = [];
  const tails: number[] = [];
  const without: number[] = [];
  const p99s: number[] = [];
  for (let turn = 1; turn <= rounds; turn++) {
    // Each goes first as often as the other: the machine, and the file, are not the same all the time.
    let alone = turn % 2 === 1 ? await measure() : null;
    await receiver.hang(receiver.addresses.slice(0, hanging));
    await owe();
    const beside = await measure();
    const owed = await server.pending();
    await receiver.hang([]);
    await server.drained();
    alone ??= await measure();
    say(
      `  round ${turn}: without ${Math.round(alone.throughput)}/s, p99 ${alone.p99.toFixed(2)} ms; beside hanging ones ` +
        `${Math.round(beside.throughput)}/s, p99 ${beside.p99.toFixed(2)} ms; ${owed} were owed meanwhile`,
    );
    ratios.push(beside.throughput / alone.throughput);
    tails.push(beside.p99 / alone.p99);
    without.push(alone.throughput);
    p99s.push(beside.p99);
  }
  const figures = {
    ratio: round(median(ratios), 3),
    ratios: ratios.map((ratio) => round(ratio, 3)),
    p99_ratio: round(median(tails), 2),
    p99_ratios: tails.map((ratio) => round(ratio, 2)),
    baseline: Math.round(Math.max(...without)),
    events_per_s: Math.round(Math.max(...ratios.map((ratio, turn) => ratio * without[turn]!))),
    p99_ms: round(Math.min(...p99s), 2),
    rss_mb: Math.round(server.rss()),
    v8: server.v8,
  };
  await server.stop();
  report(options, "isolation", { ...figures, ...(await measureBehindReplays(replays, lives)) });
});
