// What hostile receivers do, by name: once a request has arrived whole, or as soon as somebody connects. Each goes on
// until the other side has had enough of it.

import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";

export type Act = (socket: Socket) => void;

const ok = "HTTP/1.1 200 OK\r\n";
const empty = "content-length: 0\r\n\r\n";
const flood = Buffer.alloc(64 * 1024, "x");
const chunk = Buffer.concat([Buffer.from("10000\r\n"), flood, Buffer.from("\r\n")]);

/** Made when first needed: 64 KiB that want to be 64 MiB. */
let bomb: Buffer | null = null;

/** `text` every so many ms. */
function drip(socket: Socket, text: string, everyMs: number): void {
  const timer = setInterval(() => socket.write(text, "latin1"), everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** One byte of `text` every so many ms. */
function spell(socket: Socket, text: string, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]!, "latin1"), everyMs);
  socket.once("close", () => clearInterval(timer));
}

/** As fast as the other side takes it. */
function pour(socket: Socket, bytes: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(bytes)) if (socket.writableLength > 1024 * 1024) break;
  };
  socket.on("drain", more);
  more();
}

const say =
  (text: string): Act =>
  (socket) =>
    void socket.write(text, "latin1");

export const acts: Readonly<Record<string, Act>> = {
  hang: () => {},
  close: (socket) => void socket.end(),
  reset: (socket) => void socket.destroy(),
  "header drip": (socket) => spell(socket, `${ok}x-long: ${"y".repeat(1000)}\r\n${empty}`, 200),
  "endless header": (socket) => {
    socket.write(ok);
    drip(socket, "x-more: 1\r\n", 200);
  },
  "body drip": (socket) => {
    socket.write(`${ok}content-length: 100000\r\n\r\n`);
    drip(socket, "x", 200);
  },
  "endless body": (socket) => {
    socket.write(`${ok}\r\n`);
    pour(socket, flood);
  },
  "endless chunks": (socket) => {
    socket.write(`${ok}transfer-encoding: chunked\r\n\r\n`);
    pour(socket, chunk);
  },
  "chunk extensions": (socket) => {
    socket.write(`${ok}transfer-encoding: chunked\r\n\r\n1;`);
    pour(socket, flood);
  },
  trailers: (socket) => {
    socket.write(`${ok}transfer-encoding: chunked\r\n\r\n0\r\n`);
    pour(socket, Buffer.from("x-trailer: 1\r\n".repeat(4096)));
  },
  "flood of 103": (socket) => pour(socket, Buffer.from("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(1024))),
  "drip of 103": (socket) => drip(socket, "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", 100),
  "gzip bomb": (socket) => {
    bomb ??= gzipSync(Buffer.alloc(64 * 1024 * 1024));
    socket.write(`${ok}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  "huge header": (socket) => {
    socket.write(`${ok}x-huge: `);
    pour(socket, flood);
  },
  "many headers": say(`${ok}${"a:1\r\n".repeat(3000)}${empty}`),
  "short body": (socket) => void socket.end(`${ok}content-length: 1000\r\n\r\nshort`),
  "two lengths": say(`${ok}content-length: 1\r\ncontent-length: 2\r\n\r\n`),
  "bare line feeds": say("HTTP/1.1 200 OK\ncontent-length: 0\n\n"),
  "another answer": say(`${ok}${empty}HTTP/1.1 500 No\r\n${empty}`),
  garbage: say("\u0000\u001b[2Jgarbage\r\n\r\n".repeat(100)),
  "status 999": say(`HTTP/1.1 999 No\r\n${empty}`),
  "204 with a body": say("HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nbody"),
  switch: say("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
  redirect: say(`HTTP/1.1 307 Away\r\nlocation: http://127.10.0.1:1/\r\n${empty}`),
  "come back never": say(`HTTP/1.1 503 No\r\nretry-after: 99999999999\r\nretry-after: -1\r\n${empty}`),
  "large refusal": (socket) => {
    socket.write("HTTP/1.1 500 No\r\n\r\n");
    pour(socket, flood);
  },
};

/** Instead of a handshake. */
export const greetings: Readonly<Record<string, Act>> = {
  "no handshake": () => {},
  "plain http": (socket) => void socket.end(`${ok}${empty}`),
  "closed at once": (socket) => void socket.resetAndDestroy(),
  "handshake of noise": (socket) => pour(socket, flood),
};

export const hostileActs: readonly string[] = [...Object.keys(acts), ...Object.keys(greetings)];
