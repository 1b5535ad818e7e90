// Organizations with one webhook each, made through the doors that users have.

import { call } from "./call.ts";
import type { Server } from "./server.ts";

export interface Tenant {
  readonly organization: string;
  /** Of role organization. */
  readonly key: string;
}

const create = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";

/** One organization for each URL, whose webhook takes ROOM_OCCUPANCY. */
export async function makeTenants(server: Server, urls: readonly string[]): Promise<readonly Tenant[]> {
  const tenants: Tenant[] = [];
  for (const [index, url] of urls.entries()) {
    const organization = `org_${String(index).padStart(6, "0")}`;
    const { key } = await call<{ key: string }>(`${server.url}/v1/keys`, server.key, {
      role: "organization",
      for: organization,
    });
    const endpoint_config = { url, http_timeout: 15 };
    const { errors } = await call<{ errors?: unknown }>(`${server.url}/api/v3/graphql`, key, {
      query: create,
      variables: { input: [{ name: "bench", event_types: ["ROOM_OCCUPANCY"], endpoint_config }] },
    });
    if (errors !== undefined) throw new Error(`no webhook was made: ${JSON.stringify(errors)}`);
    tenants.push({ organization, key });
  }
  return tenants;
}
