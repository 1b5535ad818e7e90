import assert from "node:assert/strict";
import { test } from "node:test";
import { verify } from "../../receiver/src/index.ts";
import { systemRandom } from "../../src/clock.ts";
import type { DeliveryRequest, Send } from "../../src/delivery/attempt/request.ts";
import { createDoorBridge } from "../../src/delivery/door-bridge.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

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
