// Numbers on the wire of a real server, over a kill: a receiver that lost some deliveries finds out which, and gets them from Belfry in
// the bytes in which they were sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createReceiver, missedFrom } from "../../receiver/src/index.ts";
import { until } from "../fixtures/until.ts";
import { call, kill, makePlace, serve, startReceiver, stop } from "./harness.ts";

const model = {
  organization: { id: "org_numbered", name: "Numbered" },
  sites: [
    { id: "s", name: "S", timezone: "UTC", buildings: [{ id: "b", name: "B", floors: [{ id: "f", name: "F" }] }] },
  ],
};
const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id signing_secret } }";

test("what a receiver lost is found by its numbers and fetched in the bytes of its deliveries", async () => {
  const place = makePlace();
  const before = await serve(place);
  const receiver = await startReceiver();
  const endpoint_config = { url: `${receiver.url}/`, http_timeout: 5 };
  await call(`${before.url}/v1/building-model`, { method: "PUT", key: before.key, body: model });
  const input = [{ name: "x", event_types: ["TRAFFIC"], endpoint_config }];
  const made = await call(`${before.url}/api/v3/graphql`, { key: before.key, body: { query, variables: { input } } });
  const [{ id, signing_secret: secret }] = made.body.data.createWebhooks;
  const send = async (server: { url: string; key: string }, n: number) => {
    const metadata = { org_id: "org_numbered", org_name: "ü✓" };
    const body = {
      id: `event_${n}`,
      type: "TRAFFIC",
      timestamp: 1_727_735_832_000 + n,
      metadata,
      data: { in: n, out: 0 },
    };
    const sent = await call(`${server.url}/v1/events?dialect=butlr`, { key: server.key, body });
    assert.equal(sent.status, 202);
  };
  for (const n of [1, 2]) await send(before, n);
  await receiver.waitFor(2);
  await kill(before);

  const server = await serve(place);
  const events = `${server.url}/v1/subscriptions/${id}/events`;
  const waiting = call(`${events}?after=2&wait_s=20`, { key: server.key });
  for (const n of [3, 4, 5]) await send(server, n);
  assert.equal((await waiting).body.data[0].sequence, 3, "it was answered when there was news");
  // What was under way at the kill came twice, with its number.
  const byNumber = () => new Map(receiver.requests.map((request) => [numberOf(request), request]));
  await until("five numbers", () => byNumber().size === 5);
  const all = [...byNumber().values()].toSorted((a, b) => numberOf(a) - numberOf(b));
  assert.deepEqual(all.map(numberOf), [1, 2, 3, 4, 5]);
  const listed: { readonly sequence: number; readonly event: string; readonly body: string }[] = [];
  // A page may end early: one goes on until the last number.
  for (let after = 0; after < 5; after = listed.at(-1)!.sequence) {
    const page = (await call(`${events}?after=${after}`, { key: server.key })).body;
    assert.equal(page.last, 5);
    listed.push(...page.data);
  }
  assert.deepEqual(
    listed.map(({ event, body }) => [event, body]),
    all.map(({ headers, body }) => [headers["webhook-id"], body.toString()]),
  );

  // Its handler saw two of them.
  const handled = new Map<string, string>();
  const fetchMissed = missedFrom({ url: events, key: server.key });
  const theirs = createReceiver({ secret, gapWaitSeconds: 0, fetchMissed }).otherwise(({ id, body }) => {
    handled.set(id, Buffer.from(body).toString());
  });
  for (const n of [0, 4]) {
    const { headers, body } = all[n]!;
    const { status } = await theirs.receive({ method: "POST", url: "/", headers, body });
    assert.equal(status, 200);
  }
  await until("what it missed", () => handled.size === 5);
  assert.deepEqual(
    [...handled].toSorted(),
    all.map(({ headers, body }) => [headers["webhook-id"], body.toString()]).toSorted(),
  );
  await Promise.all([stop(server), receiver.close()]);
});

const numberOf = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }): number =>
  Number(headers["belfry-sequence"]);
