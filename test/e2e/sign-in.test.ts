// A client of the vendor that signs a person in: code by hand or by an address of its own, tokens that outlive a restart, what a
// tenant's key lets it see, and the end of it.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { belfry, call, createKey, kill, makePlace, type Server, serve, stop } from "./harness.ts";

const model = {
  organization: { id: "org_homes", name: "Homes" },
  sites: [
    {
      id: "site",
      name: "Site",
      timezone: "Europe/Berlin",
      buildings: [
        {
          id: "house",
          name: "House",
          units: [
            { id: "unit_1", label: "1" },
            { id: "unit_2", label: "2" },
          ],
          tenants: [
            { id: "kim", unit_id: "unit_1" },
            { id: "kim_studio", unit_id: "unit_2" },
            { id: "alex", unit_id: "unit_2" },
          ],
        },
      ],
    },
  ],
};

const oob = "urn:ietf:wg:oauth:2.0:oob";
const form = "application/x-www-form-urlencoded";
const redirects = { BELFRY_OAUTH_REDIRECTS: "com.example.app://oauth" };

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function authorize(server: Server, key: string, redirect: string, verifier: string) {
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

const token = (server: Server, fields: Record<string, string>) =>
  call(`${server.url}/oauth/token`, { text: new URLSearchParams(fields).toString(), type: form });

async function redeem(server: Server, code: string, redirect_uri: string, code_verifier: string): Promise<Pair> {
  const grant = { grant_type: "authorization_code", client_id: "belfry" };
  const { status, body } = await token(server, { ...grant, code, redirect_uri, code_verifier });
  assert.equal(status, 200, JSON.stringify(body));
  return body as Pair;
}

async function signIn(server: Server, key: string): Promise<Pair> {
  const verifier = randomBytes(64).toString("base64url");
  const page = await (await authorize(server, key, oob, verifier)).text();
  return redeem(server, /<code[^>]*>([^<]+)<\/code>/.exec(page)![1]!, oob, verifier);
}

const refresh = (server: Server, refresh_token: string) =>
  token(server, { grant_type: "refresh_token", client_id: "belfry", refresh_token });
const list = async (server: Server, tenant: string, key: string): Promise<number> =>
  (await call(`${server.url}/v4/tenants/${tenant}/integrations`, { key })).status;

/** The key of a person with two units. */
async function keyOfKim(server: Server): Promise<{ client_id: string; key: string }> {
  const put = await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const args = ["keys", "create", "--data", server.data, "--role", "tenant", "--for", "kim", "--for", "kim_studio"];
  const { code, stdout, stderr } = await belfry(args);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as { client_id: string; key: string };
}

test("a person signs an app in, which sees both of the person's units and nobody else's, also after a crash", async () => {
  const data = makePlace();
  let server = await serve(data, redirects);
  const { client_id, key } = await keyOfKim(server);
  const first = await signIn(server, key);
  const seen = async (access: string) => [
    await list(server, "kim", access),
    await list(server, "kim_studio", access),
    await list(server, "alex", access),
  ];
  assert.deepEqual(await seen(first.access_token), [200, 200, 404]);
  const second = (await refresh(server, first.refresh_token)).body as Pair;
  assert.deepEqual(await seen(second.access_token), [200, 200, 404]);

  await kill(server);
  server = await serve(data, redirects);
  assert.deepEqual(await seen(second.access_token), [200, 200, 404]);
  const third = await refresh(server, second.refresh_token);
  assert.equal(third.status, 200);

  // Nothing in the data directory is what was given out.
  for (const name of readdirSync(data)) {
    const bytes = readFileSync(join(data, name));
    for (const given of [first, second]) assert.ok(!bytes.includes(given.refresh_token.slice(22)), name);
  }

  assert.equal((await belfry(["keys", "revoke", client_id, "--data", data])).code, 0);
  assert.equal(await list(server, "kim", third.body.access_token), 401);
  const ended = await refresh(server, third.body.refresh_token);
  assert.deepEqual([ended.status, ended.body.error], [400, "invalid_grant"]);
  await stop(server);
});

test("an app gets the code at its own address, and an old refresh token ends what it began, also after a restart", async () => {
  const data = makePlace();
  let server = await serve(data, redirects);
  const { key } = await keyOfKim(server);
  const verifier = randomBytes(32).toString("base64url");
  const sent = await authorize(server, key, "com.example.app://oauth", verifier);
  assert.equal(sent.status, 302);
  const location = sent.headers.get("location")!;
  assert.match(location, /^com\.example\.app:\/\/oauth\?code=\w+&state=a\+state$/);
  const code = new URLSearchParams(location.split("?")[1]).get("code")!;
  const first = await redeem(server, code, "com.example.app://oauth", verifier);
  const second = (await refresh(server, first.refresh_token)).body as Pair;
  assert.equal(await list(server, "kim", second.access_token), 200);
  await stop(server);
  server = await serve(data, redirects);
  assert.equal((await refresh(server, first.refresh_token)).status, 400);
  assert.equal(await list(server, "kim", second.access_token), 401);
  await stop(server);
});

test("a back-office client and a person's password grant use the same address, and a building's key sees its tenants", async () => {
  const server = await serve(makePlace(), redirects);
  await keyOfKim(server);
  const { client_id, client_secret } = await createKey(server, "building", "house");
  const office = await token(server, { grant_type: "client_credentials", client_id, client_secret });
  assert.equal(office.body.refresh_token, undefined);
  for (const tenant of ["kim", "alex"]) assert.equal(await list(server, tenant, office.body.access_token), 200);
  const grant = { grant_type: "password", username: client_id, password: client_secret, client_id: "belfry" };
  const person = await token(server, grant);
  assert.equal(await list(server, "alex", person.body.access_token), 200);
  assert.equal((await refresh(server, person.body.refresh_token)).status, 200);
  await stop(server);
});
