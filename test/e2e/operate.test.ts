// A receiver was down, and somebody new follows docs/operate.md: from what says so to everything arrived, in three commands.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../fixtures/until.ts";
import { call, makePlace, root, serve, startReceiver } from "./harness.ts";
import { createShell } from "./shell.ts";

/** The commands that a section prints, one by one. */
function commandsOf(heading: string): readonly string[] {
  const page = readFileSync(join(root, "docs/operate.md"), "utf8");
  const section = page.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
  const blocks = [...section.matchAll(/^ *```\n(.*?)^ *```$/gms)].map(([, block]) => block!);
  return blocks.flatMap((block) => block.trim().split(/\n */));
}

test("a receiver that was down: three commands of docs/operate.md lead from what says so to everything arrived", async () => {
  const server = await serve(makePlace(), { BELFRY_RETRY_DELAYS: "1h", BELFRY_LOG_LEVEL: "info" });
  const receiver = await startReceiver();
  receiver.answer({ status: 503, headers: { "retry-after": "600" } });
  const model = { organization: { id: "org_new", name: "New" }, sites: [] };
  await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const endpoint_config = { url: `${receiver.url}/hook`, http_timeout: 5 };
  const input = [{ name: "rooms", event_types: ["ROOM_OCCUPANCY"], endpoint_config }];
  const created = await call(`${server.url}/api/v3/graphql`, {
    key: server.key,
    body: { query, variables: { input } },
    headers: { "belfry-organization": "org_new" },
  });
  const SUBSCRIPTION = created.body.data.createWebhooks[0].id as string;
  const events = Array.from({ length: 20 }, (_, n) => ({
    id: `event_${n}`,
    type: "ROOM_OCCUPANCY",
    timestamp: 1_727_735_832_000,
    metadata: { org_id: "org_new", room_id: "room_1" },
    data: n,
  }));
  await call(`${server.url}/v1/events?dialect=butlr`, { key: server.key, body: events });

  // The log and the figure of the alert say so.
  await until("the log line", () => server.errors().includes('"event":"lane.backing_off"'));
  const backingOff = async () => /^belfry_lanes_backing_off (\d+)$/m.exec(await page())![1];
  const page = async () => (await fetch(`${server.url}/metrics`)).text();
  assert.equal(await backingOff(), "1");

  const [list, show, retry] = commandsOf("A receiver is down") as [string, string, string];
  assert.match(retry, /^belfry subscriptions retry /);
  const shell = createShell();
  const run = async (command: string): Promise<string> => {
    const running = shell.run(command.replace("SUBSCRIPTION", SUBSCRIPTION), { BELFRY_DATA: server.data });
    assert.equal(await running.ended, 0, running.output());
    return running.output();
  };
  for (const said of [await run(list), await run(show)]) {
    assert.match(said, new RegExp(SUBSCRIPTION));
    assert.match(said, /backing off/);
    assert.match(said, /the receiver answered 503/i);
    assert.match(said, /None is lost\./);
  }
  receiver.answer({ status: 200 });
  const before = receiver.requests.length;
  await run(retry);
  await receiver.waitFor(before + events.length);
  const ids = receiver.requests.slice(before).map(({ headers }) => headers["webhook-id"]);
  assert.deepEqual(new Set(ids), new Set(events.map(({ id }) => id)));
  await until("nothing is owed", async () => /^belfry_deliveries_pending 0$/m.test(await page()));
  assert.equal(await backingOff(), "0");
  assert.match(server.errors(), /"event":"lane.open"/);
  assert.match(await run(show), /idle[^]*Nothing is due\./);
});
