// One bit that flipped on the disk, in the sealed row of one subscription or in the model of one organization: the installation
// starts, and says which one it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createWebhooks, listWebhooks, updateWebhooks } from "../dialects/butlr/operations.ts";
import { call, createKey, makePlace, type Server, serve, stop } from "./harness.ts";
import { meddle } from "../fixtures/test-store.ts";

test("a subscription whose row was damaged is disabled and named, in the log and in the list; all others deliver", async () => {
  const data = makePlace();
  const first = await serve(data);
  const { key } = await createKey(first, "organization", "org_a");
  const graphql = ({ url }: Server, query: string, variables: object) =>
    call(`${url}/api/v3/graphql`, { key, body: { query, variables } });
  const made: string[] = [];
  for (const type of ["TRAFFIC", "PIR_MOTION"]) {
    const endpoint_config = { url: `https://127.10.1.1/${type}`, http_timeout: 5 };
    const input = [{ name: type, event_types: [type], endpoint_config }];
    const { body } = await graphql(first, createWebhooks, { input });
    made.push(body.data.createWebhooks[0].id);
  }
  await stop(first);

  const of = "subscription where id = $1";
  const [row] = await meddle<{ secrets: Uint8Array }>(data, `select secrets from ${of}`, [made[0]!]);
  row!.secrets[40]! ^= 1;
  await meddle(data, "update subscription set secrets = $1 where id = $2", [row!.secrets, made[0]!]);

  const server = await serve(data);
  const line = server
    .errors()
    .split("\n")
    .find((text) => text.includes("subscription.unreadable"));
  assert.equal(JSON.parse(line ?? "{}").subscription, made[0], server.errors());
  const ask = (path: string, method = "GET") =>
    call(`${server.url}/v1/subscriptions${path}`, { method, key: server.key });
  const { body } = await ask("");
  assert.deepEqual(
    body.data.map(({ id, state }: { id: string; state: string }) => [id, state]),
    [
      [made[1], "active"],
      [made[0], "disabled"],
    ],
  );
  assert.match(body.data[1].disabled_reason, /damaged.*backup/);
  const refused = await ask(`/${made[0]}/enable`, "POST");
  assert.deepEqual([refused.status, refused.body.code], [409, "CONFLICT"]);
  assert.equal((await ask(`/${made[0]}/signing-secret/reveal`, "POST")).status, 409);
  const endpoint_config = { url: "https://127.10.1.1/again", http_timeout: 5 };
  const update = await graphql(server, updateWebhooks, { input: [{ id: made[0], name: "again", endpoint_config }] });
  assert.equal(update.body.errors?.[0]?.extensions?.code, "CONFLICT", JSON.stringify(update.body));
  const seen = await graphql(server, listWebhooks, {});
  assert.deepEqual([seen.body.errors, seen.body.data.webhooks.length], [undefined, 2]);
  assert.equal((await ask(`/${made[0]}`, "DELETE")).status, 204);
  await stop(server);
});

test("an organization whose model was damaged stands still and is named; others go on, and putting the model again ends it", async () => {
  const data = makePlace();
  const model = (name: string) => ({
    organization: { id: `org_${name}`, name },
    sites: [
      {
        id: `site_${name}`,
        name,
        timezone: "UTC",
        buildings: [
          {
            id: `building_${name}`,
            name,
            floors: [
              {
                id: `floor_${name}`,
                name,
                rooms: [{ id: `room_${name}`, name }],
                sensors: [
                  {
                    id: `sensor_${name}`,
                    mac_address: `00-17-0d-00-00-00-00-0${name}`,
                    mode: "traffic",
                    room_id: `room_${name}`,
                  },
                ],
              },
            ],
          },
        ],
      },
    ],
  });
  const put = (server: Server, name: string) =>
    call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model(name) });
  const first = await serve(data);
  for (const name of ["a", "b"]) assert.equal((await put(first, name)).status, 200);
  await stop(first);

  const damaged = await meddle(
    data,
    "update model_piece set text = replace(text, '\"sites\"', '\"sitEs\"')" +
      " where organization = (select number from organization where id = 'org_a') returning piece",
  );
  assert.equal(damaged.length, 1);

  const server = await serve(data);
  const lines = server
    .errors()
    .split("\n")
    .filter((text) => text.includes("model.unreadable"));
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).organization),
    ["org_a"],
    server.errors(),
  );
  let sent = 0;
  const send = async (name: string) => {
    const frame = { kind: "traffic", sensor: `sensor_${name}`, at: Date.now(), in: 1, out: 0 };
    const metadata = { org_id: `org_${name}`, site_id: "s", building_id: "b", floor_id: "f", room_id: `room_${name}` };
    const event = {
      id: `${name}_${++sent}`,
      type: "ROOM_OCCUPANCY",
      timestamp: Date.now(),
      version: "v1.0.0",
      metadata,
      data: 1,
    };
    const paths = { "/v1/observations": frame, "/v1/events?dialect=butlr": event };
    const statuses: number[] = [];
    for (const [path, body] of Object.entries(paths)) {
      statuses.push((await call(server.url + path, { key: server.key, body })).status);
    }
    const { status } = await call(`${server.url}/v1/building-model?organization=org_${name}`, {
      key: server.key,
      method: "GET",
    });
    return [...statuses, status];
  };
  assert.deepEqual(await send("b"), [202, 202, 200]);
  assert.deepEqual(await send("a"), [503, 503, 503]);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
  assert.equal((await fetch(`${server.url}/metrics`)).status, 200);
  assert.equal((await put(server, "a")).status, 200);
  assert.deepEqual(await send("a"), [202, 202, 200]);
  await stop(server);
});
