// PATCH /v1/subscriptions/{id}: fixed headers, client certificates and own authorities: set, judged, shown, and kept secret.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createAuthority } from "../../src/cli/certificate.ts";
import { addSubscription, ask, type House, keyFor, openHouse, start } from "./fixture.ts";

let house: House;
let operator: string;
const authority = await createAuthority(start);
const client = await authority.issue([], { now: start, commonName: "belfry", purpose: "client" });
const certificate = { certificate: client.certificate, private_key: client.key };

before(async () => {
  house = await openHouse();
  operator = await keyFor(house, "operator");
});
after(() => house.close());

const patch = (id: string, body: object, key = operator) => ask(house, `PATCH /v1/subscriptions/${id}`, { key, body });
const stored = async (id: string) => (await house.store.registry.subscription(id, null))!;

/** A webhook without credentials of its own. */
const bare = (more = {}) =>
  addSubscription(house, "org_s", {
    endpoint: { url: "https://hooks.example.test/in", timeoutMs: null, apiKey: null, basicAuth: null, ...more },
  });

test("a Butlr webhook gets fixed headers of the same guard, which their owner alone sees the names of", async () => {
  const { id } = await bare();
  const set = await patch(id, { headers: { "x-tenant": "canary-tenant", Authorization: "Bearer canary-bearer" } });
  assert.deepEqual([set.status, set.body.endpoint.header_names], [200, ["x-tenant", "Authorization"]]);
  assert.deepEqual((await stored(id)).endpoint.headers, {
    "x-tenant": "canary-tenant",
    Authorization: "Bearer canary-bearer",
  });
  const viewer = await keyFor(house, "viewer", "org_s");
  const seen = await ask(house, `GET /v1/subscriptions/${id}`, { key: viewer });
  assert.equal(seen.body.endpoint.header_names, null);
  for (const name of ["host", "content-length", "webhook-id", "belfry-attempt", "x-forwarded-for", "a b"]) {
    assert.equal((await patch(id, { headers: { [name]: "x" } })).status, 422, name);
  }
  assert.equal((await patch(id, { headers: { "x-a": "line\r\nhost: y" } })).status, 422);
  assert.match((await patch(id, { headers: { "x-a": "1", "X-A": "2" } })).body.detail, /X-A is there already/);
  assert.equal((await patch(id, { payload_format: "flat" })).status, 422, "what integrations alone have");
  assert.deepEqual((await patch(id, { headers: null })).body.endpoint.header_names, []);
  assert.equal((await stored(id)).endpoint.headers, undefined);
  const told = JSON.stringify([set.body, house.logged, await house.store.history.audit({ limit: 100, before: null })]);
  assert.doesNotMatch(told, /canary-(tenant|bearer)/);
});

test("a fixed header never stands beside one by which Butlr's API lets Belfry in", async () => {
  const basicAuth = { username: "bell", password: "x" };
  const { id } = await bare({ apiKey: { name: "X-Api-Key", value: "k" }, basicAuth });
  assert.match((await patch(id, { headers: { "x-api-key": "y" } })).body.detail, /x-api-key is there already/);
  assert.match((await patch(id, { headers: { authorization: "y" } })).body.detail, /basic authentication/);
  assert.equal((await patch(id, { headers: { "x-other": "y" } })).status, 200);
});

test("a client certificate and own authorities are told by subject, end and fingerprint, and their key never", async () => {
  const { id } = await bare();
  const set = await patch(id, { client_certificate: certificate, ca_certificates: authority.ca });
  assert.equal(set.status, 200, set.text);
  const { client_certificate: shown, ca_certificates: authorities } = set.body.endpoint;
  assert.deepEqual([shown.subject, authorities.length], ["CN=belfry", 1]);
  assert.match(shown.not_after, /^2026-07-17T09:00:00/);
  assert.match(shown.fingerprint, /^[0-9a-f]{64}$/);
  assert.equal((await patch(id, { headers: { "x-a": "1" } })).body.endpoint.client_certificate.subject, "CN=belfry");
  assert.equal((await stored(id)).endpoint.clientCertificate?.privateKey.trim(), client.key.trim());
  const viewer = await keyFor(house, "viewer", "org_s");
  const seen = (await ask(house, `GET /v1/subscriptions/${id}`, { key: viewer })).body.endpoint;
  assert.deepEqual([seen.client_certificate, seen.ca_certificates], [null, null]);
  const audit = (await house.store.history.audit({ limit: 100, before: null })).items;
  const own = audit.filter(({ object, action }) => object === id && action === "subscription.update");
  assert.equal(own.at(-1)!.detail, '{"set":["client_certificate","ca_certificates"]}');
  assert.doesNotMatch(JSON.stringify([set.body, house.logged, audit]), /BEGIN|PRIVATE|MII/);
  const count = own.length;
  assert.equal((await patch(id, { client_certificate: certificate })).status, 200);
  const again = (await house.store.history.audit({ limit: 100, before: null })).items;
  assert.equal(again.filter(({ object, action }) => object === id && action === "subscription.update").length, count);

  const none = (await patch(id, { client_certificate: null, ca_certificates: null })).body.endpoint;
  assert.deepEqual([none.client_certificate, none.ca_certificates], [null, null]);
  const { clientCertificate, authorities: left } = (await stored(id)).endpoint;
  assert.deepEqual([clientCertificate, left], [undefined, undefined]);
});

test("certificates that cannot be used are refused, each with its reason, and change nothing", async () => {
  const { id } = await bare();
  const other = await authority.issue([], { now: start, purpose: "client" });
  const ended = await authority.issue([], { now: start - 9 * 86_400_000, days: 2, purpose: "client" });
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { client_certificate: { ...certificate, certificate: "x" } },
      /^client_certificate cannot be used\. No certificate/,
    ],
    [{ client_certificate: { ...certificate, private_key: other.key } }, /not that of the certificate/],
    [{ client_certificate: { certificate: ended.certificate, private_key: ended.key } }, /expired on 2026-06-10/],
    [{ client_certificate: { certificate: client.certificate } }, /private_key/],
    [{ client_certificate: client.certificate }, /client_certificate/],
    [{ ca_certificates: client.certificate }, /^ca_certificates cannot be used\. Certificate 1 is no authority's/],
  ];
  for (const [body, says] of cases) {
    const { status, body: answer } = await patch(id, { headers: { "x-a": "1" }, ...body });
    assert.equal(status, 422);
    assert.match(answer.detail, says);
  }
  assert.equal((await stored(id)).endpoint.headers, undefined);
  const plain = await bare({ url: "http://hooks.example.test/in" });
  assert.match((await patch(plain.id, { client_certificate: certificate })).body.detail, /Certificates are for https/);
});
