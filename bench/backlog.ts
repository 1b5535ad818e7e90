// What a backlog costs: the delivery rate with 10,000 and with 1,000,000 pending, while as much is accepted as is
// delivered; memory; and how long a start takes with all of it pending.

import { median, moment, pause, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { type Receiver, startReceiver } from "./harness/receiver.ts";
import { type Server, startServer } from "./harness/server.ts";
import { makeTenants, type Tenant } from "./harness/tenants.ts";

const few = 10_000;

await run(async () => {
  const options = readOptions();
  const many = options.events ?? 1_000_000;
  const seconds = options.seconds ?? 8;
  const rounds = options.rounds ?? 3;
  const receiver = await startReceiver();
  const data = makePlace();
  let server = await startServer({ data, caFile: receiver.caFile });
  const tenants = await makeTenants(
    server,
    Array.from({ length: 64 }, (_, index) => `${receiver.origins[0]}/hook/${index}`),
  );
  say(`backlog: ${few} against ${many} pending, ${rounds} times ${seconds} s each`);

  const belfry = await drive(server, receiver, tenants);
  await belfry.hold(few, 3);
  const small: number[] = [];
  for (let turn = 0; turn < rounds; turn++) small.push(await belfry.hold(few, seconds));
  await belfry.end();
  say(`  with ${few} pending: ${small.map(Math.round).join(", ")}/s`);

  await receiver.hang(receiver.addresses);
  const loading = moment();
  await offer({ url: server.url, tenants, events: many, first: belfry.next(), batch: 500, connections: 8 });
  say(`  ${many} accepted in ${((moment() - loading) / 1000).toFixed(1)} s, ${Math.round(server.rss())} MB`);
  // In order: after a crash it would try the first attempts of every lane with care, one durable note each.
  await receiver.hang([]);
  await server.stop();
  await receiver.expect(0, 0);
  server = await startServer({ data, caFile: receiver.caFile, profile: options.profile });
  say(`  started in ${server.startSeconds.toFixed(2)} s`);
  const again = await drive(server, receiver, tenants, belfry.next() + many);
  // The rate is that of all deliveries, of old and new events: what is held is their difference.
  await again.hold(many, 3, true);
  const large: number[] = [];
  for (let turn = 0; turn < rounds; turn++) large.push(await again.hold(many, seconds, true));
  say(`  with ${many} pending: ${large.map(Math.round).join(", ")}/s; ${await server.pending()} pending at the end`);
  report(options, "backlog", {
    ratio: round(median(large) / median(small), 3),
    baseline: Math.round(Math.max(...small)),
    events_per_s: Math.round(Math.max(...large)),
    rss_mb: Math.round(server.rss()),
    start_s: round(server.startSeconds, 2),
    pending: many,
  });
});

/** Keeps the backlog at its size: what was delivered is offered anew. */
async function drive(server: Server, receiver: Receiver, tenants: readonly Tenant[], from = 1) {
  let first = from;
  let offered = 0;
  const next = (): number => first + offered;
  return {
    next,
    /** Deliveries per second over that time. `stocked`: the backlog is there already. */
    async hold(pending: number, seconds: number, stocked = false): Promise<number> {
      first = next();
      offered = 0;
      const before = (await receiver.seen()).requests;
      const lead = stocked ? few : pending;
      const begun = moment();
      const until = begun + seconds * 1000;
      let delivered = 0;
      let measuring = true;
      const watch = (async () => {
        while (measuring) {
          delivered = (await receiver.seen()).requests - before;
          await pause(10);
        }
      })();
      const gate = async (sent: number): Promise<void> => {
        while (moment() < until && sent - delivered > lead) await pause(5);
        offered = sent;
      };
      const stream = { url: server.url, tenants, first, events: Number.MAX_SAFE_INTEGER, batch: 100, connections: 4 };
      await offer({ ...stream, gate, until });
      const rate = (delivered / (moment() - begun)) * 1000;
      measuring = false;
      await watch;
      return rate;
    },
    async end(): Promise<void> {
      await server.drained();
    },
  };
}
