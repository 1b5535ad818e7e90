// Options of integrations beside what the vendor documents.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openHouse } from "./fixture.ts";

const house = await openHouse();
after(() => house.close());
const path = "/v4/buildings/building_1/integrations";
const secret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
const bodyOf = (configuration: object) => ({
  data: {
    type: "integrations",
    attributes: {
      integrator: "webhook",
      configuration: { url: "https://a.example/in", method: "post", ...configuration },
      bindings: [{ resource_type: "access_log", actions: ["create"] }],
    },
  },
});
const create = (configuration: object) => house.call("POST", path, { body: bodyOf(configuration) });
const put = (id: string, configuration: object) => house.call("PUT", `${path}/${id}`, { body: bodyOf(configuration) });

test("options are kept; values of headers and the secret are not shown again", async () => {
  const made = await create({
    headers: { "X-Shared-Secret": "s3cret-value" },
    payload_format: "flat",
    secrecy: true,
    include_locked: true,
    secret,
  });
  assert.equal(made.status, 200, made.text);
  assert.equal(made.body.data.attributes.signing_secret, secret);
  const shown = await house.call("GET", `${path}/${made.body.data.id}`);
  assert.deepEqual(shown.body.data.attributes.configuration, {
    url: "https://a.example/in",
    method: "post",
    payload_format: "flat",
    secrecy: true,
    include_locked: true,
    header_names: ["X-Shared-Secret"],
  });
  assert.ok(!shown.text.includes("s3cret-value") && !shown.text.includes(secret));
  const stored = (await house.registry.subscription(made.body.data.id, null))!;
  assert.deepEqual(house.dialect.authentication(stored), [["X-Shared-Secret", "s3cret-value"]]);
});

test("what was read may be put back as it is: names of headers say nothing, and nothing is lost", async () => {
  const { id } = (await create({ headers: { "x-key": "value" } })).body.data;
  const { configuration } = (await house.call("GET", `${path}/${id}`)).body.data.attributes;
  const answer = await put(id, configuration);
  assert.equal(answer.status, 200);
  assert.equal(answer.body.data.attributes.signing_secret, undefined);
  assert.deepEqual((await house.registry.subscription(id, null))!.endpoint.headers, { "x-key": "value" });
});

test("a URL of another origin inherits neither headers nor secret, and the new secret stands in the answer", async () => {
  const { id } = (await create({ headers: { "x-key": "value" }, secret })).body.data;
  const answer = await put(id, { url: "https://b.example/in" });
  const after = (await house.registry.subscription(id, null))!;
  assert.equal(after.endpoint.headers, undefined);
  assert.equal(answer.body.data.attributes.signing_secret, after.signingSecrets[0]!.secret);
  assert.notEqual(after.signingSecrets[0]!.secret, secret);
});

test("a client certificate and own authorities stay at the same origin, and go with another", async () => {
  const { id } = (await create({ headers: { "x-key": "value" } })).body.data;
  const stored = async () => (await house.registry.subscription(id, null))!;
  const { organization, ...before } = await stored();
  const facts = { subject: "CN=belfry", notAfter: 0, fingerprint: "f" };
  const clientCertificate = { ...facts, certificate: "c", privateKey: "k" };
  const authorities = { certificates: "a", facts: [facts] };
  const put1 = { ...before, organization, endpoint: { ...before.endpoint, clientCertificate, authorities } };
  await house.registry.change({ organization, revision: null, put: [put1], audit: [] });
  await put(id, { url: before.endpoint.url, secrecy: true });
  assert.deepEqual((await stored()).endpoint, put1.endpoint);
  await put(id, { url: "https://b.example/in" });
  const { url, timeoutMs, apiKey, basicAuth } = before.endpoint;
  assert.notEqual(url, "https://b.example/in");
  assert.deepEqual((await stored()).endpoint, { url: "https://b.example/in", timeoutMs, apiKey, basicAuth });
});

test("each faulty option is named", async () => {
  const { status, body } = await create({
    headers: { "x-key": 7 },
    payload_format: "xml",
    secrecy: "yes",
    include_locked: 1,
    secret: "short",
  });
  assert.equal(status, 422);
  assert.deepEqual(
    body.errors.map(({ field }: { field: string }) => field),
    ["payload_format", "secrecy", "include_locked", "headers", "secret"].map((name) => `configuration.${name}`),
  );
  house.judge.headers = () => ({ allowed: false, code: "header_forbidden", message: "Reserved." });
  const refused = await create({ headers: { host: "x" } });
  assert.deepEqual(refused.body.errors, [{ field: "configuration.headers", code: "invalid", message: "Reserved." }]);
});
