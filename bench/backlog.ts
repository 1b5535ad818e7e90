// What a backlog costs: the delivery rate with 10,000 and with 1,000,000 pending, while as much is accepted as is
// delivered; memory; and how long a start takes with all of it pending.

import { median, moment, pause, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { type Receiver, startReceiver } from "./harness/receiver.ts";
import { type Server, spentSince, startServer } from "./harness/server.ts";
import { makeTenants, type Tenant } from "./harness/tenants.ts";

const few = 10_000;

await run(async () => {
  const options = readOptions();
  const many = options.events ?? 1_000_000;
  const seconds = options.seconds ?? 5;
  const rounds = options.rounds ?? 5;
  const receiver = await startReceiver();
  const { caFile } = receiver;
  const urls = Array.from({ length: 64 }, (_, index) => `${receiver.origins[0]}/hook/${index}`);
  say(`backlog: ${few} against ${many} pending, in turn, ${rounds} times ${seconds} s each`);

  const data = makePlace();
  let laden = await startServer({ data, caFile });
  const ladenTenants = await makeTenants(laden, urls);
  await receiver.hang(receiver.addresses);
  const loading = moment();
  await offer({ url: laden.url, tenants: ladenTenants, events: many, first: 1, batch: 500, connections: 8 });
  say(`  ${many} accepted in ${((moment() - loading) / 1000).toFixed(1)} s, ${Math.round(laden.rss())} MB`);
  // In order: after a crash it would try the first attempts of every lane with care, one durable note each.
  await receiver.hang([]);
  await laden.stop();
  laden = await startServer({ data, caFile, profile: options.profile });
  say(`  started in ${laden.startSeconds.toFixed(2)} s`);
  laden.freeze();
  const light = await startServer({ data: makePlace(), caFile });
  const lightTenants = await makeTenants(light, urls);

  const one = drive(light, receiver, lightTenants, 1);
  const other = drive(laden, receiver, ladenTenants, many + 1);
  const small: number[] = [];
  const large: number[] = [];
  // The first turn of each warms up.
  for (let turn = 0; turn <= rounds; turn++) {
    const before = await one.hold(few, seconds);
    await light.drained();
    laden.thaw();
    const after = await other.hold(many, seconds, true);
    laden.freeze();
    if (turn === 0) continue;
    say(
      `  round ${turn}: with ${few} ${Math.round(before.rate)}/s (CPU µs each: ${before.threads}),` +
        ` with ${many} ${Math.round(after.rate)}/s (${after.threads}), ratio ${(after.rate / before.rate).toFixed(3)}`,
    );
    small.push(before.rate);
    large.push(after.rate);
  }
  laden.thaw();
  say(`  ${await laden.pending()} pending at the end`);
  const ratios = large.map((rate, turn) => rate / small[turn]!);
  report(options, "backlog", {
    ratio: round(median(ratios), 3),
    ratios: ratios.map((ratio) => round(ratio, 3)),
    baseline: Math.round(Math.max(...small)),
    events_per_s: Math.round(Math.max(...large)),
    rss_mb: Math.round(laden.rss()),
    start_s: round(laden.startSeconds, 2),
    pending: many,
    v8: laden.v8,
  });
});

/** Keeps the backlog at its size: what was delivered is offered anew. */
function drive(server: Server, receiver: Receiver, tenants: readonly Tenant[], from: number) {
  let first = from;
  return {
    /** Deliveries per second over that time, after a second to get going. `stocked`: the backlog is there already. */
    async hold(pending: number, seconds: number, stocked = false) {
      const lead = stocked ? few : pending;
      const before = (await receiver.seen()).requests;
      let cpu = server.cpu();
      let begun = moment();
      let ignored: number | null = null;
      let delivered = 0;
      let measuring = true;
      const until = begun + (seconds + 1) * 1000;
      const watch = (async () => {
        while (measuring) {
          delivered = (await receiver.seen()).requests - before;
          if (ignored === null && moment() >= until - seconds * 1000) {
            [ignored, begun, cpu] = [delivered, moment(), server.cpu()];
          }
          await pause(10);
        }
      })();
      let offered = 0;
      const gate = async (sent: number): Promise<void> => {
        while (moment() < until && sent - delivered > lead) await pause(5);
        offered = sent;
      };
      const stream = { url: server.url, tenants, first, events: Number.MAX_SAFE_INTEGER, batch: 100, connections: 4 };
      await offer({ ...stream, gate, until });
      const count = delivered - (ignored ?? 0);
      const rate = (count / (moment() - begun)) * 1000;
      measuring = false;
      await watch;
      first += offered;
      return { rate, threads: spentSince(server, cpu, count).threads };
    },
  };
}
