// Real recordings go in by the command line and come out as webhooks at a real HTTPS receiver, also when the server is
// killed on the way.

import assert from "node:assert/strict";
import { until } from "../fixtures/until.ts";
import { test } from "node:test";
import type { HttpsReceiver } from "../fixtures/https-receiver.ts";
import { recording } from "../fixtures/recordings.ts";
import { belfry, call, createKey, kill, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";

const calit2 = recording("calit2-door-counts/CalIt2.data");
const thermo = recording("thermo-presence-detections/detections.ndjson");
const juelich = recording("juelich-pedestrian-trajectories/040_c_56_h-.txt");

test("the CalIt2 recording arrives as TRAFFIC: 19,597 in and 18,837 out, nothing twice", {
  skip: calit2.skip,
}, async () => {
  const { server, receiver } = await ready("calit2", ["TRAFFIC"]);
  const run = await replay(server, calit2.path, "calit2");
  assert.equal(run.rejected, 0);
  await idle(server);
  assert.deepEqual(traffic(receiver), { in: 19_597, out: 18_837, duplicates: 0 });
  await finish(server, receiver);
});

// Twenty starts take long on a busy machine.
test("the CalIt2 recording survives 20 kills: everything accepted is delivered", {
  skip: calit2.skip,
  timeout: 300_000,
}, async () => {
  const { server: first, receiver } = await ready("calit2", ["TRAFFIC"]);
  let server = first;
  const run = replay(server, calit2.path, "calit2");
  const kills = 20;
  let seen = 0;
  for (let round = 0; round < kills; round++) {
    // A kill as soon as some more deliveries have arrived, so that it falls into the work.
    seen = Math.max(seen, receiver.requests.length) + 20;
    await receiver.waitFor(seen);
    await kill(server);
    server = await serve(server.data);
  }
  assert.equal((await run).rejected, 0);
  await idle(server);
  const { duplicates, ...sums } = traffic(receiver);
  assert.deepEqual(sums, { in: 19_597, out: 18_837 });
  console.log(`# ${kills} kills: ${receiver.requests.length} requests, ${duplicates} of them duplicates`);
  assert.ok(duplicates <= kills * 2_048, `${duplicates} duplicates are more than the slots`);
  await finish(server, receiver);
});

test("every frame of the thermo-presence recording becomes one DETECTIONS event with as many people", {
  skip: thermo.skip,
}, async () => {
  const { server, receiver } = await ready("thermo-presence", ["DETECTIONS"]);
  assert.equal((await replay(server, thermo.path, "thermo-presence")).rejected, 0);
  await idle(server);
  const { readFileSync } = await import("node:fs");
  const frames = readFileSync(thermo.path, "utf8")
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { points: unknown[] }).points.length);
  const counts = payloads(receiver).map((payload) => (payload.data as { local: unknown[] }).local.length);
  const rooms = 2;
  assert.equal(counts.length, frames.length + rooms);
  assert.deepEqual(histogram(counts), histogram([...frames, ...Array<number>(rooms).fill(0)]));
  await finish(server, receiver);
});

test("the Jülich recording takes its room from 75 people to none", { skip: juelich.skip }, async () => {
  const { server, receiver } = await ready("juelich", ["ROOM_OCCUPANCY"]);
  assert.equal((await replay(server, juelich.path, "juelich")).rejected, 0);
  const counts = () =>
    payloads(receiver)
      .toSorted((a, b) => a.timestamp - b.timestamp)
      .map((payload) => payload.data as number);
  // A count is said at most once a second: the last one comes a second after the one before.
  await until("the room is empty", () => counts().at(-1) === 0);
  assert.equal(Math.max(...counts()), 75);
  await finish(server, receiver);
});

interface Payload {
  readonly id: string;
  readonly timestamp: number;
  readonly data: unknown;
}

/** A server with the organization of a recording and one Butlr webhook. */
async function ready(format: string, types: string[]): Promise<{ server: Server; receiver: HttpsReceiver }> {
  const receiver = await startReceiver();
  const server = await serve(makePlace());
  const { key } = await createKey(server, "organization", `org_${format}`);
  const created = await call(`${server.url}/api/v3/graphql`, {
    key,
    body: {
      query: "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }",
      variables: {
        input: [{ name: "replay", event_types: types, endpoint_config: { url: receiver.url, http_timeout: 15 } }],
      },
    },
  });
  assert.equal(created.body.errors, undefined);
  return { server, receiver };
}

async function replay(
  server: Server,
  file: string,
  format: string,
): Promise<{ accepted: number; duplicates: number; rejected: number }> {
  const run = await belfry(["replay", file, "--format", format, "--speed", "max", "--data", server.data, "--json"]);
  assert.equal(run.code, 0, run.stderr);
  const { rejected, ...rest } = JSON.parse(run.stdout.trim().split("\n").at(-1)!) as {
    accepted: number;
    duplicates: number;
    rejected: number | unknown[];
  };
  return { ...rest, rejected: typeof rejected === "number" ? rejected : rejected.length };
}

/** Waits until the server owes nothing and has folded its log. */
async function idle(server: Server): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
    if (value("belfry_observations_unfolded") === 0 && value("belfry_deliveries_pending") === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function finish(server: Server, receiver: HttpsReceiver): Promise<void> {
  await stop(server);
  await receiver.close();
}

/** Payloads received, each once. */
function payloads(receiver: HttpsReceiver): Payload[] {
  const byId = new Map<string, Payload>();
  for (const { headers, body } of receiver.requests)
    byId.set(String(headers["webhook-id"]), JSON.parse(body.toString()) as Payload);
  return [...byId.values()];
}

function traffic(receiver: HttpsReceiver): { in: number; out: number; duplicates: number } {
  const unique = payloads(receiver);
  const sum = (side: "in" | "out") =>
    unique.reduce((total, { data }) => total + (data as { in: number; out: number })[side], 0);
  return { in: sum("in"), out: sum("out"), duplicates: receiver.requests.length - unique.length };
}

function histogram(values: readonly number[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
