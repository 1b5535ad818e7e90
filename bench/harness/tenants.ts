// Organizations with one webhook each, made through the doors that users have.

import { call } from "./call.ts";
import type { Server } from "./server.ts";

export interface Tenant {
  readonly organization: string;
  /** Of role organization. */
  readonly key: string;
}

const create = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";

const atOnce = 32;

/** One organization for each URL, numbered from `from`, whose webhook takes ROOM_OCCUPANCY. */
export async function makeTenants(server: Server, urls: readonly string[], from = 0): Promise<readonly Tenant[]> {
  const tenants: Tenant[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < urls.length; index = next++) {
      tenants[index] = await makeTenant(server, `org_${String(from + index).padStart(6, "0")}`, urls[index]!);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return tenants;
}

async function makeTenant(server: Server, organization: string, url: string): Promise<Tenant> {
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
  return { organization, key };
}
