// A client that costs as little as possible, so that the two cores go to what is measured: HTTP/1.1 over plain sockets,
// one request at a time on each.

import { connect, type Socket } from "node:net";

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export interface Connection {
  send(request: string): Promise<Reply>;
  /** The server may have closed it meanwhile, above all one that was never used. */
  isOpen(): boolean;
  close(): void;
}

export function requestText(url: string, key: string, body: string): string {
  const { host, pathname, search } = new URL(url);
  return (
    `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}

export async function openConnections(url: string, count: number): Promise<readonly Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(url)));
}

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return speak(socket);
}

function speak(socket: Socket): Connection {
  let waiting: PromiseWithResolvers<Reply> | null = null;
  let text = "";
  let open = true;
  const fail = (error?: Error): void => waiting?.reject(error ?? new Error("the server closed the connection"));
  socket.setEncoding("latin1");
  socket.on("error", fail).on("close", () => {
    open = false;
    fail();
  });
  socket.on("data", (piece: string) => {
    text += piece;
    const head = text.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
    if (text.length < head + 4 + length) return;
    const reply = { status: Number(text.slice(9, 12)), body: text.slice(head + 4) };
    text = "";
    const asked = waiting;
    waiting = null;
    // Unasked: the server says why it is about to close a connection on which nothing was sent.
    if (asked === null) open = false;
    else asked.resolve(reply);
  });
  return {
    isOpen: () => open,
    send(request) {
      if (!open) return Promise.reject(new Error("the server closed the connection"));
      waiting = Promise.withResolvers();
      socket.write(request);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}
