// One bit that flipped on the disk, in the sealed row of one subscription: the installation starts, and says which one it is.

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { createWebhooks, listWebhooks, updateWebhooks } from "../dialects/butlr/operations.ts";
import { call, createKey, makePlace, type Server, serve, stop } from "./harness.ts";

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

  const database = new DatabaseSync(join(data, "belfry.sqlite"));
  const { secrets } = database.prepare("select secrets from subscription where id = ?").get(made[0]!)!;
  (secrets as Uint8Array)[40]! ^= 1;
  database.prepare("update subscription set secrets = ? where id = ?").run(secrets!, made[0]!);
  database.close();

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
