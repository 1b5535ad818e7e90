// What a room held an hour and a half ago reaches a server today: it is asked to compute those minutes again, is killed before it has, and
// tells them all the same; a correction follows. All of it by the command line, against a real receiver.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { until } from "../fixtures/until.ts";
import { belfry, call, kill, makePlace, root, type Server, serve, startReceiver, stop } from "./harness.ts";

const model = JSON.parse(readFileSync(`${root}/examples/building-model.json`, "utf8")) as object;
const minuteMs = 60_000;
const begin = Math.floor(Date.now() / minuteMs) * minuteMs - 90 * minuteMs;

const frames = (people: number) =>
  Array.from({ length: 120 }, (_, second) => ({
    kind: "detections",
    sensor: "sensor_lobby",
    at: begin + second * 1_000,
    world: Array.from({ length: people }, (_each, index) => [3 + index * 0.4, 3]),
  }));

async function run(server: Server, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await belfry([...args, "--data", server.data]);
  assert.equal(code, 0, stderr);
  return stdout;
}

test("minutes that came an hour late are told once somebody asks, also after a kill, and then corrected", async () => {
  let server = await serve(makePlace());
  const receiver = await startReceiver();
  const observe = async (people: number) => {
    const sent = await call(`${server.url}/v1/observations`, { key: server.key, body: frames(people) });
    assert.deepEqual([sent.status, sent.body.accepted], [202, 120]);
  };
  await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const endpoint_config = { url: `${receiver.url}/`, http_timeout: 5 };
  const input = [{ name: "minutes", event_types: ["ROOM_OCCUPANCY_1MIN"], endpoint_config }];
  const made = await call(`${server.url}/api/v3/graphql`, { key: server.key, body: { query, variables: { input } } });
  assert.equal(made.body.errors, undefined, JSON.stringify(made.body.errors));

  await observe(2);
  const range = ["--from", new Date(begin).toISOString(), "--to", String(begin + 2 * minuteMs)];
  const asked = await run(server, "recompute", "room_lobby", ...range);
  assert.match(asked, /^2 minutes of floor space_ground will be computed again; [12] wait in all\.$/m);
  await kill(server);
  server = await serve(server.data);
  const told = () =>
    receiver.requests.map(({ body }) => JSON.parse(body.toString()) as { timestamp: number; data: number });
  // What was under way at the kill may come twice.
  const minutes = () => new Set(told().map(({ timestamp }) => timestamp));
  await until("both minutes", () => minutes().size === 2);
  assert.deepEqual(new Set(told().map(({ data }) => data)), new Set([2]));

  await observe(3);
  await run(server, "recompute", "room_lobby", ...range);
  const isCorrection = ({ headers }: { headers: Record<string, unknown> }) => headers["belfry-revision"] === "1";
  await until("both corrections to arrive", () => receiver.requests.filter(isCorrection).length >= 2);
  for (const { headers, body } of receiver.requests.filter(isCorrection)) {
    assert.equal(headers["belfry-previous-value"], "2");
    assert.equal((JSON.parse(body.toString()) as { data: number }).data, 3);
  }

  let explained = "";
  // What arrived is booked a little later.
  await until("the end of both deliveries", async () => {
    explained = await run(server, "explain", "room_lobby", "--at", String(begin + 30_000));
    return explained.match(/ 1 delivered$/gm)?.length === 2;
  });
  assert.match(explained, /^Lobby \(room room_lobby\) at .*: 3 people$/m);
  assert.match(explained, /^sensor_lobby +counted +\S+ +1 h +3 +0 +ok$/m);
  assert.match(explained, /stored as 3, 13\d frames came late; with what came too late 3 people$/m);
  assert.match(explained, /^1 +3 +event_\S+ +\S+ +1 delivered$/m);
  assert.match(explained, /^0 +2 +event_\S+ +\S+ +1 delivered$/m);
  const occupancy = await run(server, "occupancy", "room_lobby");
  // Frames of then count as now for as long as a floor may be silent.
  assert.match(occupancy, /^room_lobby +room +Lobby +(unknown +- +0|3 +1 h +1) of 1 +-$/m);
  assert.match(occupancy, /^\S+:00\.000Z +3 +3 +3 +3 +60 +1 +-$/m);
  assert.match(await run(server, "sensors"), /^sensor_lobby +presence +space_ground +room_lobby +online/m);
  const [line] = (await run(server, "sensors", "--json")).split("\n");
  assert.equal((JSON.parse(line!) as { kind: string }).kind, "hive");
  await stop(server);
  await receiver.close();
});
