// A person's app, as the vendor's public clients sign in: code and PKCE, tokens that are refreshed once on a 401, and the headers
// that such clients send.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { type Answer, call, type Server } from "./harness.ts";

export const outOfBand = "urn:ietf:wg:oauth:2.0:oob";
const form = "application/x-www-form-urlencoded";

export interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
}

/** What the page answers once the person has typed the key and allowed the app. */
export async function authorize(server: Server, key: string, redirect: string, verifier: string): Promise<Response> {
  const code_challenge = createHash("sha256").update(verifier).digest("base64url");
  const asked = { client_id: "belfry", redirect_uri: redirect, response_type: "code", code_challenge };
  const query = new URLSearchParams({ ...asked, code_challenge_method: "S256", state: "a state" });
  const page = await (await fetch(`${server.url}/oauth/authorize?${query.toString()}`)).text();
  const hidden = [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)];
  const fields = new URLSearchParams();
  for (const [, name, value] of hidden) fields.set(name!, value!);
  fields.set("key", key);
  fields.set("decision", "allow");
  return fetch(`${server.url}/oauth/authorize`, { method: "POST", body: fields, redirect: "manual" });
}

export const token = (server: Server, fields: Record<string, string>) =>
  call(`${server.url}/oauth/token`, { text: new URLSearchParams(fields).toString(), type: form });

export async function redeem(server: Server, code: string, redirect_uri: string, code_verifier: string): Promise<Pair> {
  const grant = { grant_type: "authorization_code", client_id: "belfry" };
  const { status, body } = await token(server, { ...grant, code, redirect_uri, code_verifier });
  assert.equal(status, 200, JSON.stringify(body));
  return body as Pair;
}

/** Out of band, with a verifier of 86 characters. */
export async function signIn(server: Server, key: string): Promise<Pair> {
  const verifier = randomBytes(64).toString("base64url");
  const page = await (await authorize(server, key, outOfBand, verifier)).text();
  return redeem(server, /<code[^>]*>([^<]+)<\/code>/.exec(page)![1]!, outOfBand, verifier);
}

export const refresh = (server: Server, refresh_token: string) =>
  token(server, { grant_type: "refresh_token", client_id: "belfry", refresh_token });

export interface App {
  tokens: Pair;
  /** How often it had to refresh. */
  readonly refreshes: () => number;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are looked into freely by tests
  ask(path: string, options?: Parameters<typeof call>[1]): Promise<Answer<any>>;
}

/** `/v4` asks for plain JSON, `/v3` for JSON:API; a 401 is answered by one refresh, and the request is sent again. */
export function openApp(server: Server, tokens: Pair): App {
  let refreshes = 0;
  const app: App = {
    tokens,
    refreshes: () => refreshes,
    async ask(path, options = {}) {
      const accept = path.startsWith("/v3") ? "application/vnd.api+json" : "application/json";
      const send = () =>
        call(server.url + path, { ...options, key: app.tokens.access_token, headers: { accept, ...options.headers } });
      const first = await send();
      if (first.status !== 401) return first;
      refreshes++;
      const { status, body } = await refresh(server, app.tokens.refresh_token);
      assert.equal(status, 200, JSON.stringify(body));
      app.tokens = body as Pair;
      return send();
    },
  };
  return app;
}
