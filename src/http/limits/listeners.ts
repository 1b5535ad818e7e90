// Further sockets that listen at the address of a server. Node accepts one connection of a socket in each turn of the event loop,
// so whoever opens a thousand a second would keep everybody else waiting to be accepted while turns are long. The system spreads
// new connections over all of them.

import { createServer, type ListenOptions, type Server } from "node:net";

export interface Listeners {
  /** Takes no new connections; resolves when those that it took have ended. */
  close(): Promise<void>;
}

/** Sockets can share a port on these systems. */
const canShare = process.platform === "linux";
/** With that of the server itself: as many connections are accepted in a turn. With eight, newcomers waited for a second behind
 * a thousand strangers that connected again and again while turns were long. */
const count = 32;

/** For the server's own socket, so that others may listen beside it. The port must be free: see `assertFree`. */
export const sharing: { readonly reusePort?: true } = canShare ? { reusePort: true } : {};

/** Rejects as `listen` does where somebody else listens there: sockets that share a port do not notice. */
export async function assertFree(host: string, port: number): Promise<void> {
  if (!canShare || port === 0) return;
  await closed(await listening(createServer(), { host, port }));
}

/** The connections go to `server`, which listens already. */
export async function listenBeside(server: Server, backlog: number): Promise<Listeners> {
  const { address: host, port } = server.address() as { readonly address: string; readonly port: number };
  const beside = Array.from({ length: canShare ? count - 1 : 0 }, () =>
    // As Node's own HTTP server opens its socket.
    createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void server.emit("connection", socket)),
  );
  await Promise.all(beside.map((each) => listening(each, { host, port, backlog, reusePort: true })));
  return { close: async () => void (await Promise.all(beside.map(closed))) };
}

const listening = (server: Server, options: ListenOptions): Promise<Server> =>
  new Promise((resolve, reject) => {
    server.once("error", reject).listen(options, () => resolve(server.off("error", reject)));
  });

const closed = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
