// Connections that come while the process is busy with something else wait for it: the system keeps them, as many as it is told.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createHttpServer } from "../../../src/http/server.ts";
import { notingLog } from "../../fixtures/noted-log.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";

/** More than Node asks the system for by itself, 511. */
const count = 1_000;
const systemLimit = "/proc/sys/net/core/somaxconn";
const allowed = existsSync(systemLimit) ? Number(readFileSync(systemLimit, "utf8")) : 0;

const connecting = `
const { connect } = require("node:net");
const { workerData: { port, count, shared } } = require("node:worker_threads");
const connected = new Int32Array(shared);
const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1", () => {
  if (Atomics.add(connected, 0, 1) + 1 === count) Atomics.notify(connected, 0);
}).on("error", () => {}));
`;

test("a thousand connections that come while the server stands still are all kept", {
  skip: allowed < count && "the system keeps fewer",
}, async (t) => {
  const server = createHttpServer({
    host: "127.0.0.1",
    port: 0,
    log: notingLog(() => {}),
    clock: createSteeredClock(),
  });
  await server.start();
  t.after(() => server.stop());
  const shared = new SharedArrayBuffer(4);
  const connected = new Int32Array(shared);
  const workerData = { port: Number(new URL(server.url).port), count, shared };
  const worker = new Worker(connecting, { eval: true, workerData });
  // This thread, and with it the server, does nothing else meanwhile.
  for (let seen = 0; seen < count; seen = Atomics.load(connected, 0)) {
    if (Atomics.wait(connected, 0, seen, 2_000) === "timed-out" && Atomics.load(connected, 0) === seen) break;
  }
  assert.equal(Atomics.load(connected, 0), count);
  await worker.terminate();
});
