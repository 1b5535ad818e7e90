// What may be asked of the server before anything is known about who asks: how many connections, how slowly, and what a
// request that is no HTTP gets for an answer [reliability.md §4.5].

import type { Server } from "node:http";
import type { Socket } from "node:net";

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
  /** Drops those that have not said anything yet: to Node they are not idle, and they would hold up the end. */
  dropSilent(this: void): void;
}

/** Drops connections over the caps at once, and those with too many requests. */
export function limitConnections(server: Server, limits: ConnectionLimits): Connections {
  server.maxConnections = limits.connections;
  const open = new Map<Socket, Asked>();
  const perAddress = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const here = (perAddress.get(address) ?? 0) + 1;
    perAddress.set(address, here);
    open.set(socket, createAsked(socket));
    socket.once("close", () => {
      open.delete(socket);
      const left = perAddress.get(address)! - 1;
      if (left === 0) perAddress.delete(address);
      else perAddress.set(address, left);
    });
    if (here > limits.connectionsPerAddress) socket.destroy();
  });
  // Before the request is routed.
  server.prependListener("request", ({ socket }, response) => {
    const asked = open.get(socket);
    if (asked === undefined) return;
    if (++asked.count > limits.requestsPerConnection) socket.destroy();
    else response.on("close", asked.answered);
  });
  return {
    inTurn(socket, go) {
      const asked = open.get(socket);
      if (asked === undefined || asked.count <= 1) go();
      else asked.waiting.push(go);
    },
    dropSilent() {
      for (const socket of open.keys()) if (socket.bytesRead === 0) socket.destroy();
    },
  };
}

/** The requests of a connection that are not answered yet. */
interface Asked {
  count: number;
  /** All but the first of them. */
  readonly waiting: (() => void)[];
  /** One of them is: a function for each request would cost more than all the rest. */
  readonly answered: () => void;
}

function createAsked(socket: Socket): Asked {
  const asked: Asked = {
    count: 0,
    waiting: [],
    answered() {
      asked.count--;
      if (!socket.destroyed) asked.waiting.shift()?.();
    },
  };
  return asked;
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
