// The receiver of `listen` and `demo`, on a clock that leaps.

import assert from "node:assert/strict";
import { request } from "node:https";
import { test } from "node:test";
import { createCertificates } from "../../src/cli/certificate.ts";
import { startLocalReceiver } from "../../src/cli/local-receiver.ts";
import { createLeapingClock } from "./test-terminal.ts";

test("it shows a delivery when it comes and answers as late as asked, whatever it answers", async (t) => {
  const clock = createLeapingClock();
  const { ca, certificate, key } = await createCertificates(["127.0.0.1"], { now: Date.now() });
  const answers = new Map([
    ["/late", { status: 202, delayMs: 60_000 }],
    ["/refused", { status: 503, delayMs: 7_000 }],
    ["/at-once", { status: 204, delayMs: 0 }],
  ]);
  const shown: string[] = [];
  const receiver = await startLocalReceiver({
    host: "127.0.0.1",
    port: 0,
    certificate,
    key,
    secrets: () => [],
    answer: (_delivery, path) => answers.get(path)!,
    clock,
    onReceived: ({ path, status }) => void shown.push(`${path} ${status} after ${clock.monotonic()} ms`),
  });
  t.after(() => receiver.stop());
  const deliver = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const sent = request(`${receiver.url}${path}`, { method: "POST", ca, agent: false }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode!));
      });
      sent.on("error", reject).end("{}");
    });
  const answered: string[] = [];
  for (const path of answers.keys()) answered.push(`${path} ${await deliver(path)} after ${clock.monotonic()} ms`);
  assert.deepEqual(clock.waits, [60_000, 7_000, 0]);
  assert.deepEqual(answered, [
    "/late 202 after 60000 ms",
    "/refused 503 after 67000 ms",
    "/at-once 204 after 67000 ms",
  ]);
  assert.deepEqual(shown, ["/late 202 after 0 ms", "/refused 503 after 60000 ms", "/at-once 204 after 67000 ms"]);
});
