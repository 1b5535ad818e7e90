import assert from "node:assert/strict";
import { request } from "node:http";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { answered } from "../../../src/delivery/client/outcome.ts";
import { feed, feedEnd } from "../../../src/delivery/client/response-parser.ts";
import { isOver, newResponse, type Response } from "../../../src/delivery/client/response.ts";

const keptText = ({ kept, keptBytes }: Response): string => kept?.toString("latin1", 0, keptBytes) ?? "";

/** Everything of a response that others see. */
function result(response: Response) {
  const { phase, status, headRead, begun, fault, reusable, keepAliveMs, location, retryAfter, bodyBytes } = response;
  const kept = keptText(response);
  return { phase, status, headRead, begun, fault, reusable, keepAliveMs, location, retryAfter, bodyBytes, kept };
}

function read(text: string | Buffer, cuts: readonly number[] = [], end = false) {
  const bytes = typeof text === "string" ? Buffer.from(text, "latin1") : text;
  const response = newResponse();
  const edges = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  for (let i = 1; i < edges.length; i++) {
    const piece = Buffer.from(bytes.subarray(edges[i - 1], edges[i]));
    feed(response, piece);
    // The caller's buffer is used again: nothing may point into it.
    piece.fill(0x21);
  }
  if (end) feedEnd(response);
  return result(response);
}

const ok = "HTTP/1.1 200 OK\r\n";

test("a plain response is read and leaves the connection usable", () => {
  const { phase, status, reusable, bodyBytes, kept } = read(`${ok}content-length: 2\r\n\r\nok`);
  assert.deepEqual(
    { phase, status, reusable, bodyBytes, kept },
    { phase: "done", status: 200, reusable: true, bodyBytes: 2, kept: "" },
  );
});

test("chunks are put together, extensions and trailers passed over", () => {
  const { phase, reusable, kept } = read(
    "HTTP/1.1 500 no\r\ntransfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n00A\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
  );
  assert.deepEqual({ phase, reusable, kept }, { phase: "done", reusable: true, kept: "abc0123456789" });
});

test("without a length the body ends with the connection", () => {
  assert.equal(read(`${ok}\r\nbody`).phase, "until-close");
  const ended = read(`${ok}\r\nbody`, [], true);
  assert.deepEqual([ended.phase, ended.bodyBytes, ended.reusable], ["done", 4, false]);
});

test("interim responses are passed over with all they say", () => {
  const { status, location, reusable, phase } = read(
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlocation: x\r\ncontent-length: 9\r\n\r\n${ok}content-length: 0\r\n\r\n`,
  );
  assert.deepEqual(
    { status, location, reusable, phase },
    { status: 200, location: null, reusable: true, phase: "done" },
  );
});

test("a connection is kept only when both sides may go on", () => {
  const reusable = (head: string) => read(`${head}content-length: 0\r\n\r\n`).reusable;
  assert.equal(reusable(ok), true);
  assert.equal(reusable(`${ok}connection: keep-alive\r\n`), true);
  assert.equal(reusable(`${ok}Connection: x, Close\r\n`), false);
  assert.equal(reusable("HTTP/1.0 200 OK\r\n"), false);
  assert.equal(read(`${ok}keep-alive: timeout=5, max=100\r\ncontent-length: 0\r\n\r\n`).keepAliveMs, 5000);
});

test("bytes beyond the end make the connection unusable, the response stays good", () => {
  for (const text of [
    `${ok}content-length: 1\r\n\r\nab`,
    `${ok}content-length: 0\r\n\r\n${ok}content-length: 0\r\n\r\n`,
    "HTTP/1.1 204 No Content\r\n\r\nbody",
    "HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\n",
    `${ok}transfer-encoding: chunked\r\n\r\n0\r\n\r\n!`,
  ]) {
    const { phase, reusable } = read(text);
    assert.deepEqual({ phase, reusable }, { phase: "done", reusable: false }, text);
  }
});

test("what has no status line of HTTP/1 is a protocol error", () => {
  for (const text of [
    "\r\n",
    "hello\r\n",
    "\u0000\u0000\u0000\r\n",
    "HTTP/1.1 2000 OK\r\n",
    "HTTP/1.1 20 OK\r\n",
    "HTTP/1.1 200OK\r\n",
    "HTTP/1.1200 OK\r\n",
    " HTTP/1.1 200 OK\r\n",
    "HTTP/2 200\r\n",
    "ICY 200 OK\r\n",
    "HTTP/1.1 101 Switching Protocols\r\n",
  ]) {
    const { fault, reusable } = read(text);
    assert.equal(fault?.code, "protocol_error", JSON.stringify(text));
    assert.equal(reusable, false);
  }
});

/** Heads that are wrong, and what is left of the body behind them. */
const sloppyHeads = {
  "LF alone in the whole head": "HTTP/1.1 STATUS X\ncontent-length: 2\n\n",
  "LF alone after the status line": "HTTP/1.1 STATUS X\ncontent-length: 2\r\n\r\n",
  "LF alone after a header": "HTTP/1.1 STATUS X\r\na: b\ncontent-length: 2\r\n\r\n",
  "LF alone at the end": "HTTP/1.1 STATUS X\r\ncontent-length: 2\r\n\n",
  "lower case": "http/1.1 STATUS X\r\ncontent-length: 2\r\n\r\n",
  "two blanks": "HTTP/1.1  STATUS X\r\ncontent-length: 2\r\n\r\n",
  "a later version": "HTTP/1.2 STATUS X\r\ncontent-length: 2\r\n\r\n",
  "a control character in the reason": "HTTP/1.1 STATUS O\u0001K\r\ncontent-length: 2\r\n\r\n",
  "a blank before the colon": "HTTP/1.1 STATUS X\r\ncontent-length : 2\r\n\r\n",
  "a tab before the colon": "HTTP/1.1 STATUS X\r\na\t: b\r\ncontent-length: 2\r\n\r\n",
  "a folded header": "HTTP/1.1 STATUS X\r\na: b\r\n folded: c\r\ncontent-length: 2\r\n\r\n",
  "a first header that is folded": "HTTP/1.1 STATUS X\r\n a: b\r\ncontent-length: 2\r\n\r\n",
  "no name": "HTTP/1.1 STATUS X\r\n: b\r\ncontent-length: 2\r\n\r\n",
  "no colon": "HTTP/1.1 STATUS X\r\nab\r\ncontent-length: 2\r\n\r\n",
  "a name that is no token": "HTTP/1.1 STATUS X\r\na(b): c\r\ncontent-length: 2\r\n\r\n",
  "a zero in a header": "HTTP/1.1 STATUS X\r\na: \u0000\r\ncontent-length: 2\r\n\r\n",
  "a CR in a header": "HTTP/1.1 STATUS X\r\na: b\rc\r\ncontent-length: 2\r\n\r\n",
  "a DEL in a header": "HTTP/1.1 STATUS X\r\na: \u007f\r\ncontent-length: 2\r\n\r\n",
  "equal lengths twice": "HTTP/1.1 STATUS X\r\ncontent-length: 2\r\nContent-Length: 2\r\n\r\n",
  "equal lengths in one header": "HTTP/1.1 STATUS X\r\ncontent-length: 2, 2\r\n\r\n",
} satisfies Record<string, string>;

for (const [name, head] of Object.entries(sloppyHeads)) {
  test(`a status counts though its head has ${name}; body and wish are read, and the connection ends`, () => {
    const text = `${head.replace("STATUS", "503").replace(/(\r?\n)(\r?\n)$/, "$1retry-after: 7$1$2")}no`;
    const failure = read(text);
    const { phase, status, fault, reusable, retryAfter, kept } = failure;
    assert.deepEqual(
      { phase, status, fault, reusable, retryAfter, kept },
      { phase: "done", status: 503, fault: null, reusable: false, retryAfter: "7", kept: "no" },
    );
    for (const status of ["200", "204", "410"]) {
      const { fault, reusable, ...rest } = read(`${head.replace("STATUS", status)}ok`);
      assert.deepEqual([rest.status, fault, reusable], [Number(status), null, false]);
    }
  });
}

test("lengths that contradict each other or say nothing end the connection at once, and the status counts", () => {
  for (const headers of [
    "content-length: 1\r\nContent-Length: 2\r\n",
    "content-length: 1, 2\r\n",
    "content-length: -1\r\n",
    "content-length: 0x1\r\n",
    "content-length: 1.0\r\n",
    "content-length:\r\n",
    "content-length:\r\n 5\r\n",
    `content-length: ${"9".repeat(16)}\r\n`,
    "content-length: 2\r\ntransfer-encoding: chunked\r\n",
    "transfer-encoding: chunked, gzip\r\n",
    "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
  ]) {
    const { phase, status, fault, reusable } = read(`${ok}${headers}\r\nok`);
    assert.deepEqual(
      { phase, status, fault, reusable },
      { phase: "broken", status: 200, fault: null, reusable: false },
      headers,
    );
  }
});

test("a sloppy interim response ends the connection after the answer, whose own length counts", () => {
  const { status, phase, reusable } = read(
    `HTTP/1.1 100 Continue\ncontent-length: 1\ncontent-length: 2\n\n${ok}content-length: 0\r\n\r\n`,
  );
  assert.deepEqual({ status, phase, reusable }, { status: 200, phase: "done", reusable: false });
});

test("odd statuses are read as they are", () => {
  for (const [text, status] of [
    ["000", 0],
    ["999", 999],
    ["099", 99],
    ["600", 600],
  ] as const) {
    assert.equal(read(`HTTP/1.1 ${text}\r\ncontent-length: 0\r\n\r\n`).status, status);
  }
});

test("headers are bounded by their bytes, not by their number", () => {
  const small = Array.from({ length: 3000 }, (_, i) => `${(i % 36).toString(36)}:\r\n`).join("");
  assert.equal(read(`${ok}${small}content-length: 0\r\n\r\n`).phase, "done");
  const large = `${ok}a: ${"x".repeat(16_384)}\r\n\r\n`;
  assert.equal(read(large).fault?.code, "response_headers_too_large");
  assert.equal(read(large.slice(0, 16_385)).fault?.code, "response_headers_too_large");
});

test("interim responses are bounded in all", () => {
  const hint = `HTTP/1.1 103 Early Hints\r\nlink: ${"x".repeat(1000)}\r\n\r\n`;
  assert.equal(read(`${hint.repeat(10)}${ok}content-length: 0\r\n\r\n`).phase, "done");
  assert.equal(read(hint.repeat(20)).fault?.code, "protocol_error");
});

test("64 KiB of a body are read and 16 KiB kept, and of a success nothing", () => {
  const big = "x".repeat(70_000);
  for (const head of ["\r\n", "content-length: 70000\r\n\r\n"]) {
    const failure = read(`HTTP/1.1 500 no\r\n${head}${big}`);
    assert.deepEqual([failure.phase, failure.bodyBytes, failure.kept.length], ["cut", 65_536, 16_384]);
    assert.deepEqual([read(`${ok}${head}${big}`).phase, read(`${ok}${head}${big}`).kept], ["cut", ""]);
  }
  assert.equal(read(`${ok}content-length: 65536\r\n\r\n${"x".repeat(65_536)}`).phase, "done");
  const chunked = `${ok}transfer-encoding: chunked\r\n\r\n`;
  assert.equal(read(`${chunked}1;${"x".repeat(70_000)}`).phase, "cut");
  assert.equal(read(`${chunked}0\r\n${"a: b\r\n".repeat(20_000)}`).phase, "cut");
  assert.equal(read(`${chunked}${"1;x\r\na\r\n".repeat(20_000)}`).phase, "cut");
});

test("a broken body leaves the status standing", () => {
  for (const body of [
    "x\r\n",
    "\r\n",
    "1\nab",
    "1\r\nabc\r\n",
    "-1\r\n",
    "1 x\r\n",
    `${"f".repeat(13)}\r\n`,
    "0\r\nx\n",
  ]) {
    const { phase, status, reusable, fault } = read(`${ok}transfer-encoding: chunked\r\n\r\n${body}`);
    assert.deepEqual(
      { phase, status, reusable, fault },
      { phase: "broken", status: 200, reusable: false, fault: null },
    );
  }
});

/** Streams made of pieces of responses, right and wrong. */
const piece = fc.constantFrom(
  ok,
  "HTTP/1.1 500 no\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103\r\nlink: x\r\n\r\n",
  "HTTP/1.1 204 No Content\r\n",
  "content-length: 5\r\n",
  "content-length: 0\r\n",
  "transfer-encoding: chunked\r\n",
  "connection: close\r\n",
  "location: /a\r\n",
  "retry-after: 3\r\n",
  "\r\n",
  "\n",
  "http/1.1 200 ok\n",
  "content-length : 5\n",
  "content-length: 5, 5\r\n",
  " folded\r\n",
  "5\r\nhello\r\n",
  "0\r\n\r\n",
  "hello",
  `x: ${"y".repeat(9_000)}\r\n`,
  "z".repeat(30_000),
);
const stream = fc
  .tuple(fc.array(piece, { maxLength: 12 }), fc.string({ unit: "binary", maxLength: 5 }))
  .map(([pieces, tail]) => pieces.join("") + tail);

test("any cut of the bytes gives the same result", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (text, cuts, end) => {
      assert.deepEqual(read(text, cuts, end), read(text, [], end));
    }),
    { numRuns: 500 },
  );
});

test("byte by byte gives the same result", () => {
  fc.assert(
    fc.property(stream, (text) => {
      fc.pre(text.length < 3_000);
      assert.deepEqual(
        read(
          text,
          Array.from(text, (_, at) => at),
        ),
        read(text),
      );
    }),
  );
});

test("no bytes at all make it throw, keep more than 16 KiB or go on for ever", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), stream, (noise, text) => {
      const response = newResponse();
      feed(response, Buffer.from(text, "latin1"));
      feed(response, Buffer.from(noise));
      for (let i = 0; i < 5; i++) feed(response, Buffer.alloc(20_000, 0x61));
      assert.ok(isOver(response));
      assert.ok(keptText(response).length <= 16_384);
    }),
  );
});

/** What Node's own client makes of the same bytes. */
function readByNode(text: string): Promise<{ status: number; body: string }> {
  const line = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  return new Promise((resolve, reject) => {
    const sent = request({ method: "POST", createConnection: () => line }, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end();
    line.push(Buffer.from(text, "latin1"));
    line.push(null);
  });
}

const token = fc.stringMatching(/^x-[a-z0-9]{1,8}$/);
const value = fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/);
const body = fc.string({ unit: "binary", maxLength: 400 });
const validResponse = fc
  .record({
    status: fc.integer({ min: 200, max: 599 }).filter((status) => status !== 204 && status !== 304),
    headers: fc.array(fc.tuple(token, value), { maxLength: 5 }),
    body: body.map((text) => Buffer.from(text, "utf8").toString("latin1")),
    framing: fc.constantFrom("length", "chunked", "close"),
    size: fc.integer({ min: 1, max: 50 }),
    hints: fc.nat({ max: 2 }),
  })
  .map(({ status, headers, body, framing, size, hints }) => {
    const lines = headers.map(([name, text]) => `${name}: ${text}\r\n`).join("");
    const head = `${"HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n".repeat(hints)}HTTP/1.1 ${status} Reason\r\n${lines}`;
    const chunks = body.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    const chunked = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join("");
    const text =
      framing === "length"
        ? `${head}content-length: ${body.length}\r\n\r\n${body}`
        : framing === "chunked"
          ? `${head}transfer-encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`
          : `${head}\r\n${body}`;
    return { text, status, body };
  });

test("Node's own parser makes the same of valid responses", async () => {
  await fc.assert(
    fc.asyncProperty(validResponse, async ({ text, status, body }) => {
      const ours = read(text, [], true);
      assert.equal(ours.phase, "done");
      assert.deepEqual({ status: ours.status, body: ours.kept }, { status, body: status < 300 ? "" : body });
      assert.equal(ours.bodyBytes, body.length);
      assert.deepEqual(await readByNode(text), { status, body });
    }),
  );
});

test("one thing wrong in a valid head changes nothing of what Node makes of it but that the connection ends", async () => {
  const spoil = fc.constantFrom<(head: string) => string>(
    (head) => head.replaceAll("\r\n", "\n"),
    (head) => head.replace("HTTP", "http"),
    (head) => head.replace("Reason\r\n", "Reason\r\n folded: x\r\n"),
    (head) => head.replace("Reason\r\n", "Reason\r\nx-blank : y\r\n"),
    (head) => head.replace("Reason\r\n", "Reason\r\nx-bell: \u0007\r\n"),
    (head) => head.replace(/(content-length: \d+\r\n)/, "$1$1"),
  );
  await fc.assert(
    fc.asyncProperty(validResponse, spoil, async ({ text, status, body }, spoil) => {
      const end = text.indexOf("\r\n\r\n", text.indexOf("Reason")) + 4;
      const ours = read(spoil(text.slice(0, end)) + text.slice(end), [], true);
      assert.deepEqual([ours.phase, ours.fault, ours.reusable], ["done", null, false]);
      assert.deepEqual([ours.status, ours.bodyBytes, ours.kept], [status, body.length, status < 300 ? "" : body]);
      assert.deepEqual(await readByNode(text), { status, body });
    }),
  );
});

test("a body in chunks of one byte each takes no more memory than the same body in one piece", () => {
  const chunks = Buffer.from(
    `HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(10_000)}0\r\n\r\n`,
  );
  const response = newResponse();
  feed(response, chunks);
  assert.deepEqual([response.phase, response.bodyBytes, keptText(response)], ["done", 10_000, "x".repeat(10_000)]);
  assert.equal(response.kept?.buffer.byteLength, 16_384);
  const outcome = answered(response, "https://receiver.example/", { now: 0, durationMs: 1 });
  // Typed arrays cross to another thread with all of the memory that is behind them.
  assert.equal(outcome.response?.buffer.byteLength, 10_000);
});
