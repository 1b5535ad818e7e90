// Subscriptions: 1 → 100,000, each of an organization of its own and with an endpoint of its own. Events come singly, each
// for another of them, so that every point has the same work and only the number differs.

import { moment } from "../harness/figures.ts";
import { offer } from "../harness/load.ts";
import { type Options, report, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { spentSince, startServer } from "../harness/server.ts";
import { makeTenants, type Tenant } from "../harness/tenants.ts";
import { decades, figuresOf, type Point, tell, tellHead } from "./curve.ts";

const addresses = 64;

export async function curveOfEndpoints(options: Options): Promise<void> {
  const most = options.most ?? 100_000;
  const events = options.events ?? 30_000;
  const receiver = await startReceiver({ count: addresses });
  // One subscription shall be able to use what many can.
  const settings = { BELFRY_CAP_SUBSCRIPTION: "64" };
  const place = { data: makePlace(), caFile: receiver.caFile, settings, profile: options.profile };
  let server = await startServer(place);
  const tenants: Tenant[] = [];
  const points: Point[] = [];
  let first = 1;
  const deliver = async (events: number): Promise<Point> => {
    await receiver.expect(first, events);
    const cpu = server.cpu();
    const begun = moment();
    await offer({ url: server.url, tenants, events, first, batch: 1, connections: 64 });
    await receiver.complete(events);
    await server.drained();
    first += events;
    const perSecond = (events / (moment() - begun)) * 1000;
    return { at: tenants.length, perSecond, cpu: spentSince(server, cpu, events).cost, rss: server.now().rss };
  };
  say(`endpoints: ${events} events at each point`);
  tellHead("subscriptions");
  for (const count of decades(1, most)) {
    const begun = moment();
    const from = tenants.length;
    const urls = Array.from({ length: count - from }, (_, index) => {
      const number = from + index;
      return `${receiver.origins[number % addresses]}/hook/${number}`;
    });
    for (const tenant of await makeTenants(server, urls, from)) tenants.push(tenant);
    const making = (moment() - begun) / 1000;
    await server.stop();
    server = await startServer(place);
    await deliver(Math.max(events >> 2, Math.min(count, events)));
    const point = await deliver(events);
    const note = `made in ${making.toFixed(1)} s, started with them in ${server.startSeconds.toFixed(2)} s`;
    points.push({ ...point, note });
    tell(points.at(-1)!);
  }
  report(options, "curve of endpoints", { ...figuresOf(points), v8: server.v8 });
  await server.stop();
}
