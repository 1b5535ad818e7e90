// The log of a running server beside a receiver that refuses and then takes deliveries again: what stands there at each
// level, and what never does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { logEvents } from "../../src/log-events.ts";
import { call, makePlace, type Server, serve, startReceiver, stop } from "./harness.ts";

interface Line {
  readonly level: string;
  readonly time: string;
  readonly event: keyof typeof logEvents;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

const organization = "org_logged";
const model = {
  organization: { id: organization, name: "Logged" },
  sites: [
    { id: "s", name: "S", timezone: "UTC", buildings: [{ id: "b", name: "B", floors: [{ id: "f", name: "F" }] }] },
  ],
};
const deliveries = 6;
/** Enough that the breaker opens and a first probe fails. */
const refusals = 6;
/** In what is sent, none of which the log may hold. */
const secrets = ["query-secret", "header-secret", "password-secret", "payload-secret", "answer-secret"];

/** The log without the operator key, which the first start shows there in plain text. */
const logOf = (server: Server): string[] =>
  server
    .errors()
    .split("\n")
    .filter((line) => line.startsWith("{"));

/** Runs a server against a receiver that answers the first requests with 500 and the others with 200, until all is delivered
 * and the server has stopped. Returns its log, the subscription's id, and the page of metrics at the end. */
/** What a node says of itself and its database, beside what every server says. */
const ofNodes = /^(node|slice|store\.unsafe)/;

async function storm(level: string) {
  const server = await serve(makePlace(), { BELFRY_LOG_LEVEL: level, BELFRY_RETRY_DELAYS: "1s,1s,1s,1s" });
  const receiver = await startReceiver();
  const ask = (path: string, options: Parameters<typeof call>[1] = {}) =>
    call(`${server.url}${path}`, { key: server.key, ...options });
  receiver.answer(() =>
    receiver.requests.length > refusals ? { status: 200 } : { status: 500, body: '{"why":"answer-secret"}' },
  );
  await ask("/v1/building-model", { method: "PUT", body: model });
  const endpoint_config = {
    url: `${receiver.url}/hook?token=query-secret`,
    http_timeout: 5,
    api_key: { key: "x-api-key", value: "header-secret" },
    basic_auth: { username: "u", password: "password-secret" },
  };
  const query = "mutation($input: [WebhookCreateInput!]!) { createWebhooks(input: $input) { id signing_secret } }";
  const input = [{ name: "x", event_types: ["TRAFFIC"], endpoint_config }];
  const made = await ask("/api/v3/graphql", { body: { query, variables: { input } } });
  const [{ id, signing_secret }] = made.body.data.createWebhooks;
  const eventOf = (n: number) => ({
    id: `event_${n}`,
    type: "TRAFFIC",
    timestamp: 1_727_735_832_000,
    metadata: { org_id: organization, org_name: "payload-secret" },
    data: { in: n, out: 0 },
  });
  const events = Array.from({ length: deliveries }, (_, n) => JSON.stringify(eventOf(n)));
  const text = [...events, events[0], "no JSON"].join("\n");
  const sent = await ask("/v1/events?dialect=butlr", { text, type: "application/x-ndjson" });
  assert.equal(sent.body.accepted, deliveries, JSON.stringify(sent.body));
  await receiver.waitFor(refusals + deliveries);
  const metrics = await metricsWith(server, `belfry_attempts_total{code="delivered",dialect="butlr"} ${deliveries}`);
  await stop(server);
  const log = logOf(server);
  for (const secret of [...secrets, signing_secret, server.key]) {
    assert.ok(!log.some((line) => line.includes(secret)), `${secret} stands in the log`);
  }
  const lines = log.map((line) => JSON.parse(line) as Line);
  return { lines: lines.filter(({ event }) => !ofNodes.test(event)), subscription: id as string, metrics };
}

/** The page of metrics as soon as it has this line. */
async function metricsWith(server: Server, line: string): Promise<readonly string[]> {
  for (;;) {
    const page = (await (await fetch(`${server.url}/metrics`)).text()).split("\n");
    if (page.includes(line)) return page;
  }
}

test("at info a lane says once that it backs off and once that it is open again; the metrics have counted all", async () => {
  const { lines, subscription, metrics } = await storm("info");
  assert.deepEqual(
    lines.map(({ event }) => event),
    ["server.starting", "server.started", "lane.backing_off", "lane.open", "server.stopping", "server.stopped"],
  );
  for (const { level, event, msg, time } of lines) {
    assert.equal(level, logEvents[event][0]);
    assert.match(msg, /^[A-Z].*\.$/);
    assert.match(time, /^\d{4}-.*Z$/);
  }
  const [, , backingOff, open] = lines;
  const lane = { subscription, organization };
  for (const line of [backingOff, open]) assert.partialDeepStrictEqual(line, lane);
  assert.partialDeepStrictEqual(backingOff, { consecutive_failures: 5, code: "http_error", status: 500 });
  assert.ok(String(backingOff!["until"]) > backingOff!.time);

  const first = metrics.find((line) => line.startsWith("belfry_first_attempt_delay_seconds_count"));
  for (const line of [
    `belfry_attempts_total{code="http_error",dialect="butlr"} ${refusals}`,
    `belfry_attempt_duration_seconds_count ${refusals + deliveries}`,
    `belfry_inputs_total{kind="event",result="accepted"} ${deliveries}`,
    'belfry_inputs_total{kind="event",result="duplicate"} 1',
    'belfry_inputs_total{kind="event",result="rejected"} 1',
  ]) {
    assert.ok(metrics.includes(line), `${line}\n\n${metrics.join("\n")}`);
  }
  assert.equal(first, `belfry_first_attempt_delay_seconds_count ${deliveries}`);
});

test("at debug each attempt has its line as well, with ids, code, status and duration", async () => {
  const { lines, subscription } = await storm("debug");
  const attempts = lines.filter(({ event }) => event === "attempt.finished");
  assert.equal(attempts.length, refusals + deliveries);
  for (const [index, attempt] of attempts.entries()) {
    const wanted =
      index < refusals
        ? { code: "http_error", status: 500, state: "pending" }
        : { code: "delivered", status: 200, state: "delivered" };
    assert.partialDeepStrictEqual(attempt, { level: "debug", subscription, organization, ...wanted });
    assert.match(String(attempt["delivery"]), /^delivery_\d+$/);
    assert.ok(Number(attempt["attempt"]) >= 1);
    assert.ok(Number(attempt["duration_ms"]) >= 0);
  }
  assert.equal(new Set(attempts.map(({ delivery }) => delivery)).size, deliveries);
  const others = lines.filter(({ level }) => level === "info").map(({ event }) => event);
  assert.deepEqual(others.slice(2, 4), ["lane.backing_off", "lane.open"]);
});
