// Sets the demo's server up as its users would: the operator puts the building, clients subscribe through both vendors' APIs. And
// says how to try the same by hand.

import type { ModelDocument } from "../building/document.ts";
import { yourName } from "./demo-screen.ts";
import type { NamedSecret } from "./inbox.ts";
import { asRecord, asText } from "./json.ts";
import type { OperatorClient } from "./operator-client.ts";
import { type VendorClient, subscribeButlr, subscribeButterflymx } from "./vendor-client.ts";

export interface Furnished {
  readonly organizationKey: string;
  readonly tenant: number;
}

/** Puts the building and subscribes through both APIs, as the vendors' clients do. */
export async function furnish(
  operator: OperatorClient,
  building: ModelDocument,
  url: string,
  receiver: string,
  secrets: NamedSecret[],
): Promise<Furnished> {
  const house = building.sites[0]!.buildings![0]!;
  await operator.request("PUT", "/v1/building-model", building);
  const keyFor = async (role: string, id: string): Promise<VendorClient & { key: string }> => {
    const made = asRecord(await operator.request("POST", "/v1/keys", { role, for: id }));
    const [clientId, clientSecret, key] = [made["client_id"], made["client_secret"], made["key"]].map(asText);
    return { url, clientId: clientId!, clientSecret: clientSecret!, key: key! };
  };
  const organization = await keyFor("organization", building.organization.id);
  const manager = await keyFor("building", house.id);
  const tenant = house.tenants![0]!.butterflymx_id!;
  const subscriptions = [
    await subscribeButlr(organization, `${receiver}/butlr`),
    await subscribeButterflymx(manager, `buildings/${house.butterflymx_id!}`, `${receiver}/building`),
    await subscribeButterflymx(manager, `tenants/${tenant}`, `${receiver}/tenant`),
  ];
  for (const { id, signingSecret } of subscriptions) secrets.push({ secret: signingSecret, name: id });
  return { organizationKey: organization.key, tenant };
}

/** `now`: epoch ms. */
export function welcome(
  url: string,
  receiver: string,
  building: ModelDocument,
  { organizationKey, tenant }: Furnished,
  now: number,
): string {
  const house = building.sites[0]!.buildings![0]!;
  const auth = `-H 'authorization: Bearer ${organizationKey}'`;
  const json = "-H 'content-type: application/json'";
  const entry = {
    kind: "access",
    logged_at: new Date(now).toISOString(),
    access_point: house.access_points![0]!.butterflymx_id,
    release_status: "Unlocked",
    name: yourName,
    release_type: "Tenant",
    unit: house.units![0]!.butterflymx_id,
    tenant_id: tenant,
    entry_method: "Swipe to open",
    image_url: null,
  };
  return `${building.organization.name}, ${house.name}, ${building.sites[0]!.name}: two floors, ${house.tenants!.length} people at work.
Belfry runs at ${url}, its receiver here at ${receiver}. Ctrl-C ends.

Try, in another terminal:
  a new console link    curl -s -X POST ${url}/v1/session-links ${auth}
  the Butlr API         curl -s ${url}/api/v3/graphql ${auth} ${json} -d '{"query":"{ webhooks { id name event_types endpoint_config { url } } }"}'
  the ButterflyMX API   curl -s ${url}/v4/buildings/${house.butterflymx_id}/integrations ${auth}
  open a door yourself  curl -s ${url}/v1/observations ${auth} ${json} -d '${JSON.stringify(entry)}'

`;
}
