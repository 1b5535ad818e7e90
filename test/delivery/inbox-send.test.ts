// Requests to inboxes are answered inside the process, within their deadline, and reach no sender; all others do.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { systemRandom as random } from "../../src/clock.ts";
import type { DeliveryRequest } from "../../src/delivery/attempt/request.ts";
import { createDestinationGuard } from "../../src/delivery/guard/guard.ts";
import { createPolicy } from "../../src/delivery/guard/policy.ts";
import { createInboxSend, type InboxSend, withInboxes } from "../../src/delivery/inbox-send.ts";
import { createInboxes, type Inboxes } from "../../src/inboxes/inboxes.ts";
import type { Inbox } from "../../src/model/inbox.ts";
import { createSteeredClock, type SteeredClock } from "../fixtures/steered-clock.ts";
import { ok } from "./network.ts";

let clock: SteeredClock;
let inboxes: Inboxes;
let inbox: Inbox;
let url: string;
let sent: string[];
let inside: InboxSend;

beforeEach(() => {
  clock = createSteeredClock();
  inboxes = createInboxes({ isOn: true, clock, random, deliveringTo: async () => [] });
  inboxes.servedAt("http://127.0.0.1:8080");
  inbox = inboxes.create({ organization: "org_a", scope: { kind: "organization" }, name: null });
  url = inboxes.urlOf(inbox.token);
  sent = [];
  inside = createInboxSend(inboxes, async (request) => (sent.push(request.url), ok), clock);
});

const request = (to = url, more: Partial<DeliveryRequest> = {}): DeliveryRequest => ({
  organization: "org_a",
  url: to,
  headers: [["webhook-id", "event_1"]],
  body: '{"n":"ü"}',
  timeoutMs: 5_000,
  ...more,
});

const answerWith = (answer: object) =>
  inboxes.setAnswer(inbox.id, { status: 204, delayMs: 0, failFirst: 0, ...answer });

test("a request to an inbox is kept as it would go out, and no sender hears of it", async () => {
  const outcome = await inside.send(request());
  assert.deepEqual([outcome.code, outcome.status, sent], ["delivered", 204, []]);
  const [kept] = inboxes.requests(inbox.id, 0);
  assert.deepEqual(kept!.headers, [
    ["host", "127.0.0.1:8080"],
    ["webhook-id", "event_1"],
    ["content-length", "10"],
  ]);
  assert.deepEqual([kept!.isFromInside, Buffer.from(kept!.body).toString()], [true, '{"n":"ü"}']);
});

test("every other URL goes to the sender behind it, also one that only resembles that of an inbox", async () => {
  const others = [
    `${url}/`,
    `${url}?`,
    url.replace("8080", "08080"),
    url.replace("127.0.0.1", "127.1"),
    "https://a.test/",
  ];
  for (const other of others) assert.equal(await inside.send(request(other)), ok);
  assert.deepEqual(sent, others);
  assert.equal(inboxes.get(inbox.id)!.received, 0);
});

test("an inbox that there is no more is answered 404 without a connection", async () => {
  inboxes.remove(inbox.id);
  const { code, status, detail } = await inside.send(request());
  assert.deepEqual([code, status, sent], ["http_error", 404, []]);
  assert.match(detail!, /no such inbox any more/);
});

test("the status that was chosen counts as any receiver's", async () => {
  for (const [status, code] of [
    [200, "delivered"],
    [302, "redirect"],
    [410, "gone"],
    [500, "http_error"],
  ] as const) {
    answerWith({ status });
    const outcome = await inside.send(request());
    assert.deepEqual([outcome.code, outcome.status], [code, status]);
  }
});

test("a delay counts as the receiver's, and one as long as the deadline is a timeout at the deadline", async () => {
  answerWith({ delayMs: 2_000 });
  const slow = inside.send(request());
  await clock.pass(1_999);
  assert.equal(clock.timers(), 1);
  await clock.pass(1);
  const { code, durationMs } = await slow;
  assert.deepEqual([code, durationMs], ["delivered", 2_000]);

  answerWith({ delayMs: 5_000 });
  const late = inside.send(request());
  await clock.pass(5_000);
  const outcome = await late;
  assert.deepEqual([outcome.code, outcome.status, outcome.durationMs], ["timeout", null, 5_000]);
  assert.equal(inboxes.get(inbox.id)!.received, 2);
});

test("a stop ends what waits for its answer", async () => {
  answerWith({ delayMs: 2_000 });
  const slow = inside.send(request());
  await clock.pass(500);
  inside.stop();
  const { code, durationMs } = await slow;
  assert.deepEqual([code, durationMs, clock.timers()], ["interrupted", 500, 0]);
});

test("a header that could not be sent is no request", async () => {
  const { code } = await inside.send(request(url, { headers: [["a", "b\r\nc: d"]] }));
  assert.deepEqual([code, inboxes.get(inbox.id)!.received], ["header_forbidden", 0]);
});

test("the guard lets an inbox pass that there is, and judges every other URL as before", async () => {
  const resolver = { resolve: async () => ({ found: true, addresses: ["10.0.0.1"] }) };
  const guard = withInboxes(createDestinationGuard(createPolicy(), resolver as never), inboxes);
  const codeOf = async (text: string) => {
    const verdict = await guard.url(text, "org_a");
    return verdict.allowed ? "allowed" : verdict.code;
  };
  assert.equal(await codeOf(url), "allowed");
  assert.equal(await codeOf(`${url.slice(0, -1)}-`), "url_forbidden");
  assert.equal(await codeOf("https://receiver.example/"), "address_forbidden");
  assert.equal(await codeOf(`https://127.0.0.1:8080/inbox/${inbox.token}`), "address_forbidden");
  inboxes.remove(inbox.id);
  assert.equal(await codeOf(url), "url_forbidden");
});
