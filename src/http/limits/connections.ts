// What may be asked of the server before anything is known about who asks: how many connections, how slowly, and what a
// request that is no HTTP gets for an answer [reliability.md §4.5].

import type { Server } from "node:http";
import type { Socket } from "node:net";
import { addressOf, createPlaces } from "./places.ts";

export interface ConnectionLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Requests of one connection that are not answered yet: a client may send them without waiting, and an answer that it
   * does not read stays here. */
  readonly requestsPerConnection: number;
}

export const defaultConnectionLimits: ConnectionLimits = {
  connections: 8_192,
  connectionsPerAddress: 2_048,
  requestsPerConnection: 16,
};

/** Times in ms: the whole head, the whole request, how often both are looked at, and how long nothing may move on a
 * connection in the midst of a request or an answer: what nobody reads would stay here for ever. */
export const requestLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
  silence: 60_000,
};

export interface Connections {
  /** Calls back when all earlier requests of this connection are answered and their answers read, as far as the network buffers
   * nothing: whoever does not read gets no further answer worked out. Never, where the connection ends before. */
  inTurn(this: void, socket: Socket, go: () => void): void;
  /** A valid key was shown on this connection. */
  known(this: void, socket: Socket): void;
  /** Drops those that have not said anything yet: to Node they are not idle, and they would hold up the end. */
  dropSilent(this: void): void;
}

/** Over the cap, so many more may be closing at a time: a connection that gives way takes memory until it is closed. Whatever comes
 * beyond is dropped unseen. Node's own `maxConnections` would count what one of the listening sockets accepts, and there are
 * several [listeners.ts]. */
const spare = 256;

/** Drops connections over the caps at once, and those with too many requests. Where all places are taken, one of those who have
 * most gives way to the new one. */
export function limitConnections(server: Server, limits: ConnectionLimits): Connections {
  /** Until they are closed. */
  let accepted = 0;
  const open = new Map<Socket, Connection>();
  const places = createPlaces<Socket>();
  server.on("connection", (socket: Socket) => {
    accepted++;
    socket.once("close", () => accepted--);
    if (accepted > limits.connections + spare) {
      socket.destroy();
      return;
    }
    const address = addressOf(socket.remoteAddress ?? "");
    open.set(socket, createConnection(socket));
    const here = places.add(socket, address);
    socket.once("close", () => {
      open.delete(socket);
      places.remove(socket);
    });
    if (here > limits.connectionsPerAddress) socket.destroy();
    else if (open.size > limits.connections) {
      const last = places.mostDispensable((each) => open.get(each)?.unanswered === 0) ?? socket;
      // It is gone with the event, and must not be chosen again before.
      open.delete(last);
      places.remove(last);
      last.destroy();
    }
  });
  // Before the request is routed.
  server.prependListener("request", ({ socket }, response) => {
    const connection = open.get(socket);
    if (connection === undefined) return;
    if (++connection.unanswered > limits.requestsPerConnection) socket.destroy();
    else response.on("close", connection.answered);
  });
  return {
    inTurn(socket, go) {
      const connection = open.get(socket);
      if (connection === undefined || connection.unanswered <= 1) go();
      else connection.waiting.push(go);
    },
    known: places.known,
    dropSilent() {
      for (const socket of open.keys()) if (socket.bytesRead === 0) socket.destroy();
    },
  };
}

interface Connection {
  /** Requests that are not answered yet. */
  unanswered: number;
  /** All but the first of them. */
  readonly waiting: (() => void)[];
  /** One of them is: a function for each request would cost more than all the rest. */
  readonly answered: () => void;
}

function createConnection(socket: Socket): Connection {
  const connection: Connection = {
    unanswered: 0,
    waiting: [],
    answered() {
      connection.unanswered--;
      if (!socket.destroyed) connection.waiting.shift()?.();
    },
  };
  return connection;
}

const refusals: Readonly<Record<string, readonly [status: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "The headers are too large."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "The request took too long to arrive."],
};

/** Answers what could not be read as HTTP and closes the connection. */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, detail] = refusals[error.code ?? ""] ?? ["400 Bad Request", "The request is not HTTP."];
  const body = JSON.stringify({
    type: "urn:belfry:error:BAD_REQUEST",
    title: "Bad request",
    status: Number(status.slice(0, 3)),
    code: "BAD_REQUEST",
    detail,
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
}
