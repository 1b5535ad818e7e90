// Sets the demo's server up as its users would: the operator puts the building, clients subscribe through both vendors' APIs. And
// says how to try the same by hand.

import type { BuildingDocument, ModelDocument } from "../../building/document.ts";
import type { Clock } from "../../clock.ts";
import type { NamedSecret } from "../local-receiver.ts";
import { asRecord, asText } from "../json.ts";
import type { OperatorClient } from "../operator-client.ts";
import { waitFor } from "../waiting.ts";
import { yourName } from "./tally.ts";
import { type Subscribed, subscribeButlr, subscribeButterflymx, type VendorClient } from "./vendor-client.ts";

/** How long ago the first people came, at 07:30: where the house stands it is about 10:40 now. */
export const morningMs = 190 * 60_000;

/** Receivers by name, which is the path of their URL. The flaky one fails for a while. */
export const receivers = ["building-app", "concierge", "flaky-partner"] as const;
export type ReceiverName = (typeof receivers)[number];

const occupancyTypes = [
  "TRAFFIC",
  "FLOOR_OCCUPANCY",
  "ROOM_OCCUPANCY",
  "ZONE_OCCUPANCY",
  "FLOOR_OCCUPANCY_1MIN",
  "ROOM_OCCUPANCY_1MIN",
  "ZONE_OCCUPANCY_1MIN",
  "PIR_MOTION",
  "PIR_NO_MOTION",
];

/** A simulated building in a time zone in which the morning began so long ago. `now`: epoch ms. */
export function houseInTheMorning(building: ModelDocument, sinceMs: number, now: number): ModelDocument {
  const begun = new Date(now - sinceMs);
  const hours = Math.round(7.5 - (begun.getUTCHours() + begun.getUTCMinutes() / 60));
  const offset = ((hours + 36) % 24) - 12;
  const timezone = offset === 0 ? "Etc/UTC" : `Etc/GMT${offset > 0 ? "-" : "+"}${Math.abs(offset)}`;
  return {
    ...building,
    sites: building.sites.map((site) => ({ ...site, timezone, buildings: site.buildings!.map(withCapacities) })),
  };
}

const seats = { MEETING: 8, FOCUS: 2, LOUNGE: 12, CAFE: 20, LOBBY: 12 };

/** As many people as a room has desks, or as fit in it. */
function withCapacities(house: BuildingDocument): BuildingDocument {
  const capacity = (code: string, desks: number): { max: number } | undefined => {
    const known = Object.entries(seats).find(([name]) => code.includes(name))?.[1];
    return desks > 0 ? { max: desks } : known === undefined ? undefined : { max: known };
  };
  const floors = house.floors!.map((floor) => ({
    ...floor,
    rooms: floor.rooms!.map((room) => {
      const max = capacity(room.customID ?? "", floor.zones!.filter(({ room_id: of }) => of === room.id).length);
      return { ...room, ...(max && { capacity: max }) };
    }),
  }));
  return { ...house, floors };
}

export interface Clients {
  readonly organization: VendorClient & { readonly key: string };
  readonly manager: VendorClient;
}

/** Puts the building, and makes the keys of its clients. */
export async function furnish(operator: OperatorClient, building: ModelDocument, url: string): Promise<Clients> {
  await operator.request("PUT", "/v1/building-model", building);
  const keyFor = async (role: string, id: string): Promise<VendorClient & { key: string }> => {
    const made = asRecord(await operator.request("POST", "/v1/keys", { role, for: id }));
    const [clientId, clientSecret, key] = [made["client_id"], made["client_secret"], made["key"]].map(asText);
    return { url, clientId: clientId!, clientSecret: clientSecret!, key: key! };
  };
  const organization = await keyFor("organization", building.organization.id);
  return { organization, manager: await keyFor("building", building.sites[0]!.buildings![0]!.id) };
}

/** Has the minutes of the morning computed, which came too late to be told by themselves. Until they are there nobody subscribes,
 * so that nobody is sent a morning at once. */
export async function computeMorning(
  operator: OperatorClient,
  building: ModelDocument,
  clock: Clock,
  stopped: AbortSignal,
): Promise<void> {
  const [from, to] = [clock.now() - morningMs, clock.now() - 60_000].map((at) => Math.floor(at / 60_000) * 60_000);
  const floors = building.sites[0]!.buildings![0]!.floors!.map(({ id }) => `floor:${id}`);
  for (const space of floors) await operator.request("POST", "/v1/recompute", { space, from, to });
  const wanted = Math.floor((to! - from!) / 60_000) - 15;
  for (let tries = 0; tries < mostTries && !stopped.aborted; tries++) {
    const counts = await Promise.all(floors.map((space) => minutesOf(operator, space, from!)));
    if (counts.every((count) => count >= wanted)) return;
    await waitFor(clock, 200, stopped);
  }
}

/** Half a minute: after that one watches with a morning that is not whole. */
const mostTries = 150;

async function minutesOf(operator: OperatorClient, space: string, from: number): Promise<number> {
  const answer = asRecord(await operator.request("GET", `/v1/occupancy?space=${space}&from=${from}&limit=1000`));
  const { data } = asRecord(asRecord(answer["minutes"])["presence"]);
  return Array.isArray(data) ? data.length : 0;
}

/** What the first tenant gets goes to an inbox, so that the console shows it. */
export const inboxName = "resident-app";

/** Subscribes through both APIs, as the vendors' clients do; adds their secrets. `receiver`: URL without a path. */
export async function subscribe(
  operator: OperatorClient,
  { organization, manager }: Clients,
  building: ModelDocument,
  receiver: string,
  secrets: NamedSecret[],
): Promise<void> {
  const house = building.sites[0]!.buildings![0]!;
  const to = (name: ReceiverName): string => `${receiver}/${name}`;
  const add = async (name: ReceiverName, made: Promise<Subscribed>): Promise<void> => {
    secrets.push({ secret: (await made).signingSecret, name });
  };
  const butlr = (name: string, types: readonly string[], url: string) =>
    subscribeButlr(organization, { name, types, url });
  await add("building-app", butlr("Building app", occupancyTypes, to("building-app")));
  await add("flaky-partner", butlr("Flaky partner", ["DETECTIONS"], to("flaky-partner")));
  const ofHouse = `buildings/${house.butterflymx_id!}` as const;
  await add("concierge", subscribeButterflymx(manager, ofHouse, to("concierge")));
  const inbox = asRecord(
    await operator.request("POST", "/v1/inboxes", { name: inboxName, tenant: house.tenants![0]!.id }),
  );
  await subscribeButterflymx(manager, `tenants/${tenantOf(building)}`, asText(inbox["url"]));
}

const tenantOf = (building: ModelDocument): number => building.sites[0]!.buildings![0]!.tenants![0]!.butterflymx_id!;

/** You open the front door with the app of the first tenant. `now`: epoch ms. */
export function yourEntry(building: ModelDocument, now: number): object {
  const house = building.sites[0]!.buildings![0]!;
  return {
    kind: "access",
    logged_at: new Date(now).toISOString(),
    access_point: house.access_points![0]!.butterflymx_id,
    release_status: "Unlocked",
    name: yourName,
    release_type: "Tenant",
    unit: house.units![0]!.butterflymx_id,
    tenant_id: tenantOf(building),
    entry_method: "Swipe to open",
    image_url: null,
  };
}

/** `now`: epoch ms. */
export function curlLines(url: string, building: ModelDocument, { organization }: Clients, now: number): string {
  const house = building.sites[0]!.buildings![0]!;
  const auth = `-H 'authorization: Bearer ${organization.key}'`;
  const json = "-H 'content-type: application/json'";
  return `Try, in another terminal:
  a new console link    curl -s -X POST ${url}/v1/session-links ${auth}
  the Butlr API         curl -s ${url}/api/v3/graphql ${auth} ${json} -d '{"query":"{ webhooks { id name event_types endpoint_config { url } } }"}'
  the ButterflyMX API   curl -s ${url}/v4/buildings/${house.butterflymx_id}/integrations ${auth}
  open a door yourself  curl -s ${url}/v1/observations ${auth} ${json} -d '${JSON.stringify(yourEntry(building, now))}'
`;
}
