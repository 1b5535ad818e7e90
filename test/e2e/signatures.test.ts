// Every kind of signature on the wire, verified by what others wrote: the libraries of Standard Webhooks and of Svix, our
// own receiver, and the lines that docs/deliveries.md prints for GitHub's and Stripe's form.

import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { test } from "node:test";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Webhook as SvixWebhook } from "svix";
import { verify, WebhookVerificationError } from "../../receiver/src/index.ts";
import type { Received } from "../fixtures/https-receiver.ts";
import { call, makePlace, serve, startReceiver, stop } from "./harness.ts";
import { blocksOf } from "./shell.ts";

interface Entry {
  readonly secret: string;
  readonly public_key?: string;
}

const model = {
  organization: { id: "org_signed", name: "Signed" },
  sites: [
    { id: "s", name: "S", timezone: "UTC", buildings: [{ id: "b", name: "B", floors: [{ id: "f", name: "F" }] }] },
  ],
};

test("in an overlap every form of signature fits both secrets, for our receiver and for others'", async () => {
  const server = await serve(makePlace());
  const receiver = await startReceiver();
  const { key } = server;
  await call(`${server.url}/v1/building-model`, { method: "PUT", key, body: model });
  const query =
    "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id signing_secret signing_public_key } }";
  const input = [
    { name: "x", event_types: ["TRAFFIC"], endpoint_config: { url: `${receiver.url}/`, http_timeout: 5 } },
  ];
  const made = await call(`${server.url}/api/v3/graphql`, { key, body: { query, variables: { input } } });
  const [webhook] = made.body.data.createWebhooks;
  assert.equal(webhook.signing_public_key, null);
  const path = `${server.url}/v1/subscriptions/${webhook.id}`;

  const deliver = async (n: number): Promise<Received> => {
    const body = {
      id: `event_${n}`,
      type: "TRAFFIC",
      timestamp: 1_727_735_832_000,
      metadata: { org_id: "org_signed", org_name: "ü✓" },
    };
    const sent = await call(`${server.url}/v1/events?dialect=butlr`, {
      key,
      body: { ...body, data: { in: 1, out: 0 } },
    });
    assert.equal(sent.status, 202, JSON.stringify(sent.body));
    return (await receiver.waitFor(n))[n - 1]!;
  };

  const plain = await deliver(1);
  checkStandard(plain, [webhook.signing_secret]);
  assert.deepEqual(
    Object.keys(plain.headers).filter((name) => /signature/.test(name)),
    ["webhook-signature"],
  );

  const signatures = ["ed25519", "github", "stripe"];
  const chosen = await call(path, { method: "PATCH", key, body: { signatures } });
  assert.deepEqual(chosen.body.signatures, ["standard", ...signatures]);
  const listed = await call(`${server.url}/api/v3/graphql`, {
    key,
    body: { query: "{ webhooks { signing_public_key } }" },
  });
  assert.equal(listed.body.data.webhooks[0].signing_public_key, chosen.body.public_key);

  const rotated = await call(`${path}/signing-secret/rotate`, { key, body: { overlap_s: 600 } });
  const [old, next] = rotated.body.signing_secrets as [Entry, Entry];
  assert.deepEqual([old.secret, old.public_key], [webhook.signing_secret, chosen.body.public_key]);
  const both = await deliver(2);
  checkStandard(both, [old.secret, next.secret, old.public_key!, next.public_key!]);
  assert.deepEqual(printed(both, old.secret), { github: false, stripe: true });
  assert.deepEqual(printed(both, next.secret), { github: true, stripe: true });
  assert.deepEqual(printed(both, "whsec_other"), { github: false, stripe: false });

  await call(`${path}/signing-secret/rotate`, { key, body: { overlap_s: 0 } });
  const after = await deliver(3);
  for (const secret of [old.secret, next.secret, old.public_key!, next.public_key!]) {
    assert.throws(() => verify({ headers: after.headers, body: after.body, secret }), WebhookVerificationError);
  }
  await stop(server);
  await receiver.close();
});

/** That each of these secrets, or public keys, verifies the delivery, and a changed one is refused. */
function checkStandard({ headers, body }: Received, secrets: readonly string[]): void {
  const given = headers as Record<string, string>;
  const text = body.toString();
  for (const secret of secrets) {
    verify({ headers, body, secret });
    // These two know shared secrets only.
    if (!secret.startsWith("whsec_")) continue;
    for (const other of [new StandardWebhook(secret), new SvixWebhook(secret)]) {
      other.verify(text, given);
      assert.throws(() => other.verify(`${text} `, given));
    }
  }
}

/** What the lines in docs/deliveries.md make of it. */
function printed({ headers, body }: Received, secret: string): { github: boolean; stripe: boolean } {
  const lines = blocksOf("docs/deliveries.md").find((block) => block.includes("x-hub-signature-256"));
  const names = ["createHmac", "timingSafeEqual", "Buffer", "secret", "headers", "body"];
  // oxlint-disable-next-line no-implied-eval -- our own document
  const run = new Function(...names, `${lines}\nreturn { github, stripe };`);
  return run(createHmac, timingSafeEqual, Buffer, secret, headers, body.toString()) as ReturnType<typeof printed>;
}
