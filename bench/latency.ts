// Latency at 1,000 events a second, open loop: from the answer that an event is accepted until its receiver has it.

import { percentile, round } from "./harness/figures.ts";
import { sendSteadily } from "./harness/open-loop.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { startReceiver } from "./harness/receiver.ts";
import { startServer } from "./harness/server.ts";
import { makeTenants } from "./harness/tenants.ts";

const rate = 1000;

await run(async () => {
  const options = readOptions();
  const rounds = options.rounds ?? 3;
  const events = rate * (options.seconds ?? 15);
  const receiver = await startReceiver();
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const tenants = await makeTenants(
    server,
    Array.from({ length: 64 }, (_, index) => `${receiver.origins[0]}/hook/${index}`),
  );
  say(`latency: ${rate} events/s, open loop, ${events} events, ${rounds} rounds after one to warm up`);

  const measure = async (first: number, count: number) => {
    await receiver.expect(first, count);
    const { due, answered } = await sendSteadily({ url: server.url, tenants, first, events: count, rate });
    await receiver.complete(count);
    const arrivals = await receiver.arrivals();
    // An event may be at its receiver before its sender has read the answer.
    const waits = Array.from(arrivals, (at, index) => Math.max(at - answered[index]!, 0));
    const whole = Array.from(arrivals, (at, index) => at - due[index]!);
    return {
      p50: percentile(waits, 0.5),
      p99: percentile(waits, 0.99),
      wholeP50: percentile(whole, 0.5),
      wholeP99: percentile(whole, 0.99),
    };
  };
  await measure(1, 5000);
  const measured: Awaited<ReturnType<typeof measure>>[] = [];
  for (let turn = 1; turn <= rounds; turn++) {
    const result = await measure(10_000 + turn * events, events);
    say(
      `  round ${turn}: accepted → received p50 ${result.p50.toFixed(2)} ms, p99 ${result.p99.toFixed(2)} ms;` +
        ` due → received p50 ${result.wholeP50.toFixed(2)} ms, p99 ${result.wholeP99.toFixed(2)} ms`,
    );
    measured.push(result);
  }
  const best = (figure: keyof (typeof measured)[number]) => round(Math.min(...measured.map((each) => each[figure])), 2);
  report(options, "latency", {
    p50_ms: best("p50"),
    p99_ms: best("p99"),
    whole_p50_ms: best("wholeP50"),
    whole_p99_ms: best("wholeP99"),
    events_per_s: rate,
    rss_mb: Math.round(server.rss()),
    v8: server.v8,
  });
  await server.stop();
});
