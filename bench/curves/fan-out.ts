// Deliveries for each event: 1 → 1,000 integrations of one ButterflyMX building, each with an endpoint of its own.

import { call } from "../harness/call.ts";
import { moment, pause } from "../harness/figures.ts";
import { openConnections, requestText } from "../harness/http-client.ts";
import { type Options, report, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { type Server, spentSince, startServer } from "../harness/server.ts";
import { decades, figuresOf, type Point, tell, tellHead } from "./curve.ts";

const addresses = 64;
const batch = 20;
const model = (building: number) => ({
  organization: { id: `org_${building}`, name: "Bench" },
  sites: [
    {
      id: `site_${building}`,
      name: "Site",
      timezone: "UTC",
      buildings: [{ id: String(building), name: "House", access_points: [{ id: "22177636", name: "Door" }] }],
    },
  ],
});

export async function curveOfFanOut(options: Options): Promise<void> {
  const deliveries = options.events ?? 50_000;
  const receiver = await startReceiver({ count: addresses });
  // One organization has them all: it shall be able to use all connections, whatever their number.
  const settings = { BELFRY_CAP_SUBSCRIPTION: "64", BELFRY_CAP_ORGANIZATION: "64" };
  const place = { data: makePlace(), caFile: receiver.caFile, settings, profile: options.profile };
  const server = await startServer(place);
  const building = 577_696_272;
  await call(`${server.url}/v1/building-model`, server.key, model(building), "PUT");
  const points: Point[] = [];
  let made = 0;
  let first = 1;
  const deliver = async (wanted: number): Promise<Point> => {
    const events = Math.ceil(wanted / made);
    await receiver.expect(0, 0);
    const cpu = server.cpu();
    const begun = moment();
    await send(server, building, first, events);
    first += events;
    while ((await receiver.seen()).requests < events * made) await pause(10);
    await server.drained();
    const perSecond = ((events * made) / (moment() - begun)) * 1000;
    const { cost } = spentSince(server, cpu, events * made);
    return { at: made, perSecond, cpu: cost, rss: server.now().rss };
  };
  say(`fan-out: ${deliveries} deliveries at each point`);
  tellHead("per event");
  for (const count of decades(1, options.most ?? 1_000)) {
    for (; made < count; made++) {
      const url = `${receiver.origins[made % addresses]}/hook/${made}`;
      const bindings = [{ resource_type: "access_log", actions: ["create"] }];
      const attributes = { integrator: "webhook", configuration: { url, method: "post" }, bindings };
      await call(`${server.url}/v4/buildings/${building}/integrations`, server.key, {
        data: { type: "integrations", attributes },
      });
    }
    await deliver(deliveries >> 2);
    points.push(await deliver(deliveries));
    tell(points.at(-1)!);
  }
  report(options, "curve of fan-out", { ...figuresOf(points), v8: server.v8 });
  await server.stop();
}

async function send(server: Server, building: number, first: number, events: number): Promise<void> {
  const url = `${server.url}/v1/events?dialect=butterflymx&building=${building}`;
  let sent = 0;
  const connections = await openConnections(server.url, 8);
  await Promise.all(
    connections.map(async (connection) => {
      while (sent < events) {
        const count = Math.min(batch, events - sent);
        const texts = Array.from({ length: count }, (_, index) => entryText(first + sent + index));
        sent += count;
        const { status, body } = await connection.send(requestText(url, server.key, `[${texts.join(",")}]`));
        if (status !== 202 || !body.startsWith(`{"accepted":${count},`)) throw new Error(`${status}: ${body}`);
      }
    }),
  );
  for (const connection of connections) connection.close();
}

const entryText = (id: number): string =>
  `{"event":{"resource_type":"access_log","action":"create","data":{"id":${id},"logged_at":"2025-04-24T10:24:35Z",` +
  `"access_point":22177636,"entry_method":"Swipe to open","release_status":"Unlocked","name":"John Tenant",` +
  `"image_url":"https://cdn.example/snapshot.png"}}}`;
