// Names against the running server, with a name server of the test's own: what resolves inside is refused at both doors,
// and a name that is bound anew after that is refused when it is called.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startNameServer } from "../fixtures/name-server.ts";
import { call, makePlace, serve, startReceiver, stop } from "./harness.ts";

const model = {
  organization: { id: "org_names", name: "Names" },
  sites: [
    { id: "s", name: "S", timezone: "UTC", buildings: [{ id: "b", name: "B", floors: [{ id: "f", name: "F" }] }] },
  ],
};

test("a name is judged by where it leads, when a webhook is made and again when it is called", async (t) => {
  const names = await startNameServer("127.10.0.4");
  t.after(() => names.close());
  const server = await serve(makePlace(), { BELFRY_DNS_SERVERS: names.server });
  const receiver = await startReceiver();
  const { key } = server;
  await call(`${server.url}/v1/building-model`, { method: "PUT", key, body: model });

  const butlr = async (url: string, type = "TRAFFIC") => {
    const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
    const input = [{ name: "x", event_types: [type], endpoint_config: { url, http_timeout: 5 } }];
    return (await call(`${server.url}/api/v3/graphql`, { key, body: { query, variables: { input } } })).body;
  };
  const butterflymx = (url: string) =>
    call(`${server.url}/v4/buildings/b/integrations`, {
      key,
      body: {
        data: {
          type: "integrations",
          attributes: {
            integrator: "webhook",
            configuration: { url, method: "post" },
            bindings: [{ resource_type: "call", actions: ["create"] }],
          },
        },
      },
    });

  names.set("inside.example", ["10.0.0.7"]);
  names.set("mixed.example", ["8.8.8.8", "fd00:ec2::254"]);
  names.set("hidden.example", ["64:ff9b::a9fe:a9fe"]);
  for (const name of [
    "inside.example",
    "mixed.example",
    "hidden.example",
    "localhost",
    "169.254.169.254",
    "2130706433",
  ]) {
    const answers = [await butlr(`https://${name}/hook`), (await butterflymx(`https://${name}/hook`)).body];
    for (const answer of answers) {
      assert.match(JSON.stringify(answer.errors), /not allowed|inside a network/, name);
      assert.doesNotMatch(JSON.stringify(answer.errors), /10\.0|8\.8|fd00|64:ff9b/);
    }
  }

  // Public when it is made, bound anew before it is called.
  names.set("later.example", ["8.8.8.8"]);
  const { id } = (await butlr(`https://later.example:${receiver.port}/hook`)).data.createWebhooks[0];
  const deliver = async (n: number) => {
    const body = {
      id: `event_${n}`,
      type: "TRAFFIC",
      timestamp: Date.now(),
      metadata: { org_id: "org_names" },
      data: { in: 1, out: 0 },
    };
    assert.equal((await call(`${server.url}/v1/events?dialect=butlr`, { key, body })).status, 202);
    for (;;) {
      const { body: list } = await call(`${server.url}/v1/deliveries?subscription=${id}`, { key });
      const found = list.data.find(({ event }: { event: string }) => event === `event_${n}`);
      if (found?.last_attempt) return found.last_attempt as { code: string; detail: string };
    }
  };
  names.set("later.example", ["127.10.0.1", "169.254.169.254"]);
  const forbidden = await deliver(1);
  assert.equal(forbidden.code, "address_forbidden");
  assert.doesNotMatch(forbidden.detail, /169|127/);
  names.set("later.example", ["127.10.0.1"]);
  assert.equal((await deliver(2)).code, "tls_name_mismatch", "it was called, by its name");
  assert.equal(receiver.requests.length, 0);
  await stop(server);
  await receiver.close();
});
