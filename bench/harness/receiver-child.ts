// The receiving process: HTTPS with keep-alive, as light as Node allows, on many addresses. It notes when each event came
// first, and counts those that came again. Some addresses may be hostile.

import { createServer as createTcpServer, type Server } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { idDigits } from "./events.ts";
import { moment } from "./figures.ts";
import { type Act, acts, greetings } from "./hostile.ts";

export interface Start {
  readonly certificate: string;
  readonly key: string;
  readonly addresses: readonly string[];
  /** Names of what they do, in turn [hostile.ts]. */
  readonly acts: readonly string[];
}

export type Order =
  /** Forgets what came and expects `count` events, numbered from `first`. */
  | { readonly say: "expect"; readonly first: number; readonly count: number }
  /** These addresses answer nothing from now on; those that no longer hang answer what they owe. */
  | { readonly say: "hang"; readonly addresses: readonly string[] }
  /** Every answer comes so many ms after its request from now on. */
  | { readonly say: "delay"; readonly ms: number }
  | { readonly say: "figures" }
  | { readonly say: "arrivals" };

export interface Seen {
  /** Requests, events that came, and those among them that came again. */
  readonly requests: number;
  readonly events: number;
  readonly again: number;
  /** How many requests there were when the last event came that was expected, itself among them. */
  readonly place: number;
}

const ok = Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "latin1");
const headEnd = Buffer.from("\r\n\r\n", "latin1");
/** Requests that begin so are read and left without an answer, whatever the others get. */
const neverAnswered = "POST /hang/";
const idStart = '{"id":"event_'.length;

let first = 0;
let arrivals = new Float64Array(0);
let seen = { requests: 0, events: 0, again: 0, place: 0 };
let delayMs = 0;
let hanging: ReadonlySet<string> = new Set();
const owed = new Map<string, TLSSocket[]>();

/** A hostile address takes every so many requests well, so that nobody gives up on it. */
const mercy = 4;

function take(body: Buffer, from: number): void {
  seen.requests++;
  let number = 0;
  for (let at = from + idStart; at < from + idStart + idDigits; at++) number = number * 10 + (body[at]! - 48);
  const index = number - first;
  if (!(index >= 0 && index < arrivals.length)) return;
  if (arrivals[index] === 0) {
    arrivals[index] = moment();
    seen.events++;
    seen.place = seen.requests;
  } else seen.again++;
}

function serve(socket: TLSSocket, act: (() => Act | null) | null): void {
  let kept: Buffer | null = null;
  const address = socket.localAddress ?? "";
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (piece: Buffer) => {
    const bytes = kept === null ? piece : Buffer.concat([kept, piece]);
    kept = null;
    let at = 0;
    while (at < bytes.length) {
      const head = bytes.indexOf(headEnd, at);
      const text = head === -1 ? "" : bytes.toString("latin1", at, head);
      const length = head === -1 ? null : /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      const end = head + 4 + Number(length);
      if (length === null || end > bytes.length) {
        kept = bytes.subarray(at);
        return;
      }
      if (text.startsWith(neverAnswered)) {
        at = end;
        continue;
      }
      if (hanging.has(address)) {
        const waiting = owed.get(address);
        if (waiting === undefined) owed.set(address, [socket]);
        else waiting.push(socket);
      } else {
        take(bytes, head + 4);
        const acted = act?.() ?? null;
        if (acted === null && delayMs > 0) setTimeout(() => socket.write(ok), delayMs);
        else if (acted === null) socket.write(ok);
        else acted(socket);
      }
      at = end;
    }
  });
}

function obey(order: Order): unknown {
  switch (order.say) {
    case "expect":
      first = order.first;
      arrivals = new Float64Array(order.count);
      seen = { requests: 0, events: 0, again: 0, place: 0 };
      return null;
    case "hang":
      hanging = new Set(order.addresses);
      for (const [address, sockets] of owed) {
        if (hanging.has(address)) continue;
        owed.delete(address);
        for (const socket of sockets) socket.write(ok);
      }
      return null;
    case "delay":
      delayMs = order.ms;
      return null;
    case "figures":
      return seen satisfies Seen;
    default:
      return arrivals;
  }
}

function listen(start: Start, index: number, port: number): Promise<Server> {
  const name = start.acts.length === 0 ? "" : start.acts[index % start.acts.length]!;
  const greeting = greetings[name];
  const act = acts[name];
  let count = 0;
  const turn = act === undefined ? null : () => (++count % mercy === 0 ? null : act);
  const tls = { cert: start.certificate, key: start.key, ALPNProtocols: ["http/1.1"] };
  const server =
    greeting === undefined
      ? createServer(tls, (socket) => serve(socket, turn)).on("tlsClientError", () => {})
      : createTcpServer((socket) => greeting(socket.on("error", () => socket.destroy())));
  return new Promise((resolve, reject) => {
    server.once("error", reject).listen({ host: start.addresses[index]!, port, backlog: 511 }, () => resolve(server));
  });
}

async function begin(start: Start): Promise<void> {
  let port = 0;
  for (const index of start.addresses.keys()) {
    const server = await listen(start, index, port);
    port = (server.address() as { port: number }).port;
  }
  process.on("message", (order: Order) => process.send!(obey(order)));
  process.send!(port);
}

process.once("message", (start: Start) => void begin(start));
process.once("disconnect", () => process.exit(0));
