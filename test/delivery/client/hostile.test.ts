// Every act of test/fixtures/acts.ts against the sender, over real TLS: what it makes of it, how much of it it takes, and
// that nothing outlives the deadline [reliability: receiver behaviour over HTTP].

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../src/model/attempt.ts";
import { type ActName, acts, pathOf } from "../../fixtures/acts.ts";
import { calm, createSteeredClock } from "../../fixtures/steered-clock.ts";
import { fixedResolver, passUntil, startRawReceiver, startSender } from "./test-client.ts";
import { until } from "../../fixtures/until.ts";

interface Expected {
  readonly code: Outcome["code"];
  readonly status: number | null;
  readonly detail?: RegExp;
  /** It ends by the clock alone: the attempt's deadline of 5 s, or 2 s where the status is known. */
  readonly endless?: 5_000 | 2_000;
  /** Connections that three attempts take; 1: kept, 3: never used again. */
  readonly connections?: number;
  readonly retryAfterMs?: number;
}

const ok: Expected = { code: "delivered", status: 200 };
const protocol = (status: number | null): Expected => ({ code: "protocol_error", status, connections: 3 });
const redirect = (status: number, detail: RegExp): Expected => ({ code: "redirect", status, detail, connections: 1 });
/** A success whose body is not worth waiting for. */
const cut: Expected = { ...ok, detail: /longer than is read/, connections: 3 };
const never: Expected = { code: "timeout", status: null, detail: /not known/, endless: 5_000, connections: 3 };

const expected: Readonly<Record<ActName, Expected>> = {
  "answers 200": { ...ok, connections: 1 },
  "an unasked 100 and then 200": { ...ok, connections: 1 },
  "one early hint and then 200": { ...ok, connections: 1 },
  "early hints for ever": never,
  "a flood of early hints": protocol(null),
  "a switch of protocols": protocol(null),
  "headers byte by byte": { ...ok, detail: /headers .* incomplete/, endless: 5_000, connections: 3 },
  "a body byte by byte": { ...ok, detail: /incomplete/, endless: 2_000, connections: 3 },
  "an endless chunked body": cut,
  "an endless body without a length": cut,
  "a gzip bomb": { code: "http_error", status: 500 },
  "a gzip bomb in a gzip": { code: "http_error", status: 500 },
  "a flood of chunk extensions": cut,
  "a flood of trailers": cut,
  "headers over 16 KiB": { code: "response_headers_too_large", status: 200, connections: 3 },
  "3,000 small headers": { ...ok, connections: 1 },
  "a body shorter than its length": { ...ok, detail: /incomplete/, connections: 3 },
  "both lengths": { ...ok, detail: /malformed/, connections: 3 },
  "two lengths that differ": { ...ok, detail: /malformed/, connections: 3 },
  "bare line feeds": { ...ok, connections: 3 },
  "no status line": protocol(null),
  "status 2000": protocol(null),
  "status 000": { code: "http_error", status: 0 },
  "status 999": { code: "http_error", status: 999 },
  "204 with a body": { code: "delivered", status: 204, connections: 3 },
  "200 before our body was read, and then a reset": { ...ok, connections: 3 },
  "a second answer in the same packet": { ...ok, connections: 3 },
  "301 to the loopback": redirect(301, /leads to 127\.0\.0\.1\./),
  "302 to a metadata service": redirect(302, /leads to 169\.254\.169\.254\./),
  "303 to itself": redirect(303, /leads to 127\.10\.1\.1:\d+\./),
  "307 to another scheme": redirect(307, /leads to other\.example\./),
  "308 to a file": redirect(308, /not followed\./),
  "a 401 with a challenge, a cookie and an alternative": { code: "http_error", status: 401, connections: 1 },
  "a body of NUL, escapes and bytes that are no text": { code: "http_error", status: 500 },
  "a wish for two minutes": { code: "http_error", status: 503, retryAfterMs: 120_000 },
  "two wishes": { code: "http_error", status: 503 },
  "410 gone": { code: "gone", status: 410 },
  "200, and the idle connection cut": { ...ok, connections: 3 },
  silence: never,
  "gone after the request without a word": never,
  "a reset": { code: "closed_early", status: null, connections: 3 },
  "an end without an answer": { code: "closed_early", status: null, connections: 3 },
  "an end within the status line": { code: "closed_early", status: null, connections: 3 },
};
const names = Object.keys(acts) as ActName[];

for (const name of names) {
  const { code, status, detail, endless, connections, retryAfterMs = null } = expected[name];
  test(`${name}: ${code}`, async (t) => {
    const receiver = await startRawReceiver(t, undefined);
    // Whatever ends by itself needs no time: however slow this machine is, no deadline ends it.
    const clock = createSteeredClock();
    const sender = await startSender(t, fixedResolver({}), {}, clock);
    const attempts = endless === undefined ? 3 : 1;
    for (let attempt = 1; attempt <= attempts; attempt++) {
      const sent = sender.post(receiver.url + pathOf(name), { timeoutMs: 5_000 });
      if (endless !== undefined) await passUntil(clock, receiver, sent);
      const outcome = await sent;
      assert.deepEqual([outcome.code, outcome.status, outcome.retryAfterMs], [code, status, retryAfterMs]);
      if (detail !== undefined) assert.match(outcome.detail ?? "", detail);
      // What comes before the status is known counts too, so there is no sharper end to two seconds than the deadline.
      if (endless !== undefined) assert.ok(outcome.durationMs >= endless && outcome.durationMs <= 5_500);
      if (endless === 2_000) assert.ok(outcome.durationMs < 5_000);
      assert.ok((outcome.response?.length ?? 0) <= 16_384 && outcome.responseBytes <= 65_536);
      if (code === "delivered") assert.equal(outcome.response, null);
      // A cut on the other side is seen in a later turn.
      await calm();
    }
    if (attempts === 3 && connections !== undefined) assert.equal(receiver.connections(), connections);
  });
}

/** Those that answer nothing, or never come to an end. */
const endlessActs = names.filter((name) => expected[name].endless !== undefined);

test("no attempt outlives its deadline by more than half a second, whatever the receiver does, nor does its connection", async (t) => {
  const clock = createSteeredClock();
  const receiver = await startRawReceiver(t, undefined);
  const sender = await startSender(t, fixedResolver({}), {}, clock);
  for (const timeoutMs of [1_000, 5_000, 15_000]) {
    const before = receiver.requests.length;
    let left = endlessActs.length;
    const attempts = endlessActs.map(async (name) => {
      const outcome = await sender.post(receiver.url + pathOf(name), { timeoutMs });
      left--;
      return outcome;
    });
    await receiver.waitFor(before + endlessActs.length);
    for (let passed = 0; passed < timeoutMs + 500; passed += 100) await clock.pass(100);
    assert.equal(left, 0);
    for (const outcome of await Promise.all(attempts)) assert.ok(outcome.durationMs <= timeoutMs + 500);
    await until("the end of all connections", () => receiver.open() === 0);
  }
});
