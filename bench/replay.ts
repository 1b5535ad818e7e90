// What a replay does to live traffic: one lane gets 2,000 deliveries a second of a replay while 200 live events a second go to
// eight lanes, that one among them. In one run with and without, in turns.

import { call } from "./harness/call.ts";
import { median, moment, pause, percentile, round } from "./harness/figures.ts";
import { offer } from "./harness/load.ts";
import { sendSteadily } from "./harness/open-loop.ts";
import { readOptions, report, say } from "./harness/options.ts";
import { makePlace, run } from "./harness/places.ts";
import { type Receiver, startReceiver } from "./harness/receiver.ts";
import { type Server, startServer } from "./harness/server.ts";
import { makeTenants, type Tenant } from "./harness/tenants.ts";

const lanes = 8;
const liveRate = 200;
const replayRate = 2_000;
/** Before live events are measured: the replay looks through the events and its lane comes to its full width. */
const aheadMs = 2_000;

interface Waits {
  /** From when an event was to be sent until its receiver had it, ms, p99: over all lanes, and in the replayed one. */
  readonly all: number;
  readonly own: number;
  /** Deliveries of the replay that the receiver got in a second. */
  readonly replayed: number;
}

interface Job {
  readonly id: string;
  readonly done: number;
  readonly state: string;
}

await run(async () => {
  const options = readOptions();
  const rounds = options.rounds ?? 4;
  const live = liveRate * (options.seconds ?? 20);
  const needed = Math.ceil(replayRate * ((live / liveRate + aheadMs / 1_000) * 1.2 + 1));
  const kept = Math.max(options.events ?? 0, needed);
  const receiver = await startReceiver();
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const urls = Array.from({ length: lanes }, (_, index) => `${receiver.origins[0]}/hook/${index}`);
  const tenants = await makeTenants(server, urls);
  say(
    `replay: ${kept} kept events, ${replayRate}/s of them replayed to one of ${lanes} lanes, ${liveRate} live events/s`,
  );

  const from = new Date(Date.now() - 1_000).toISOString();
  await offer({ url: server.url, tenants: tenants.slice(0, 1), events: kept, first: 1, batch: 100, connections: 8 });
  await server.drained();
  const to = new Date().toISOString();
  let first = kept + 1;
  const measure = async (job: Job | null, count = live): Promise<Waits> => {
    const waits = await measureLive(server, receiver, tenants, first, count);
    first += count;
    if (job === null) return waits;
    const { state } = await call<Job>(`${server.url}/v1/replays/${job.id}`, server.key, undefined, "GET");
    if (state !== "running") throw new Error("The replay ended before the live events did.");
    await call(`${server.url}/v1/replays/${job.id}/cancel`, server.key, {});
    await server.drained();
    return waits;
  };
  await measure(null, liveRate * 5);
  await measure(await startReplay(server, tenants[0]!, from, to), liveRate * 2);

  const [alone, beside]: [Waits[], Waits[]] = [[], []];
  for (let turn = 1; turn <= rounds; turn++) {
    for (const isBeside of turn % 2 === 1 ? [false, true] : [true, false]) {
      if (isBeside) beside.push(await measure(await startReplay(server, tenants[0]!, from, to)));
      else alone.push(await measure(null));
    }
    const [without, having] = [alone.at(-1)!, beside.at(-1)!];
    say(
      `  round ${turn}: p99 without ${without.all.toFixed(2)} ms, with ${having.all.toFixed(2)} ms ` +
        `(its own lane ${without.own.toFixed(2)} and ${having.own.toFixed(2)}), ${Math.round(having.replayed)} replayed/s`,
    );
  }
  const middle = (waits: readonly Waits[], figure: keyof Waits) => median(waits.map((each) => each[figure]));
  report(options, "replay", {
    live_p99_ms: round(middle(beside, "all"), 2),
    live_p99_ms_without: round(middle(alone, "all"), 2),
    p99_ratio: round(median(beside.map(({ all }, turn) => all / alone[turn]!.all)), 2),
    own_lane_p99_ms: round(middle(beside, "own"), 2),
    own_lane_p99_ms_without: round(middle(alone, "own"), 2),
    replayed_per_s: Math.round(middle(beside, "replayed")),
    live_per_s: liveRate,
    rss_mb: Math.round(server.rss()),
    v8: server.v8,
  });
  await server.stop();
});

/** It is at its pace when this resolves. */
async function startReplay({ url }: Server, { key }: Tenant, from: string, to: string): Promise<Job> {
  const { data } = await call<{ data: readonly { readonly id: string }[] }>(
    `${url}/v1/subscriptions`,
    key,
    undefined,
    "GET",
  );
  const subscription = data[0]!.id;
  const job = await call<Job>(`${url}/v1/replays`, key, { subscription, from, to, per_second: replayRate });
  await pause(aheadMs);
  return job;
}

async function measureLive(
  { url }: Server,
  receiver: Receiver,
  tenants: readonly Tenant[],
  first: number,
  events: number,
): Promise<Waits> {
  await receiver.expect(first, events);
  const begun = moment();
  const { due } = await sendSteadily({ url, tenants, first, events, rate: liveRate });
  const { requests } = await receiver.seen();
  const seconds = (moment() - begun) / 1_000;
  await receiver.complete(events);
  const waits = Array.from(await receiver.arrivals(), (at, index) => at - due[index]!);
  return {
    all: percentile(waits, 0.99),
    own: percentile(
      waits.filter((_, index) => index % lanes === 0),
      0.99,
    ),
    replayed: (requests - events) / seconds,
  };
}
