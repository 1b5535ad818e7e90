// A replay on a running server that is killed on the way: what a webhook missed arrives, each event once, as it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { belfry, call, kill, makePlace, serve, startReceiver, stop } from "./harness.ts";

const events = 60;

test("what was sent before a webhook was there arrives by a replay, once, although the server is killed meanwhile", async () => {
  const data = makePlace();
  let server = await serve(data);
  const receiver = await startReceiver();
  const { key } = server;
  const from = Date.now() - 1;
  const bodies = Array.from({ length: events }, (_, index) =>
    JSON.stringify({
      id: `event_${index}`,
      type: "ROOM_OCCUPANCY",
      timestamp: from,
      metadata: { org_id: "org_1", room_id: index % 2 === 0 ? "room_1" : "room_2" },
      data: index,
    }),
  );
  await call(`${server.url}/v1/events?dialect=butlr`, { key, text: `[${bodies.join()}]` });
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const endpoint_config = { url: `${receiver.url}/`, http_timeout: 5 };
  const input = [{ name: "late", event_types: ["ROOM_OCCUPANCY"], endpoint_config }];
  const headers = { "belfry-organization": "org_1" };
  const made = await call(`${server.url}/api/v3/graphql`, { key, body: { query, variables: { input } }, headers });
  const [{ id }] = made.body.data.createWebhooks;

  const asked = { subscription: id, from, to: Date.now() + 1, spaces: ["room_1"], states: ["none"], per_second: 20 };
  const body = { ...asked, dry_run: true };
  const told = await call(`${server.url}/v1/replays`, { key, body });
  assert.deepEqual([told.body.total, told.body.takes_s], [30, 2]);
  const started = await belfry(
    [
      "redeliver",
      "start",
      id,
      "--from",
      `${from}`,
      "--to",
      `${asked.to}`,
      "--space",
      "room_1",
      "--state",
      "none",
    ].concat(["--per-second", "20", "--json", "--data", data]),
  );
  assert.equal(started.code, 0, started.stderr);
  const job = JSON.parse(started.stdout) as { id: string };
  await receiver.waitFor(5);
  await kill(server);
  server = await serve(data);
  const state = async () => (await call(`${server.url}/v1/replays/${job.id}`, { key: server.key })).body;
  while (new Set(idsOf(receiver.requests)).size < events / 2) await pause(50);
  while ((await state()).state !== "done") await pause(50);
  const done = await state();
  assert.deepEqual([done.done, done.progress], [events / 2, 1]);
  for (const { headers: got, body } of receiver.requests) {
    assert.equal(got["belfry-replay"], job.id);
    const index = Number(String(got["webhook-id"]).slice("event_".length));
    assert.equal(index % 2, 0);
    assert.equal(body.toString(), bodies[index]);
  }
  // What was under way at the kill may come twice, as the same delivery.
  const deliveries = new Set(receiver.requests.map((each) => each.headers["belfry-delivery"]));
  assert.equal(deliveries.size, events / 2);
  await stop(server);
});

const idsOf = (requests: readonly { readonly headers: Readonly<Record<string, unknown>> }[]) =>
  requests.map(({ headers }) => String(headers["webhook-id"]));
