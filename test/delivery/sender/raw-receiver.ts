// A receiver that does what no HTTP library would: it answers each request with whatever bytes a test writes.

import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { systemClock } from "../../../src/clock.ts";
import { createPolicy, type GuardSettings } from "../../../src/delivery/guard/policy.ts";
import type { Resolution, Resolver } from "../../../src/delivery/guard/resolver.ts";
import { createSender, type Sender } from "../../../src/delivery/sender/sender.ts";
import type { DeliveryRequest } from "../../../src/delivery/request.ts";
import type { Outcome } from "../../../src/model/attempt.ts";
import { testAuthority } from "../../fixtures/https-receiver.ts";

/** What a test needs of `t`. */
interface Context {
  after(then: () => unknown): void;
}

export interface RawReceiver {
  readonly url: string;
  readonly port: number;
  /** Requests as they came, head and body. */
  readonly requests: readonly string[];
  /** How many connections were made. */
  connections(): number;
}

export interface RawOptions {
  readonly address?: string;
  readonly names?: readonly string[];
  readonly plain?: boolean;
  readonly tls?: TlsOptions;
  /** Called at once when a connection is there. */
  readonly greet?: (socket: Socket) => void;
}

/** `answer` is called with each whole request's connection; `count` counts the requests on it from 1. */
export async function startRawReceiver(
  t: Context,
  answer: (socket: Socket, count: number) => void,
  options: RawOptions = {},
): Promise<RawReceiver> {
  const { address = "127.10.1.1", names = [], plain = false } = options;
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  let connections = 0;

  function serve(socket: Socket): void {
    connections++;
    let text = "";
    let count = 0;
    sockets.add(socket);
    socket.on("error", () => {});
    options.greet?.(socket);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = end + 4 + Number(/content-length: (\d+)/.exec(text)?.[1]);
      if (text.length < length) return;
      requests.push(text.slice(0, length));
      text = text.slice(length);
      answer(socket, ++count);
    });
  }

  let server: Server;
  if (plain) server = createTcpServer(serve);
  else {
    const authority = await testAuthority();
    const leaf = await authority.issue([address, ...names], { now: Date.now() });
    server = createTlsServer({ cert: leaf.certificate, key: leaf.key, ...options.tls }, serve);
    server.on("tlsClientError", () => {});
  }
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${plain ? "http" : "https"}://${address}:${port}`, port, requests, connections: () => connections };
}

/** Names for tests; what is not in here does not exist. */
export function fixedResolver(names: Record<string, readonly string[]>): Resolver & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    resolve(name) {
      asked.push(name);
      const addresses = names[name];
      const resolution: Resolution =
        addresses === undefined ? { found: false, code: "dns_not_found" } : { found: true, addresses };
      return Promise.resolve(resolution);
    },
  };
}

export interface TestSender extends Sender {
  post(url: string, change?: Partial<DeliveryRequest>): Promise<Outcome>;
}

/** A sender for which 127.10.0.0/16 is the public internet. */
export async function startSender(
  t: Context,
  resolver: Resolver = fixedResolver({}),
  guard: GuardSettings = {},
): Promise<TestSender> {
  const { ca } = await testAuthority();
  const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true, allowHttp: true, ...guard });
  const sender = createSender({ policy, resolver, clock: systemClock, tls: { ca } });
  t.after(() => sender.close());
  const post = (url: string, change: Partial<DeliveryRequest> = {}) =>
    sender.send({ url, headers: [["x-test", "1"]], body: '{"a":1}', timeoutMs: 5_000, ...change });
  return { ...sender, post };
}
