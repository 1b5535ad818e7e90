// Nothing goes wrong for ten minutes: nothing may come twice, and neither memory nor open files may grow.

import { round } from "../harness/figures.ts";
import { sendSteadily } from "../harness/open-loop.ts";
import { type Options, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { meanOfQuarter, watch } from "../harness/watch.ts";
import { conclude } from "./verdict.ts";

const subscriptions = 64;
const rate = 200;

export async function soakCalm(options: Options): Promise<void> {
  const seconds = options.seconds ?? 600;
  const events = rate * seconds;
  const receiver = await startReceiver({ count: subscriptions });
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const tenants = await makeTenants(server, receiver.origins);
  say(`calm: ${events} events at ${rate}/s to ${subscriptions} subscriptions`);
  await receiver.expect(1, events);
  const samples = await watch(server, sendSteadily({ url: server.url, tenants, first: 1, events, rate }));
  await receiver.complete(events);
  await server.drained();
  const { requests, again } = await receiver.seen();
  const growth = (figure: "rss" | "files") => meanOfQuarter(samples, 4, figure) / meanOfQuarter(samples, 2, figure);
  const [rss, files] = [growth("rss"), growth("files")];
  const figures = {
    deliveries: requests,
    duplicates: again,
    rss_ratio: round(rss, 3),
    files_ratio: round(files, 3),
    rss_mb: round(meanOfQuarter(samples, 4, "rss"), 1),
    files: round(meanOfQuarter(samples, 4, "files"), 1),
    rss_most_mb: Math.round(server.rss()),
    v8: server.v8,
  };
  conclude(options, "calm", figures, [
    { what: "deliveries that came twice", seen: again, most: 0 },
    { what: "RSS, last quarter ÷ second", seen: rss, most: 1.1 },
    { what: "open files, last quarter ÷ second", seen: files, most: 1.1 },
  ]);
  await server.stop();
}
