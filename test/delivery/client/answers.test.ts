// What receivers answer, over real TLS [reliability: receiver behaviour over HTTP].

import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Outcome } from "../../../src/model/attempt.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";
import { passUntil, startRawReceiver, startSender } from "./test-client.ts";

type Code = Outcome["code"];
const empty = "content-length: 0\r\n\r\n";

/** Writes `text` every few ms until the connection is gone. */
function drip(socket: Socket, texts: readonly string[]): void {
  let at = 0;
  const timer = setInterval(() => socket.write(texts[at++ % texts.length]!, "latin1"), 5);
  socket.on("close", () => clearInterval(timer));
}

test("the request is one head and the body's bytes, with host and length added and nothing else", async (t) => {
  const receiver = await startRawReceiver(t, (socket) => socket.write(`HTTP/1.1 200 OK\r\n${empty}`));
  const sender = await startSender(t);
  const body = '{"n":1.0,"u":"ü"}';
  const outcome = await sender.post(`${receiver.url}/hook?a=%20b&c`, { headers: [["X-Key", "a b"]], body });
  assert.equal(outcome.code, "delivered");
  assert.deepEqual(receiver.requests, [
    `POST /hook?a=%20b&c HTTP/1.1\r\nhost: 127.10.1.1:${receiver.port}\r\nX-Key: a b\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${Buffer.from(body).toString("latin1")}`,
  ]);
});

test("every other status is a failure that can be tried again", async (t) => {
  let status = 0;
  const receiver = await startRawReceiver(t, (socket) => socket.write(`HTTP/1.1 ${status} X\r\n${empty}`));
  const sender = await startSender(t);
  for (status = 200; status <= 599; status++) {
    const outcome = await sender.post(receiver.url);
    const expected: Code =
      status < 300 ? "delivered" : status < 400 ? "redirect" : status === 410 ? "gone" : "http_error";
    assert.deepEqual([outcome.code, outcome.status], [expected, status]);
  }
});

test("a success whose body drips, never ends or comes short is a success", async (t) => {
  const endless = (socket: Socket): void => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
    drip(socket, ["x"]);
  };
  const bodies: ((socket: Socket) => void)[] = [
    endless,
    (socket) => {
      socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
      drip(socket, [`4000\r\n${"x".repeat(0x4000)}\r\n`]);
    },
    (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"),
    (socket) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n"),
    (socket) => socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${"x".repeat(100_000)}`),
    (socket) => socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${"a: b\r\n".repeat(20_000)}`),
  ];
  const clock = createSteeredClock();
  const sender = await startSender(t, undefined, {}, clock);
  for (const body of bodies) {
    const receiver = await startRawReceiver(t, body);
    const sent = sender.post(receiver.url);
    // All others are cut for what they say, without any time.
    if (body === endless) await passUntil(clock, receiver, sent);
    const outcome = await sent;
    assert.deepEqual([outcome.code, outcome.status, outcome.response], ["delivered", 200, null]);
    assert.match(outcome.detail ?? "", /body/);
    assert.ok(outcome.responseBytes <= 65_536);
  }
});

test("a success that comes before our body has left, and then a reset, is a success where it arrives", async (t) => {
  const receiver = await startRawReceiver(t, "200 before our body was read, and then a reset", { plain: true });
  const sender = await startSender(t);
  const outcome = await sender.post(receiver.url, { body: "x".repeat(200_000) });
  // A reset may overtake bytes that were sent before it; then nobody knows of a success.
  assert.ok(outcome.code === "delivered" || outcome.code === "closed_early", outcome.code);
});

test("a status line and then the end counts as its status", async (t) => {
  const sender = await startSender(t);
  for (const [status, code] of [
    [202, "delivered"],
    [503, "http_error"],
  ] as const) {
    const receiver = await startRawReceiver(t, (socket) => socket.end(`HTTP/1.1 ${status} X\r\nserver: x`));
    assert.equal((await sender.post(receiver.url)).code, code);
  }
});

test("a connection that ends before an answer is closed early", async (t) => {
  const sender = await startSender(t);
  const endings: ((socket: Socket) => void)[] = [
    (socket) => socket.end(),
    (socket) => socket.end("HTTP/1.1 20"),
    (socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n"),
    (socket) => socket.resetAndDestroy(),
  ];
  for (const ending of endings) {
    const receiver = await startRawReceiver(t, ending, { plain: true });
    const outcome = await sender.post(receiver.url);
    assert.deepEqual([outcome.code, receiver.requests.length], ["closed_early", 1]);
  }
});

test("a compressed answer is kept as it came, 16 KiB at most", async (t) => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const receiver = await startRawReceiver(t, (socket) => {
    socket.write(`HTTP/1.1 500 No\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb.subarray(0, 200_000));
  });
  const sender = await startSender(t);
  const outcome = await sender.post(receiver.url);
  assert.equal(outcome.code, "http_error");
  assert.deepEqual(outcome.response && Buffer.from(outcome.response), bomb.subarray(0, outcome.response?.length));
  assert.ok(outcome.response !== null && outcome.response.length <= 16_384 && outcome.responseBytes <= 65_536);
});

test("the body of a failure is kept byte for byte", async (t) => {
  const body = "\u0000\u001b[31m<script>\u00ff\u00fe";
  const receiver = await startRawReceiver(t, (socket) =>
    socket.write(`HTTP/1.1 500 No\r\ncontent-length: ${body.length}\r\n\r\n${body}`, "latin1"),
  );
  const sender = await startSender(t);
  const { response } = await sender.post(receiver.url);
  assert.equal(response && Buffer.from(response).toString("latin1"), body);
});

test("redirects are not followed, and the record shows where to but not all of it", async (t) => {
  let location = "";
  const receiver = await startRawReceiver(t, (socket) =>
    socket.write(`HTTP/1.1 302 Found\r\nlocation: ${location}\r\n${empty}`),
  );
  const sender = await startSender(t);
  for (const [to, shown] of [
    ["https://user:secret@other.example/path?token=secret", /leads to other\.example\./],
    ["/elsewhere?token=secret", /leads to 127\.10\.1\.1:\d+\./],
    ["file:///etc/passwd?secret", /not followed\./],
    ["http://[secret", /not followed\./],
    ["", /not followed/],
  ] as const) {
    location = to;
    const outcome = await sender.post(receiver.url);
    assert.equal(outcome.code, "redirect");
    assert.match(outcome.detail ?? "", shown);
    assert.doesNotMatch(outcome.detail ?? "", /secret|etc/);
  }
  assert.equal(receiver.requests.length, 5);
});

test("the receiver's wish for a pause is read", async (t) => {
  let header = "";
  const receiver = await startRawReceiver(t, (socket) => socket.write(`HTTP/1.1 503 No\r\n${header}${empty}`));
  const sender = await startSender(t);
  for (const [text, expected] of [
    ["retry-after: 120\r\n", 120_000],
    ["Retry-After: -1\r\n", null],
    ["retry-after: 1\r\nretry-after: 2\r\n", null],
    ["", null],
  ] as const) {
    header = text;
    assert.equal((await sender.post(receiver.url)).retryAfterMs, expected);
  }
});
