// Connections that come while the process is busy with something else wait for it: the system keeps them, as many as it is told,
// and several are accepted in a turn, so that a burst is no long queue.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { createHttpServer } from "../../../src/http/server.ts";
import { notingLog } from "../../fixtures/noted-log.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";
import { until } from "../../fixtures/until.ts";

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

/** Without one more connection, before the rest counts as lost: a thread may take seconds to start on a machine that is busy. */
const patienceMs = 20_000;

const open = async (port = 0, isShared = true, host = "127.0.0.1") => {
  const options = { host, log: notingLog(() => {}), clock: createSteeredClock(), isShared };
  const server = createHttpServer({ ...options, port });
  server.mount((scope) => void scope.get("/", async () => "here"));
  await server.start();
  return { server, port: Number(new URL(server.url).port) };
};

/** They connect while this thread, and with it the server, does nothing else. Returns how many were kept, and how to end them. */
function burst(port: number) {
  const shared = new SharedArrayBuffer(4);
  const connected = new Int32Array(shared);
  const worker = new Worker(connecting, { eval: true, workerData: { port, count, shared } });
  for (let seen = 0; seen < count; seen = Atomics.load(connected, 0)) {
    if (Atomics.wait(connected, 0, seen, patienceMs) === "timed-out" && Atomics.load(connected, 0) === seen) break;
  }
  return { kept: Atomics.load(connected, 0), end: () => worker.terminate() };
}

const skip = allowed < count && "the system keeps fewer";

test("a thousand connections that come while the server stands still are kept, and accepted many in a turn", {
  skip,
}, async (t) => {
  const { server, port } = await open();
  t.after(() => server.stop());
  let accepted = 0;
  /** In which somebody was accepted: the system may hand over the last ones a moment later. */
  let turns = 0;
  let isCounted = false;
  server.scope.server.on("connection", () => {
    accepted++;
    if (isCounted) return;
    isCounted = true;
    turns++;
    setImmediate(() => (isCounted = false));
  });
  const { kept, end } = burst(port);
  assert.equal(kept, count);
  await until("all of them", () => accepted === count);
  // The fullest of 32 sockets has about 45; one of sixteen has more than a sixteenth.
  assert.ok(turns < count / 16, `${turns} turns`);
  await end();
});

test("of one socket alone they are kept, too", { skip }, async (t) => {
  const { server, port } = await open(0, false);
  t.after(() => server.stop());
  const { kept, end } = burst(port);
  assert.equal(kept, count);
  await end();
});

test("a port at which a server listens is taken, and free when it has stopped", async () => {
  // From 127.0.0.1 others connect, and the system might give one of them this port meanwhile.
  const host = "127.10.0.77";
  const { server, port } = await open(0, true, host);
  const second = await Promise.allSettled([open(port, true, host)]);
  await server.stop();
  assert.match(String(second[0].status === "rejected" && second[0].reason), /listens on .* already/);
  const again = await open(port, true, host);
  await again.server.stop();
});

test("whichever socket accepts, requests are answered, and a stop ends connections that rest", async () => {
  const { server, port } = await open();
  const sockets = Array.from({ length: 40 }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) {
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 [^]*here$/);
  }
  const ended = sockets.map((socket) => text(socket));
  await server.stop();
  assert.deepEqual(new Set(await Promise.all(ended)), new Set([""]));
});
