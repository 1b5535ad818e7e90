// A backlog: 10,000 → 10,000,000 deliveries pending, then delivered at full speed for some seconds. One start at each
// point, with all of it pending.

import { call } from "../harness/call.ts";
import { moment, pause } from "../harness/figures.ts";
import { offer } from "../harness/load.ts";
import { type Options, report, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { type Server, spentSince, startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { decades, figuresOf, type Point, tell, tellHead } from "./curve.ts";

const subscriptions = 64;

export async function curveOfPending(options: Options): Promise<void> {
  const most = options.most ?? 10_000_000;
  const seconds = options.seconds ?? 8;
  const receiver = await startReceiver();
  const place = { data: makePlace(), caFile: receiver.caFile, profile: options.profile };
  let server = await startServer(place);
  const tenants = await makeTenants(
    server,
    Array.from({ length: subscriptions }, (_, index) => `${receiver.origins[0]}/hook/${index}`),
  );
  const points: Point[] = [];
  let first = 1;
  say(`pending: at most ${seconds} s of delivery at each point`);
  tellHead("pending");
  for (const count of decades(10_000, most)) {
    // Held and not failing: what fails for minutes is probed, and the next start goes on with that.
    await turn(server, "disable");
    const missing = count - (await server.pending());
    const begun = moment();
    await offer({ url: server.url, tenants, events: missing, first, batch: 500, connections: 8 });
    first += missing;
    const loading = (moment() - begun) / 1000;
    // In order, so that the next start does not try each lane with care.
    await server.stop();
    server = await startServer(place);
    await receiver.expect(0, 0);
    await turn(server, "enable");
    const cpu = server.cpu();
    const from = moment();
    const enough = Math.floor(count * 0.9);
    let delivered = 0;
    while (delivered < enough && moment() < from + seconds * 1000) {
      await pause(20);
      delivered = (await receiver.seen()).requests;
    }
    const perSecond = (delivered / (moment() - from)) * 1000;
    const { cost } = spentSince(server, cpu, delivered);
    const note = `accepted at ${Math.round(missing / loading)}/s, started in ${server.startSeconds.toFixed(2)} s`;
    points.push({ at: count, perSecond, cpu: cost, rss: server.now().rss, note });
    tell(points.at(-1)!);
  }
  report(options, "curve of pending", { ...figuresOf(points), v8: server.v8 });
}

/** Disables or enables every subscription. */
async function turn(server: Server, verb: "disable" | "enable"): Promise<void> {
  const { data } = await call<{ data: readonly { id: string }[] }>(
    `${server.url}/v1/subscriptions?limit=100`,
    server.key,
    undefined,
    "GET",
  );
  for (const { id } of data) await call(`${server.url}/v1/subscriptions/${id}/${verb}`, server.key, {});
}
