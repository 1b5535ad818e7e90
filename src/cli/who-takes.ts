// Whose observations a recording was, and whether anybody takes what follows from them: a recording sent where nobody
// subscribed is spent, since its ids count as duplicates for days.

import { asRecord, asText, type Json } from "./json.ts";
import { type OperatorClient, Unreachable } from "./operator-client.ts";

export interface Takers {
  /** null: the observations may be of several. */
  readonly organization: string | null;
  readonly subscriptions: "none" | "some";
}

/** `organization`: of the recording's own model; null: the sensors are of the server's. Null: the key may not look. */
export async function takersOf(client: OperatorClient, organization: string | null): Promise<Takers | null> {
  try {
    return await ask(client, organization);
  } catch (error) {
    // What was sent is taken: that the server went away then is no failure of it.
    if (error instanceof Unreachable) return null;
    throw error;
  }
}

async function ask(client: OperatorClient, organization: string | null): Promise<Takers | null> {
  const owner = organization ?? (await onlyOrganization(client));
  const query = owner === null ? "" : `&organization=${encodeURIComponent(owner)}`;
  const found = await list(client, `/v1/subscriptions?limit=1${query}`);
  return found === null ? null : { organization: owner, subscriptions: found.length === 0 ? "none" : "some" };
}

async function onlyOrganization(client: OperatorClient): Promise<string | null> {
  const all = await list(client, "/v1/organizations?limit=2");
  return all?.length === 1 ? asText(all[0]!["id"]) : null;
}

async function list(client: OperatorClient, path: string): Promise<readonly Json[] | null> {
  const { status, body } = await client.send("GET", path);
  const { data } = asRecord(body);
  return status === 200 && Array.isArray(data) ? data.map(asRecord) : null;
}

/** What to do where nobody takes it. `again`: the command that sends the recording once more. */
export function nobodyTakes({ organization }: Takers, command: string, url: string, again: string): string {
  const whose = organization ?? "any organization";
  const name = organization ?? "ORGANIZATION";
  const mutation =
    'mutation { createWebhooks(input: [{name: \\"Mine\\", event_types: [TRAFFIC, ROOM_OCCUPANCY, PIR_MOTION], ' +
    'endpoint_config: {url: \\"https://YOUR.ENDPOINT/hook\\"}}]) { id signing_secret } }';
  return `Nobody takes what follows: there is no subscription of ${whose}. Make one, then send the recording again:
  KEY=$(${command} keys create --role organization --for ${name} | sed 's/.*"key":"//; s/".*//')
  curl ${url}/api/v3/graphql -H "authorization: Bearer $KEY" -H 'content-type: application/json' -d '{"query":"${mutation}"}'
  ${again}
`;
}
