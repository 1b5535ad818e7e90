// Other programs take the processors away for a while. Everything is late then; once they are gone, it must be made up for
// while events go on coming at the same rate.

import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { moment, pause, round } from "../harness/figures.ts";
import { sendSteadily } from "../harness/open-loop.ts";
import { type Options, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { conclude } from "./verdict.ts";

const rate = 3_200;
const tenantCount = 800;
const defaultSeconds = 20;
/** An event that comes later than this after it was to be sent is late. */
const lateMs = 250;
/** Times of the crowded seconds that making up for them may take. */
const most = 2;

export async function soakCrowded(options: Options): Promise<void> {
  const receiver = await startReceiver({ count: 200 });
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const { origins } = receiver;
  const tenants = await makeTenants(
    server,
    Array.from({ length: tenantCount }, (_, index) => `${origins[index % origins.length]}/hook/${index}`),
  );
  const seconds = options.seconds ?? defaultSeconds;
  const calm = 10;
  const events = rate * (calm + seconds * (most + 2));
  const batch = { events: 16, key: server.key };
  say(`crowded: ${tenantCount} subscriptions at ${rate}/s; the processors are taken for ${seconds} s`);
  const steadily = async (first: number, count: number) => {
    await receiver.expect(first, count);
    const { due } = await sendSteadily({ url: server.url, tenants, first, events: count, rate, batch });
    await receiver.complete(count);
    return { due, arrivals: await receiver.arrivals() };
  };
  await steadily(1, rate * calm);
  const sending = steadily(rate * calm + 1, events);
  await pause(calm * 1000);
  await takeProcessors(seconds);
  const freed = moment();
  const { due, arrivals } = await sending;
  // Until when anything came late.
  let [until, worst, late] = [0, 0, 0];
  for (const [index, at] of due.entries()) {
    const wait = arrivals[index]! - at;
    worst = Math.max(worst, wait);
    if (wait <= lateMs) continue;
    late++;
    until = Math.max(until, at);
  }
  const seconds_to_recover = round(Math.max(until - freed, 0) / 1000, 1);
  conclude(
    options,
    "crowded",
    {
      events,
      late,
      worst_s: round(worst / 1000, 1),
      seconds_to_recover,
      rss_mb: Math.round(server.rss()),
      v8: server.v8,
    },
    [{ what: "time to recover ÷ time taken", seen: seconds_to_recover / seconds, most }],
  );
}

/** Three busy programs for each processor. */
async function takeProcessors(seconds: number): Promise<void> {
  const busy = `const end = Date.now() + ${seconds * 1000}; while (Date.now() < end);`;
  const children = Array.from({ length: 3 * availableParallelism() }, () =>
    spawn(process.execPath, ["-e", busy], { stdio: "ignore" }),
  );
  await Promise.all(children.map((child) => new Promise((resolve) => child.once("exit", resolve))));
}
