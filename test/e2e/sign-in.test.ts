// A client of the vendor that signs a person in: code by hand or by an address of its own, tokens that outlive a restart, what a
// tenant's key lets it see, and the end of it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { belfry, call, createKey, kill, makePlace, type Server, serve, stop } from "./harness.ts";
import { authorize, type Pair, redeem, refresh, signIn, token } from "./person.ts";

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

const redirects = { BELFRY_OAUTH_REDIRECTS: "com.example.app://oauth" };

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
