import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { systemRandom } from "../../src/clock.ts";
import type { DeliveryRequest, Send } from "../../src/delivery/attempt/request.ts";
import { createDoorBridge } from "../../src/delivery/door-bridge.ts";
import { startHttpsReceiver } from "../fixtures/https-receiver.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { startSender } from "./client/test-client.ts";

const secret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
const outcome = { status: 200, detail: null, retryAfterMs: null, durationMs: 1, response: null, responseBytes: 0 };

test("a request goes out once, signed and void after five seconds, and only a success opens", async () => {
  const clock = createSteeredClock();
  const sent: DeliveryRequest[] = [];
  const codes = ["delivered", "timeout", "http_error", "gone"] as const;
  const send: Send = async (request) => ({ ...outcome, code: codes[sent.push(request) - 1]! });
  const bridge = createDoorBridge({ send, clock, random: systemRandom, secret, version: "1" });
  const ask = () => bridge.open({ organization: "o", url: "https://bridge.example/", data: { id: 9 } });
  const answers = [];
  for (const _ of codes) answers.push(await ask());
  assert.deepEqual(answers, [true, false, false, false]);
  const [first] = sent;
  assert.deepEqual([first!.timeoutMs, first!.once], [5_000, true]);
  const body = JSON.parse(first!.body);
  assert.deepEqual(body.event, { resource_type: "door_release_request", action: "create", data: { id: 9 } });
  assert.equal(Date.parse(body.void_after), clock.now() + 5_000);
  const headers = Object.fromEntries(first!.headers);
  const now = clock.now();
  assert.doesNotThrow(() => verify({ body: first!.body, headers, secret, now }));
});

test("over a real socket the bridge hears of a door once, whatever it does, and its word within five seconds counts", async (t) => {
  const clock = createSteeredClock();
  const receiver = await startHttpsReceiver();
  t.after(() => receiver.close());
  const { send } = await startSender(t, undefined, {}, clock);
  const bridge = createDoorBridge({ send, clock, random: systemRandom, secret, version: "1" });
  const ask = (id: number) =>
    bridge.open({ organization: "o", url: `${receiver.url}/doors?site=a%20b`, data: { id, release_method: "api" } });

  assert.equal(await ask(1), true);
  const [first] = receiver.requests;
  assert.deepEqual([first!.method, first!.path], ["POST", "/doors?site=a%20b"]);
  const body = first!.body.toString();
  assert.deepEqual(JSON.parse(body), {
    event: { resource_type: "door_release_request", action: "create", data: { id: 1, release_method: "api" } },
    void_after: new Date(clock.now() + 5_000).toISOString(),
  });
  const headers = first!.headers as Record<string, string>;
  assert.doesNotThrow(() => verify({ body, headers, secret, now: clock.now() }));
  assert.equal(first!.headers["belfry-attempt"], undefined);

  // The connection at rest is taken, and a request on it is not sent again.
  receiver.answer("reset");
  assert.equal(await ask(2), false);
  for (const status of [302, 400, 409, 410, 429, 503]) {
    receiver.answer({ status, headers: { "retry-after": "1", location: receiver.url } });
    assert.equal(await ask(status), false, String(status));
  }
  receiver.answer("hang");
  const silent = ask(9);
  await receiver.waitFor(9);
  await clock.pass(4_999);
  assert.equal(await Promise.race([silent, Promise.resolve("waiting")]), "waiting");
  await clock.pass(1);
  assert.equal(await silent, false);
  await clock.pass(3_600_000);
  assert.deepEqual(
    receiver.requests.map(({ body: sent }) => JSON.parse(sent.toString()).event.data.id),
    [1, 2, 302, 400, 409, 410, 429, 503, 9],
  );
});
