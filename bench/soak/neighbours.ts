// Some subscriptions are in trouble for minutes and go on getting events; the others are measured before, beside and
// after that, each against itself.

import { moment, round } from "../harness/figures.ts";
import { sendSteadily } from "../harness/open-loop.ts";
import { type Figures, type Options, say } from "../harness/options.ts";
import type { Receiver } from "../harness/receiver.ts";
import type { Server } from "../harness/server.ts";
import type { Tenant } from "../harness/tenants.ts";
import { mean, watch } from "../harness/watch.ts";
import { compare, join, latenessOf } from "./lateness.ts";

export interface Neighbours {
  readonly options: Options;
  readonly server: Server;
  /** Of the healthy ones. */
  readonly receiver: Receiver;
  readonly healthy: readonly Tenant[];
  /** Events per second for all of them together. */
  readonly rate: number;
  /** Events of one request; without it they come one by one. */
  readonly together?: number;
  readonly ill: readonly Tenant[];
  readonly illRate: number;
  /** Makes them ill; they stay so. */
  readonly begin?: () => Promise<void>;
}

const defaultSeconds = 300;
/** Numbers of the events for those in trouble start here. */
const illFirst = 1_000_000_000;

export async function soakNeighbours(soak: Neighbours) {
  const { options, server, receiver, healthy, rate, ill, illRate, begin } = soak;
  const seconds = options.seconds ?? defaultSeconds;
  // Before and after together as long as beside, so that a p99 is made of as many samples.
  const aloneSeconds = Math.max(Math.ceil(seconds / 2), 5);
  const batch = soak.together === undefined ? undefined : { events: soak.together, key: server.key };
  let first = 1;
  const steadily = async (seconds: number) => {
    const late = await latenessOf({ server, receiver, tenants: healthy, first, rate, seconds, batch });
    first += rate * seconds;
    return late;
  };
  say(
    `  ${healthy.length} healthy at ${rate}/s, ${ill.length} in trouble at ${illRate}/s:` +
      ` ${aloneSeconds} s without, ${seconds} s with, ${aloneSeconds} s after`,
  );
  await steadily(Math.min(10, seconds));
  let before: number[][] = [];
  const calm = await watch(
    server,
    steadily(aloneSeconds).then((late) => (before = late)),
  );
  await begin?.();
  const cpu = server.cpu();
  const begun = moment();
  const troubled = sendSteadily({
    url: server.url,
    tenants: ill,
    first: illFirst,
    events: illRate * seconds,
    rate: illRate,
  });
  let beside: number[][] = [];
  const storm = await watch(server, Promise.all([steadily(seconds).then((late) => (beside = late)), troubled]));
  const busy = [...server.cpu()].reduce((sum, [name, ms]) => sum + ms - (cpu.get(name) ?? 0), 0) / (moment() - begun);
  const lag = (await server.metric("nodejs_eventloop_lag_p99_seconds")) * 1000;
  const after = await steadily(aloneSeconds);
  const seen = compare(join(before, after), beside);
  const calmRss = mean(calm.slice(calm.length >> 1), "rss");
  const growth = Math.max(...storm.map(({ rss }) => rss)) - calmRss;
  const figures = {
    p50_without_ms: round(seen.before.p50, 2),
    p50_ms: round(seen.beside.p50, 2),
    p99_without_ms: round(seen.before.p99, 2),
    p99_ms: round(seen.beside.p99, 2),
    p999_without_ms: round(seen.before.p999, 2),
    p999_ms: round(seen.beside.p999, 2),
    p99_ratio: round(seen.worst, 2),
    over_twice: seen.over,
    taken_together: seen.together,
    samples_each: beside[0]!.length,
    rss_growth_mb: round(growth, 1),
    rss_mb: round(calmRss + growth, 1),
    files: Math.max(...storm.map(({ files }) => files)),
    cpu_cores: round(busy, 2),
    event_loop_p99_ms: round(lag, 1),
    pending: await server.pending(),
    v8: server.v8,
  } satisfies Figures;
  return { figures, worst: seen.worst, growth };
}
