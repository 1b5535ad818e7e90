// Subscribes as the vendors' own clients would: signs in to each vendor's API with a client id and secret, and asks for
// webhooks in the vendor's words. Knows nothing of Belfry but the signing secret in the answers.

import { CommandFailure } from "../failure.ts";
import { asRecord, asText } from "../json.ts";
import { refusal } from "../operator-client.ts";

export interface VendorClient {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface Subscribed {
  readonly id: string;
  readonly signingSecret: string;
}

const createWebhooks = `mutation CreateWebhooks($input: [WebhookCreateInput!]!) {
  createWebhooks(input: $input) { id name event_types endpoint_config { url http_timeout } signing_secret }
}`;

export interface ButlrWebhook {
  readonly name: string;
  readonly types: readonly string[];
  readonly url: string;
}

export async function subscribeButlr(client: VendorClient, { name, types, url }: ButlrWebhook): Promise<Subscribed> {
  const token = await post(client.url, "/api/v2/clients/login", {
    client_id: client.clientId,
    client_secret: client.clientSecret,
    audience: "https://butlrauth/",
    grant_type: "client_credentials",
  });
  const input = [{ name, event_types: types, endpoint_config: { url, http_timeout: 5 } }];
  const answer = asRecord(
    await post(client.url, "/api/v3/graphql", { query: createWebhooks, variables: { input } }, token),
  );
  const made = asRecord(answer["data"])["createWebhooks"];
  const webhook = asRecord(Array.isArray(made) ? made[0] : null);
  if (typeof webhook["id"] !== "string") {
    throw new CommandFailure(`The Butlr API created no webhook: ${JSON.stringify(answer["errors"] ?? answer)}`);
  }
  return { id: webhook["id"], signingSecret: asText(webhook["signing_secret"]) };
}

/** One ButterflyMX integration for entries and calls, of a building or of a tenant. */
export async function subscribeButterflymx(
  client: VendorClient,
  owner: `buildings/${number}` | `tenants/${number}`,
  receiver: string,
): Promise<Subscribed> {
  const token = await post(
    client.url,
    "/oauth/token",
    new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }),
  );
  const attributes = {
    integrator: "webhook",
    configuration: { url: receiver, method: "post" },
    bindings: [
      { resource_type: "access_log", actions: ["create"] },
      { resource_type: "call", actions: ["create", "status_update"] },
    ],
  };
  const body = { data: { type: "integrations", attributes } };
  const made = asRecord(asRecord(await post(client.url, `/v4/${owner}/integrations`, body, token))["data"]);
  return { id: asText(made["id"]), signingSecret: asText(asRecord(made["attributes"])["signing_secret"]) };
}

async function post(url: string, path: string, body: object, token?: unknown): Promise<unknown> {
  const form = body instanceof URLSearchParams;
  const bearer = token === undefined ? {} : { authorization: `Bearer ${asText(asRecord(token)["access_token"])}` };
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: { ...(form ? {} : { "content-type": "application/json" }), ...bearer },
    body: form ? body : JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status < 300) return JSON.parse(text);
  throw new CommandFailure(refusal(`POST ${path}`, { status: response.status, body: text }));
}
