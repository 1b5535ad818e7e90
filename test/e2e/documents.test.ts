// The pages in docs/ held against a running server: its routes, its figures, the commands they print, the payloads they show.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { createMetrics } from "../../src/http/metrics.ts";
import { publishNodeGauges } from "../../src/http/node-gauges.ts";
import { call, createKey, makePlace, root, serve, type Server } from "./harness.ts";
import { blocksOf, createShell } from "./shell.ts";

const page = (name: string): string => readFileSync(join(root, "docs", name), "utf8");

let server: Server;
let key: string;
before(async () => {
  server = await serve(makePlace());
  const model = JSON.parse(readFileSync(join(root, "examples/building-model.json"), "utf8")) as unknown;
  await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  ({ key } = await createKey(server, "organization", "org_example"));
});

test("docs/api.md tells of every route of the OpenAPI document, and of no other", async () => {
  const { body } = await call<{ paths: Record<string, Record<string, unknown>> }>(`${server.url}/v1/openapi.json`);
  const served = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const told = [...page("api.md").matchAll(/\*\*`((?:GET|POST|PUT|PATCH|DELETE) \/v1\/\S+)`\*\*/g)].map(
    ([, route]) => route!,
  );
  assert.deepEqual(told.toSorted(), served.toSorted());
});

test("docs/api.md tells of every metric of Belfry, and of no other", async () => {
  await call(`${server.url}/healthz`);
  const common = await (await fetch(`${server.url}/metrics`)).text();
  // What a node of several has besides.
  const [count, isCertain] = [() => 0, () => true];
  const ofNode = createMetrics({ processFigures: false });
  publishNodeGauges(ofNode, { nodes: count, slices: count, changesAgeMs: count, arrivalsAgeMs: count, isCertain });
  const text = `${common}\n${await ofNode.text()}`;
  const served = new Set([...text.matchAll(/^# TYPE (belfry_\w+) /gm)].map(([, name]) => name!));
  const told = [...page("api.md").matchAll(/^\| `(belfry_\w+)` \|/gm)].map(([, name]) => name!);
  assert.deepEqual(told.toSorted(), [...served].toSorted());
});

test("every command that the pages print works as it is printed", async () => {
  const shell = createShell();
  const webhook = { name: "x", event_types: ["FLOOR_OCCUPANCY"], endpoint_config: { url: hook, http_timeout: 5 } };
  const SUBSCRIPTION = await createWebhook(webhook);
  await call(`${server.url}/v1/events?dialect=butlr`, { key, body: floorEvent });
  const { body } = await call(`${server.url}/v1/deliveries`, { key });
  const environment = { URL: server.url, KEY: key, SUBSCRIPTION, DELIVERY: body.data[0].id };
  const commands = ["api.md", "ingest.md", "vendor-apis.md"].flatMap((name) =>
    blocksOf(`docs/${name}`).filter((block) => block.startsWith("curl")),
  );
  assert.ok(commands.length >= 8);
  for (const command of commands) {
    const run = shell.run(command.replaceAll("https://example.com/hook", hook), environment);
    assert.equal(await run.ended, 0, `${command}\n${run.output()}`);
    assert.doesNotMatch(run.output(), /"accepted":0/, command);
  }
});

test("payloads on the page have the keys of the payloads that are sent, in their order", async () => {
  const at = Date.now();
  const observations = [
    {
      kind: "detections",
      sensor: "lobby",
      at,
      local: [
        [0.5, 0.5],
        [0.4, 0.4],
      ],
    },
    { kind: "access", at, access_point: "door_main", name: "Kim", entry_method: "Swipe to open" },
    { kind: "call", at, device: "device_panel", unit: "unit_1a", recipient: { type: "Tenant", id: "tenant_kim" } },
  ];
  const webhook = { name: "y", event_types: ["ROOM_OCCUPANCY"], endpoint_config: { url: hook, http_timeout: 5 } };
  await createWebhook(webhook);
  await call(`${server.url}/v1/observations`, { key, body: observations });
  // Refused, and from then on the clock of the sensor is known to be ahead.
  await call(`${server.url}/v1/observations`, { key, body: { ...observations[0], at: at + 3_600_000 } });
  const shown = blocksOf("docs/vendor-apis.md").flatMap((block) => {
    const value = block.startsWith("{") ? (JSON.parse(block) as Record<string, any>) : {}; // oxlint-disable-line typescript/no-explicit-any
    const type = value["event"] ? `${value["event"].resource_type}.${value["event"].action}` : value["type"];
    return type === undefined ? [] : [[type as string, value] as const];
  });
  assert.deepEqual(
    shown.map(([type]) => type),
    ["ROOM_OCCUPANCY", "SENSOR_HEALTH", "access_log.create", "call.create"],
  );
  const sent = new Map<string, object>();
  while (!shown.every(([type]) => sent.has(type))) {
    const { body } = await call(`${server.url}/v1/events?since=${at - 1}`, { key });
    for (const event of body.data as { type: string; body: string }[]) sent.set(event.type, JSON.parse(event.body));
  }
  for (const [type, value] of shown) assert.deepEqual(keysOf(value), keysOf(sent.get(type)), type);
});

test("the subscription on the page has the keys of one that is served while its receiver fails", async () => {
  const shown = JSON.parse(blocksOf("docs/api.md").find((block) => block.includes('"status": {"state"'))!) as object;
  // Of a type that no other webhook takes.
  const webhook = { name: "z", event_types: ["ROOM_OCCUPANCY"], endpoint_config: { url: hook, http_timeout: 5 } };
  const another = await createKey(server, "organization", "org_status");
  const id = await createWebhook(webhook, another.key);
  const event = { ...floorEvent, type: "ROOM_OCCUPANCY", metadata: { org_id: "org_status", room_id: "space_1" } };
  await call(`${server.url}/v1/events?dialect=butlr`, { key: another.key, body: event });
  for (;;) {
    const { body } = await call(`${server.url}/v1/subscriptions/${id}`, { key: another.key });
    if (body.lane.status.last_failure === null) continue;
    assert.equal(body.lane.status.last_failure.code, "connect_refused");
    assert.deepEqual(keysOf(body), keysOf(shown));
    const path = `${server.url}/v1/subscriptions/${id}/disable`;
    const disabled = await call(path, { method: "POST", key: another.key });
    assert.equal(disabled.body.lane.status.state, "disabled");
    break;
  }
});

/** Nothing listens there. */
const hook = "https://127.10.0.1:1999/hook";
const floorEvent = {
  id: "event_1",
  type: "FLOOR_OCCUPANCY",
  timestamp: 1_727_735_832_000,
  metadata: { org_id: "org_example", floor_id: "space_ground" },
  data: 1,
};

async function createWebhook(webhook: object, by = key): Promise<string> {
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const { body } = await call(`${server.url}/api/v3/graphql`, {
    key: by,
    body: { query, variables: { input: [webhook] } },
  });
  return body.data.createWebhooks[0].id as string;
}

/** `event.data.id`, … */
function keysOf(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, path === "" ? key : `${path}.${key}`));
}
