// A client that knows only the vendor's documents: it signs in, creates, lists, updates and deletes webhooks with the
// documented operations, and receives the documented payloads of all ten event types.

import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { documentedModel, door, presence } from "../dialects/butlr/documented-model.ts";
import { createWebhooks, deleteWebhooks, listWebhooks, updateWebhooks } from "../dialects/butlr/operations.ts";
import { examples } from "../dialects/butlr/place.ts";
import { call, createKey, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";

const organization = "org_2oUBiRES2AmpczNM5yLu7pChz8o";
const at = 1727735832000;

const model = documentedModel({ isWhole: true, isDrawn: false });

test("a documented client manages its webhooks and receives all ten event types as documented", async () => {
  const server = await serve(makePlace());
  const receiver = await startReceiver();
  assert.equal(
    (await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model })).status,
    200,
  );
  const graphql = await client(server);

  const all = Object.keys(examples);
  const [first, second] = [all.slice(0, 4), all.slice(4)];
  const endpoint = {
    url: `${receiver.url}/hook?x=1`,
    http_timeout: 10,
    api_key: { key: "x-api-key", value: "s3cret" },
    basic_auth: { username: "u", password: "p" },
  };
  const created = await graphql(createWebhooks, {
    input: [{ name: "one", event_types: first, endpoint_config: endpoint }],
  });
  const [one] = created.data.createWebhooks;
  assert.match(one.id, /^webhook_[0-9A-Za-z]{27}$/);
  assert.deepEqual(one, { id: one.id, name: "one", event_types: first, endpoint_config: endpoint });

  const taken = await graphql(createWebhooks, {
    input: [{ name: "two", event_types: [first[0], ...second], endpoint_config: endpoint }],
  });
  assert.equal(taken.errors[0].extensions.code, "EVENT_TYPE_ALREADY_SUBSCRIBED");
  assert.match(taken.errors[0].message, new RegExp(one.id));

  const updated = await graphql(updateWebhooks, { input: [{ id: one.id, name: "renamed", event_types: all }] });
  assert.deepEqual(updated.data.updateWebhooks, [
    { id: one.id, name: "renamed", event_types: all, endpoint_config: endpoint },
  ]);
  assert.deepEqual((await graphql(listWebhooks)).data.webhooks, updated.data.updateWebhooks);

  const [ours] = (
    await graphql(createWebhooks.replace("name", "name signing_secret"), {
      input: [
        {
          name: "health",
          event_types: ["SENSOR_HEALTH", "HIVE_HEALTH"],
          endpoint_config: { url: `${receiver.url}/health`, http_timeout: 10 },
        },
      ],
    })
  ).data.createWebhooks;

  const observations = [
    {
      kind: "detections",
      sensor: presence,
      at,
      local: [
        [0.5625, 0.125],
        [0.75, 0.5625],
      ],
    },
    { kind: "traffic", sensor: door, at, in: 0, out: 1 },
    { kind: "motion", sensor: presence, at, motion: true },
    { kind: "motion", sensor: presence, at: at + 400_000, motion: false },
  ];
  assert.equal((await call(`${server.url}/v1/observations`, { key: server.key, body: observations })).body.accepted, 4);
  const readyMade = all.filter((type) => type.startsWith("ZONE_") || type.endsWith("_1MIN"));
  for (const [index, type] of readyMade.entries()) {
    const text = examples[type as keyof typeof examples].replace(
      "event_2oUBiSXgx48RtbZKXHm5ekpAzFe",
      `event_2oUBiSXgx48RtbZKXHm5ekpAzF${index}`,
    );
    const sent = await call(`${server.url}/v1/events?dialect=butlr`, { key: server.key, text });
    assert.deepEqual([sent.status, sent.body.accepted], [202, 1], JSON.stringify(sent.body));
  }
  await receiver.waitFor(10 + 3);

  const secret = (
    await call(`${server.url}/v1/subscriptions/${one.id}/signing-secret/reveal`, { method: "POST", key: server.key })
  ).body.signing_secret as string;
  const seen = new Map<string, Record<string, unknown>>();
  const health = receiver.requests.filter(({ path }) => path === "/health");
  for (const { headers, body } of health) verify({ headers, body, secret: ours.signing_secret as string });
  const told = health.map(({ body }) => JSON.parse(body.toString()) as { type: string; data: { online: boolean } });
  assert.deepEqual(told.map(({ type }) => type).toSorted(), ["HIVE_HEALTH", "SENSOR_HEALTH", "SENSOR_HEALTH"]);
  for (const { data } of told) assert.equal(data.online, true);
  const listed = await call(`${server.url}/v1/events?type=SENSOR_HEALTH`, { key: server.key });
  assert.equal(listed.body.data.length, 2);

  for (const request of receiver.requests.filter((each) => !health.includes(each))) {
    const payload = JSON.parse(request.body.toString()) as Record<string, unknown>;
    seen.set(String(payload["type"]), payload);
    assert.equal(request.path, "/hook?x=1");
    assert.equal(request.headers["content-type"], "application/json");
    assert.match(String(request.headers["user-agent"]), /^Belfry\//);
    assert.equal(request.headers["x-api-key"], "s3cret");
    assert.equal(request.headers.authorization, `Basic ${Buffer.from("u:p").toString("base64")}`);
    assert.equal(request.headers["webhook-id"], payload["id"]);
    assert.equal(request.headers["belfry-attempt"], "1");
    assert.match(String(request.headers["belfry-delivery"]), /^delivery_\d+$/);
    verify({
      headers: request.headers,
      body: request.body,
      secret,
    });
  }
  for (const [type, text] of Object.entries(examples)) {
    const documented = JSON.parse(text) as Record<string, unknown>;
    const received = seen.get(type);
    assert.ok(received, `${type} did not arrive`);
    assert.deepEqual(Object.keys(received), Object.keys(documented), type);
    assert.deepEqual(Object.keys(received["metadata"] as object), Object.keys(documented["metadata"] as object), type);
    const counted = typeof documented["data"] === "number" && !readyMade.includes(type);
    const metadata = { ...(documented["metadata"] as Record<string, unknown>) };
    if (type === "TRAFFIC")
      Object.assign(metadata, { sensor_id: door.slice("sensor_".length), mac_address: "00-17-0d-00-00-cc-bb-ab" });
    // A room comes to rest five minutes after its last motion.
    const timestamp = type === "PIR_NO_MOTION" ? at + 300_000 : documented["timestamp"];
    const expected = { ...documented, id: received["id"], timestamp, metadata, ...(counted ? { data: 2 } : {}) };
    assert.deepEqual(received, expected, type);
  }

  const deleted = await graphql(deleteWebhooks, { input: [one.id, ours.id] });
  assert.deepEqual(deleted, { data: { deleteWebhooks: true } });
  assert.deepEqual((await graphql(listWebhooks)).data.webhooks, []);
  await stop(server);
  await receiver.close();
});

test("GraphQL without a valid token is answered 401 UNAUTHENTICATED", async () => {
  const server = await serve(makePlace());
  for (const key of [undefined, "nonsense"]) {
    const answer = await call(`${server.url}/api/v3/graphql`, {
      ...(key === undefined ? {} : { key }),
      body: { query: "{ webhooks { id } }" },
    });
    assert.equal(answer.status, 401);
    assert.equal(answer.body.errors[0].extensions.code, "UNAUTHENTICATED");
  }
  await stop(server);
});

/** Signs in as the documents say and returns a function that runs one operation. */
async function client(server: Server) {
  const { client_id, client_secret } = await createKey(server, "organization", organization);
  const login = await call(`${server.url}/api/v2/clients/login`, {
    body: { client_id, client_secret, audience: "https://butlrauth/", grant_type: "client_credentials" },
  });
  assert.equal(login.status, 200, JSON.stringify(login.body));
  assert.equal(login.body.token_type, "Bearer");
  const key = login.body.access_token as string;
  return async (query: string, variables?: unknown) =>
    (
      await call(`${server.url}/api/v3/graphql`, {
        key,
        body: { query, ...(variables === undefined ? {} : { variables }) },
      })
    ).body;
}
