// A trace from the sender to the receiver, over a restart, without an SDK and with the one of examples/opentelemetry, which
// sends what Belfry records to a collector.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { readTrace } from "../../src/model/trace.ts";
import { call, makePlace, root, serve, type Server, startReceiver, stop } from "./harness.ts";

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links?: readonly { readonly traceId: string }[];
}

/** An OTLP collector that keeps spans. */
async function startCollector() {
  const spans: SentSpan[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const sent = JSON.parse(Buffer.concat(parts).toString()) as {
        resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[];
      };
      spans.push(...sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)));
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  // A connection that ends just when it is used again would take spans with it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

const parentId = "00f067aa0ba902b7";
const traceOf = (digit: string) => ({ traceparent: `00-${digit.repeat(32)}-${parentId}-01`, tracestate: "rojo=1" });

test("a trace goes from the sender through a restart, a resend and sensing to the receiver, and to the user's SDK", async () => {
  const receiver = await startReceiver();
  receiver.answer({ status: 500 });
  const collector = await startCollector();
  const data = makePlace();
  const settings = { BELFRY_RETRY_DELAYS: "1h" };
  let server: Server = await serve(data, settings);
  const send = async (path: string, body: unknown, headers = {}) => {
    const answer = await call(`${server.url}${path}`, { key: server.key, body, headers });
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
  };
  const eventOf = (id: string) => ({
    id,
    type: "FLOOR_OCCUPANCY",
    timestamp: 1_727_735_832_000,
    metadata: { org_id: "org_example", floor_id: "space_ground" },
    data: 1,
  });
  /** The trace of each request about an event so far. */
  const arrived = (is: (body: { id: string; type: string }) => boolean) =>
    receiver.requests
      .filter(({ body }) => is(JSON.parse(body.toString()) as { id: string; type: string }))
      .map(({ headers: { traceparent, tracestate } }) => readTrace(traceparent as string, tracestate as string));
  const model = JSON.parse(readFileSync(join(root, "examples/building-model.json"), "utf8")) as unknown;
  await call(`${server.url}/v1/building-model`, { method: "PUT", key: server.key, body: model });
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id } }";
  const endpoint_config = { url: `${receiver.url}/hook`, http_timeout: 5 };
  const input = [{ name: "x", event_types: ["FLOOR_OCCUPANCY", "TRAFFIC"], endpoint_config }];
  const body = { query, variables: { input } };
  assert.equal((await call(`${server.url}/api/v3/graphql`, { key: server.key, body })).body.errors, undefined);

  // Without an SDK.
  await send("/v1/events?dialect=butlr", eventOf("traced"), traceOf("a"));
  await send("/v1/events?dialect=butlr", eventOf("bad"), { traceparent: "00-nonsense" });
  await receiver.waitFor(2);
  await stop(server);
  const [first] = arrived(({ id }) => id === "traced");
  assert.partialDeepStrictEqual(first, { traceId: "a".repeat(32), isSampled: true, state: "rojo=1" });
  assert.ok(arrived(({ id }) => id === "bad").every((trace) => trace === null));
  const before = receiver.requests.length;

  // With one, which samples whatever the sender has, and nothing else.
  receiver.answer({ status: 200 });
  const sdk = join(root, "examples/opentelemetry/tracing.ts");
  const bringing = { NODE_OPTIONS: `--import ${sdk}`, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, TRACES_RATIO: "0" };
  server = await serve(data, { ...settings, ...bringing });
  const { body: listed } = await call(`${server.url}/v1/deliveries`, { key: server.key });
  const traced = (listed.data as { id: string; event: string }[]).find(({ event }) => event === "traced")!;
  await call(`${server.url}/v1/deliveries/${traced.id}/resend`, { method: "POST", key: server.key });
  const observation = { kind: "traffic", sensor: "sensor_door", at: Date.now(), in: 1, out: 0 };
  await send("/v1/observations", observation, traceOf("b"));
  await send("/v1/events?dialect=butlr", eventOf("untraced"));
  await receiver.waitFor(before + 3);
  await stop(server);

  const again = arrived(({ id }) => id === "traced");
  assert.equal(again.length, 2);
  assert.deepEqual([...new Set(again.map((trace) => trace!.traceId))], ["a".repeat(32)]);
  assert.equal(new Set([parentId, ...again.map((trace) => trace!.parentId)]).size, again.length + 1);
  assert.deepEqual(
    arrived(({ id }) => id === "untraced"),
    [null],
  );
  const [derived] = arrived(({ type }) => type === "TRAFFIC");
  const spanOf = (name: string, digit: string) =>
    collector.spans.find((span) => span.name === name && span.traceId === digit.repeat(32));
  const [accepted, attempted] = [spanOf("belfry.accept", "b")!, spanOf("belfry.attempt", "b")!];
  assert.equal(accepted.parentSpanId, parentId);
  assert.equal(attempted.parentSpanId, accepted.spanId);
  assert.partialDeepStrictEqual(derived, { traceId: "b".repeat(32), parentId: attempted.spanId, isSampled: true });
  assert.equal(spanOf("belfry.attempt", "a")!.spanId, again.at(-1)!.parentId);
  const traces = new Set(collector.spans.map(({ traceId }) => traceId));
  assert.deepEqual([...traces].toSorted(), ["a".repeat(32), "b".repeat(32)]);
});
