// A running server with something to look at: the demo's building with its morning, subscriptions of both vendors' APIs, and
// receivers of which one fails. Driven through the APIs alone, as a user would.

import type { BuildingDocument, FloorDocument, ModelDocument } from "../../src/building/document.ts";
import { houseInTheMorning } from "../../src/cli/demo/house.ts";
import { subscribeButterflymx, type VendorClient } from "../../src/cli/demo/vendor-client.ts";
import { createBuilding } from "../../src/simulator/building.ts";
import type { SimulatedObservation } from "../../src/simulator/observation.ts";
import { simulateDays } from "../../src/simulator/simulate.ts";
import { call, makePlace, type Server, serve, startReceiver } from "../e2e/harness.ts";
import type { HttpsReceiver } from "../fixtures/https-receiver.ts";

export interface ConsoleHouse {
  readonly server: Server;
  readonly building: ModelDocument;
  /** Sends what the house has sensed until now and was not sent yet. */
  catchUp(): Promise<void>;
  /** Has the minutes of the morning computed, which came too late to be told by themselves. */
  computeMorning(): Promise<void>;
}

export interface ConsoleHouseOptions {
  /** How long ago the first people came, ms. */
  readonly sinceMs: number;
  readonly floors?: number;
  readonly environment?: Record<string, string>;
}

const occupancyTypes = ["ROOM_OCCUPANCY", "ROOM_OCCUPANCY_1MIN"];
/** As a client of Butlr's API makes webhooks. */
export const createWebhooks = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
/** What no page may take for more than text. */
export const markup = `<img src=x onerror="fetch('https://evil.example')"><script>alert(1)</script>`;
const seed = 1;
const batchSize = 4_000;

export async function furnishConsole({
  sinceMs,
  floors = 2,
  environment = {},
}: ConsoleHouseOptions): Promise<ConsoleHouse> {
  const server = await serve(makePlace(), environment);
  const [good, failing, broken] = await Promise.all([startReceiver(), startReceiver(), startReceiver()]);
  failing.answer({ status: 503, body: '{"error":"database is being moved","retry":true}' });
  const sensed = houseInTheMorning(createBuilding(seed, { floors }), sinceMs, Date.now());
  const building = withArchive(sensed);
  broken.answer({ status: 500, body: markup });
  const put = await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: building });
  if (put.status !== 200) throw new Error(JSON.stringify(put.body));
  await subscribe(server, building, { good, failing, broken });
  const start = Math.floor((Date.now() - sinceMs) / 1_000) * 1_000;
  const observations = simulateDays(seed, sensed, start);
  let next = observations.next();
  const catchUp = async (): Promise<void> => {
    const until = Date.now() - 1_000;
    while (next.value.at <= until) {
      const batch: SimulatedObservation[] = [];
      while (next.value.at <= until && batch.length < batchSize) {
        batch.push(next.value);
        next = observations.next();
      }
      const sent = await call(`${server.url}/v1/observations`, { key: server.key, body: batch });
      if (sent.status !== 202) throw new Error(JSON.stringify(sent.body).slice(0, 500));
    }
  };
  const computeMorning = async (): Promise<void> => {
    const [from, to] = [start, Date.now() - 60_000].map((at) => Math.floor(at / 60_000) * 60_000);
    for (const floor of building.sites[0]!.buildings![0]!.floors!) {
      const body = { space: `floor:${floor.id}`, from, to };
      const { status, body: answer } = await call(`${server.url}/v1/recompute`, { key: server.key, body });
      if (status !== 202) throw new Error(JSON.stringify(answer));
    }
  };
  return { server, building, catchUp, computeMorning };
}

/** With a room whose sensor says nothing. */
function withArchive(model: ModelDocument): ModelDocument {
  const inside = (house: BuildingDocument): BuildingDocument => {
    const [first, ...others] = house.floors!;
    return { ...house, floors: [archiveOn(first!), ...others] };
  };
  return { ...model, sites: model.sites.map((site) => ({ ...site, buildings: site.buildings!.map(inside) })) };
}

function archiveOn(floor: FloorDocument): FloorDocument {
  const corners = (x: number, y: number): [number, number][] => [
    [x, y],
    [x + 6, y],
    [x + 6, y + 6],
    [x, y + 6],
  ];
  const room = { id: "room_archive", name: "Archive", coordinates: corners(24, 0) };
  const sensor = {
    id: "sensor_archive",
    mac_address: "00-17-0d-00-00-aa-bb-cc",
    mode: "presence" as const,
    model: "Heatic 2+",
    room_id: room.id,
    center: [27, 3] as const,
    footprint: [6, 6] as const,
  };
  return { ...floor, rooms: [...floor.rooms!, room], sensors: [...floor.sensors!, sensor] };
}

async function subscribe(
  server: Server,
  building: ModelDocument,
  { good, failing, broken }: Readonly<Record<"good" | "failing" | "broken", HttpsReceiver>>,
): Promise<void> {
  const house = building.sites[0]!.buildings![0]!;
  const client = async (role: string, id: string) => {
    const { body } = await call(`${server.url}/v1/keys`, { key: server.key, body: { role, for: id } });
    return { url: server.url, clientId: body.client_id as string, clientSecret: body.client_secret as string };
  };
  const organization = await client("organization", building.organization.id);
  const manager = await client("building", house.id);
  const tenant = house.tenants![0]!.butterflymx_id!;
  await webhook(organization, "Occupancy dashboard", occupancyTypes, `${good.url}/hooks/occupancy`);
  await webhook(organization, "Old dashboard", ["FLOOR_OCCUPANCY"], `${broken.url}/broken`);
  await webhook(organization, "Door counters", ["TRAFFIC", "PIR_MOTION"], `${good.url}/hooks/counters`);
  await subscribeButterflymx(manager, `buildings/${house.butterflymx_id!}`, `${good.url}/access`);
  await subscribeButterflymx(manager, `tenants/${tenant}`, `${failing.url}/partner?token=s3cret`);
}

/** As a client of Butlr's API makes it. */
async function webhook(
  { url, clientId, clientSecret }: VendorClient,
  name: string,
  types: readonly string[],
  to: string,
): Promise<void> {
  const input = [{ name, event_types: types, endpoint_config: { url: to, http_timeout: 5 } }];
  const key = `belfry_${clientId}_${clientSecret}`;
  const { body } = await call(`${url}/api/v3/graphql`, { key, body: { query: createWebhooks, variables: { input } } });
  if (body.errors !== undefined) throw new Error(JSON.stringify(body.errors));
}
